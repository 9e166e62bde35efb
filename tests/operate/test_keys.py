"""Keys are changed without losing a value, and none goes while something needs it."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import audit, crypto
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.embedded.secrets import load_secrets
from market.checkout.rules.cart import CartLine, read_cart, write_cart
from market.orders.links import order_token, read_token
from market.tables import SEALED
from tests.house.source import FLOORS, name, python_files, strings, tree
from tests.kit.listings import a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.people import Seller, a_seller
from tests.kit.stack import Stack
from tests.operate.commands import bare_environment, ganh
from tests.operate.test_columns import columns


def environment(stack: Stack, data_keys: str) -> dict[str, str]:
    """A command that reaches the stack's servers as production does."""
    return {
        **stack.env, "PATH": os.environ["PATH"], "GANH_ENV": "production", "DATA_KEYS": data_keys,
    }  # fmt: skip


def test_every_sealed_column_is_in_the_list() -> None:
    """A new column `…_sealed` that is not in `SEALED` would be lost with the next key."""
    sealed = {one for one in columns() if one[1].endswith("_sealed")}
    assert sealed == {(table, column) for table, column, _ in SEALED}


def test_every_purpose_is_one_that_is_sealed_for() -> None:
    """A purpose misspelled here opens nothing."""
    said = {
        one
        for path in python_files(*FLOORS)
        if name(path) != "market/tables.py"
        for one in strings(tree(path))
    }
    assert {purpose for _, _, purpose in SEALED} <= said


async def account_of(seller: Seller) -> str:
    """The payout account as it stands in the table."""
    async with work(SYSTEM):
        return str(
            await value(
                "SELECT account_sealed FROM payout_account WHERE producer_id = $1",
                [seller.producer_id],
            )
        )


async def test_a_key_is_added_used_and_the_old_one_dropped(stack: Stack) -> None:
    old = stack.env["DATA_KEYS"]
    await stack.drain()  # messages that other tests left waiting hold sealed numbers
    seller = await a_seller()
    await an_order_part(seller, await a_live_listing(seller))
    code, said = await ganh("keys", "add", env=environment(stack, old))
    assert code == 0, said
    fresh = next(line for line in said.splitlines() if line.startswith("DATA_KEYS="))
    both = fresh.removeprefix("DATA_KEYS=")
    assert both.startswith("k2:") and both.endswith("," + old)
    code, said = await ganh("keys", "drop", "k2", env=environment(stack, both))
    assert code == 1 and "đang dùng" in said
    code, said = await ganh("keys", "drop", "k1", env=environment(stack, both))
    assert code == 1 and "ganh keys reseal" in said
    code, said = await ganh("keys", "reseal", env=environment(stack, both))
    assert code == 0 and "khoá k2" in said, said
    assert (await account_of(seller)).startswith("k2.")
    async with work(SYSTEM):
        assert await value(
            "SELECT count(*) FROM audit WHERE action = 'keys.resealed' AND subject = 'key:k2'"
        )
        assert await audit.first_broken() is None
        # A code that was not sent yet is sealed by the old key.
        await rows(
            "INSERT INTO outbox (id, kind, name, subject_id, payload, state)"
            " VALUES ($1, 'fact', 'test.waits', '1', $2::jsonb, 'dead') RETURNING 1",
            [row_id := new_id(), f'{{"code": "{crypto.seal("1", purpose="x")}"}}'],
        )
    code, said = await ganh("keys", "drop", "k1", env=environment(stack, both))
    assert code == 1 and "Còn 1" in said, said
    async with work(SYSTEM):
        await run("DELETE FROM outbox WHERE id = $1", [row_id])
    code, said = await ganh("keys", "list", env=environment(stack, both))
    assert "Khoá k1: 0" in said
    code, said = await ganh("keys", "drop", "k1", env=environment(stack, both))
    assert code == 0 and f"DATA_KEYS={both.split(',')[0]}" in said, said
    # Back to the key of this process, by the same command.
    back = ",".join([old, both.split(",")[0]])
    code, said = await ganh("keys", "reseal", env=environment(stack, back))
    assert code == 0, said
    assert crypto.unseal(await account_of(seller), purpose="payout_account") == seller.account


async def test_what_opens_with_no_key_is_left_and_said(stack: Stack) -> None:
    seller = await a_seller()
    async with work(SYSTEM):
        await run(
            "UPDATE payout_account SET account_sealed = 'k0.broken' WHERE producer_id = $1",
            [seller.producer_id],
        )
    code, said = await ganh("keys", "reseal", env=environment(stack, stack.env["DATA_KEYS"]))
    assert code == 1 and "không mở được" in said
    assert await account_of(seller) == "k0.broken"
    async with work(SYSTEM):
        await run(
            "UPDATE payout_account SET account_sealed = $2 WHERE producer_id = $1",
            [seller.producer_id, crypto.seal(seller.account, purpose="payout_account")],
        )


@pytest.mark.parametrize("now", ["new-secret,old-secret", " new-secret , old-secret "])
def test_links_and_carts_outlive_a_new_secret(now: str) -> None:
    order, cart = uuid4(), (CartLine(uuid4(), 2, 45_000),)
    token, cookie = order_token(order, "old-secret"), write_cart(cart, "old-secret")
    assert read_token(token, now) == order and read_cart(cookie, now) == cart
    # The first one signs: what is written now opens without the old one.
    assert read_token(order_token(order, now), "new-secret") == order
    assert read_token(token, "new-secret") is None
    assert read_cart(write_cart(cart, now), "new-secret") == cart


async def test_the_embedded_mode_keeps_the_new_key_itself(tmp_path: Path) -> None:
    before = load_secrets(tmp_path)
    code, said = await ganh("keys", "add", env=bare_environment(tmp_path))
    assert code == 0 and "DATA_KEYS=" not in said, said
    after = load_secrets(tmp_path)
    assert after["DATA_KEYS"].startswith("k2:")
    assert after["DATA_KEYS"].endswith("," + before["DATA_KEYS"])
    assert {**after, "DATA_KEYS": ""} == {**before, "DATA_KEYS": ""}
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600
