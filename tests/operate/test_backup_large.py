"""Twenty thousand paid orders, backed up and brought back: the same to the last row."""

import json
import time
from pathlib import Path

import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime import audit
from integrations.runtime.database import work
from tests.embedded.machine import folder as a_folder
from tests.kit.bank import money_arrives
from tests.kit.crash import as_admin
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import a_seller
from tests.kit.shop import a_picture
from tests.kit.stack import Stack
from tests.operate.commands import bare_environment, ganh

ORDERS = 20_000

# Copies of one order that went the whole way, each with ids and references of its own.
_MAP = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS order_id, gen_random_uuid() AS part_id,
  gen_random_uuid() AS payment_id, gen_random_uuid() AS transaction_id
FROM generate_series(1, $1::int) n
"""
_COPIES = {
    "orders": (
        "'id', m.order_id, 'number', 'X' || lpad(m.n::text, 8, '0'),"
        " 'checkout_key', m.order_id::text",
        "t.id = $1",
    ),
    "order_part": ("'id', m.part_id, 'order_id', m.order_id", "t.id = $2"),
    "order_line": ("'id', gen_random_uuid(), 'part_id', m.part_id", "t.part_id = $2"),
    "payment": (
        "'id', m.payment_id, 'part_id', m.part_id, 'order_id', m.order_id,"
        " 'reference', 'GX' || lpad(m.n::text, 8, '0')",
        "t.part_id = $2",
    ),
    "ledger_transaction": (
        "'id', m.transaction_id, 'reference', 'settle:' || m.payment_id",
        "t.reference = $3",
    ),
    "ledger_entry": (
        "'id', gen_random_uuid(), 'transaction_id', m.transaction_id",
        "t.transaction_id = (SELECT id FROM ledger_transaction WHERE reference = $3)",
    ),
}


async def _multiply(stack: Stack, placed: Placed, count: int) -> None:
    async with as_admin(stack) as admin, admin.transaction():
        await admin.execute(_MAP, count)
        payment = await admin.fetchval("SELECT id FROM payment WHERE part_id = $1", placed.part_id)
        values = (placed.order_id, placed.part_id, f"settle:{payment}")
        for table, (changed, which) in _COPIES.items():
            await admin.execute(
                f"INSERT INTO {table} SELECT (jsonb_populate_record(t,"
                f" jsonb_build_object({changed}))).* FROM {table} t, made m WHERE {which}"
                # Every statement takes the same three values.
                " AND ($1::uuid, $2::uuid, $3::text) IS NOT NULL",
                *values,
            )
        await admin.execute("ANALYZE")


@pytest.mark.nightly
async def test_twenty_thousand_orders(stack: Stack, tmp_path: Path) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=10)
    for position in range(10):
        await a_picture(seller, goods, position=position)
    placed = await an_order_part(seller, goods)
    await money_arrives(stack, seller.account, placed.total_vnd, f"CK {placed.reference}")
    await _multiply(stack, placed, ORDERS)
    async with work(SYSTEM):
        for number in range(200):
            await audit.record(SYSTEM, "test.happened", f"test:{number}")
    await assert_invariants(stack)
    env = bare_environment(Path(stack.env["GANH_HOME"]))
    began = time.perf_counter()
    code, said = await ganh("backup", "--to", str(tmp_path / "copies"), env=env, within_s=600)
    taken_s = time.perf_counter() - began
    assert code == 0, said
    code, said = await ganh("backup", "--keys", str(tmp_path / "keys"), env=env)
    assert code == 0, said
    folder = next((tmp_path / "copies").glob("ganh-*"))
    facts = json.loads((folder / "manifest.json").read_text())["facts"]
    assert int(facts["rows: orders"].split()[0]) > ORDERS
    assert int(facts["ledger: transactions"]) > ORDERS
    with a_folder(0o711) as parent:
        words = ("restore", str(folder), "--keys", str(tmp_path / "keys"))
        began = time.perf_counter()
        code, said = await ganh(*words, env=bare_environment(parent / "home"), within_s=600)
        restored_s = time.perf_counter() - began
    assert code == 0 and "≠" not in said, said
    figures = f"{ORDERS} orders: backup {taken_s:.1f} s, restore with proof {restored_s:.1f} s"
    print(said, figures, sep="\n")  # noqa: T201 - the table of the long run
