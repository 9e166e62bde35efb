"""Row-level security alone keeps producers apart: no query of ours filters anything here."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import ANONYMOUS, SYSTEM, Role, Viewer
from integrations.runtime.database import public_rows, rows, run, work
from market.orders.rules import PaymentMethod
from market.payments.service import cards
from market.payments.service.cards import CardShare
from market.settlement.service import seller as taps
from market.tables import PUBLIC
from tests.access.tables import Owner, Table
from tests.kit.crash import as_admin
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_person, a_seller
from tests.kit.stack import Stack

# Tables without rows of their own owner, and why nobody needs to be kept from them by rows.
OPEN = {
    "bank": "public", "commune": "public", "old_commune": "public", "province": "public",
    "commission_rate": "the same for all", "tax_rate": "the same for all",
    "idempotency_key": "asked by its scope only", "inbox": "worked by the system only",
    "outbox": "worked by the system only", "rate_limit": "keyed hashes",
    "support_kind": "the same for all", "tortoise_migrations": "names of migrations",
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Two neighbours with a row in every table that has a producer."""

    owner: Owner
    mine: Seller
    other: Seller
    tables: list[Table]

    @property
    def owned(self) -> list[str]:
        """Names of tables whose rows belong to a producer."""
        return [table.name for table in self.tables if table.has_producer]


@pytest.fixture(scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    """Goods, an order that is paid, and by the catalogue whatever is still missing."""
    owner = await Owner.of(stack)
    mine, other = await a_seller(), await a_seller(name="HTX Cửa Lạch")
    for seller in (mine, other):
        goods = await a_live_listing(seller)
        await an_order_part(seller, goods)
        paid = await an_order_part(seller, goods, method=PaymentMethod.BANK_QR)
        await taps.say_money(part_id=paid.part_id, actor=seller.viewer, received=True)
        await _by_card(seller, await an_order_part(seller, goods, method=PaymentMethod.CARD))
    tables = await owner.tables()
    missing: list[str] = []
    for _ in range(3):  # a table may lead to one that comes after it
        missing = []
        for table in (one.name for one in tables if one.has_producer):
            for seller in (mine, other):
                if not await owner.rows_of(table, seller.producer_id):
                    try:
                        await owner.fill(table, seller.producer_id)
                    except Exception as error:
                        missing.append(f"{table}: make a row in `world`: {error}")
    assert not missing, "\n".join(missing)
    made = World(owner, mine, other, tables)
    yield made
    await owner.connection.close()
    await _taken_away(stack, made)


async def _taken_away(stack: Stack, made: World) -> None:
    """Rows made by the catalogue agree with nothing: later tests of this process ask all rows."""
    whose = [made.mine.producer_id, made.other.producer_id]
    async with as_admin(stack) as admin:
        # Append-only tables refuse it to everybody else.
        await admin.execute("SET session_replication_role = replica")
        for table in ("card_checkout", "orders"):
            column = "id" if table == "orders" else "order_id"
            await admin.execute(
                f"DELETE FROM {table} WHERE {column} IN"
                " (SELECT order_id FROM order_part WHERE producer_id = ANY($1))",
                whose,
            )
        for table in made.owned:
            await admin.execute(f"DELETE FROM {table} WHERE producer_id = ANY($1)", whose)


async def _by_card(seller: Seller, placed: Placed) -> None:
    """Paid by card, and some of it on its way back."""
    async with work(SYSTEM):
        share = CardShare(placed.part_id, seller.producer_id, placed.total_vnd)
        checkout_id = await cards.expect(order_id=placed.order_id, shares=[share])
        await cards.mark_paid(
            checkout_id, session_id=f"cs_{checkout_id}", payment_id="pi_1", charge_id="ch_1"
        )
        locked = await cards.lock_checkout(checkout_id)
        assert locked is not None
        await cards.want_back(
            card_part_id=locked[1][0]["card_part_id"],
            payment_id="pi_1",
            amount_vnd=1_000,
            reason="staff",
            note="",
            requested_by="system:-",
        )


def none(faults: list[str]) -> None:
    """No fault, or all of them at once."""
    assert not faults, "\n".join(faults)


async def test_every_table_of_a_producer_has_a_policy(world: World) -> None:
    assert len(world.owned) > 12
    none(
        [
            f"{t.name} has producer_id, but no row-level security: see 0002_guards.py"
            for t in world.tables
            if t.has_producer and not (t.guarded and t.policies)
        ]
    )


async def test_every_other_table_is_guarded_or_open_for_a_reason(world: World) -> None:
    names = {table.name for table in world.tables}
    none([f"{t.name}: guard it, or say in OPEN why not" for t in world.tables
          if not t.guarded and t.name not in OPEN])  # fmt: skip
    none([f"{name} is in OPEN and no table" for name in OPEN if name not in names])


Deed = Callable[[str, list[Any]], Awaitable[Any]]


async def attempt(viewer: Viewer, deed: Deed, sql: str, *params: Any) -> Any:
    """What a statement brought; "refused" when PostgreSQL did not allow it. Never committed."""

    class Undo(Exception):
        pass

    brought: Any = None
    try:
        async with work(viewer):
            brought = await deed(sql, list(params))
            raise Undo
    except Undo:
        return brought
    except Exception as error:
        said = str(error)
        if "row-level security" in said or "permission denied" in said or "never changed" in said:
            return "refused"
        return f"{type(error).__name__}: {said.splitlines()[0]}"


async def test_a_neighbour_sees_and_changes_nothing(world: World) -> None:
    faults = []
    theirs, me = world.other.producer_id, world.mine.producer_id
    before = {t: await world.owner.rows_of(t, theirs) for t in world.owned}
    for table in world.owned:
        touch = f"UPDATE {table} SET producer_id = $1 WHERE producer_id"
        tried = {
            "see": await _count(world.mine.viewer, table, "= $1", theirs),
            "touch": await attempt(world.mine.viewer, run, f"{touch} = $1", theirs),
            "take": await attempt(world.mine.viewer, run, f"{touch} = $2", me, theirs),
            "delete": await attempt(
                world.mine.viewer, run, f"DELETE FROM {table} WHERE producer_id = $1", theirs
            ),
        }
        faults += [
            f"{table}: could {name}: {brought}"
            for name, brought in tried.items()
            if brought not in (0, "refused")
        ]
        if not await _count(world.mine.viewer, table, "= $1", me) and table != "session":
            faults.append(f"{table}: does not see its own rows")
    none(faults)
    assert {t: await world.owner.rows_of(t, theirs) for t in world.owned} == before


async def test_nobody_gives_a_neighbour_rows(world: World) -> None:
    """Neither new ones in its name nor own ones pushed over to it."""
    faults = []
    theirs, me = world.other.producer_id, world.mine.producer_id
    for table in world.owned:
        [row, *_] = await world.owner.rows_of(table, theirs)
        made = {**json.loads(row), "id": str(new_id())}
        if "person_id" in made:
            made["person_id"] = str(world.mine.person_id)
        copied = f"SELECT * FROM jsonb_populate_record(NULL::{table}, $1::jsonb) RETURNING 1"
        tried = {
            "insert for a neighbour": await attempt(
                world.mine.viewer, rows, f"INSERT INTO {table} {copied}", json.dumps(made)
            ),
            "push own rows to a neighbour": await attempt(
                world.mine.viewer,
                run,
                f"UPDATE {table} SET producer_id = $1 WHERE producer_id = $2",
                theirs,
                me,
            ),
        }
        faults += [
            f"{table}: could {name}: {brought}"
            for name, brought in tried.items()
            if brought not in (0, "refused")
        ]
    none(faults)


async def _count(viewer: Viewer, table: str, where: str, *params: Any) -> Any:
    seen = await attempt(viewer, rows, f"SELECT 1 FROM {table} WHERE producer_id {where}", *params)
    return len(seen) if isinstance(seen, list) else seen


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.BUYER, Role.PERSON, Role.HELPER])
async def test_who_acts_for_no_producer_sees_no_row_of_any(world: World, role: Role) -> None:
    stranger = await a_person()
    viewer = ANONYMOUS if role is Role.ANONYMOUS else Viewer(
        role,
        person_id=None if role is Role.BUYER else stranger.person_id,
        order_id=new_id() if role is Role.BUYER else None,
    )  # fmt: skip
    faults = []
    for table in world.owned:
        seen = await _count(viewer, table, "IS NOT NULL")
        if seen not in (0, "refused"):
            faults.append(f"{table}: {role} sees {seen} rows")
    none(faults)


async def test_the_public_role_reads_its_views_only(world: World) -> None:
    faults = []
    for table in (one.name for one in world.tables if one.name not in PUBLIC):
        try:
            await public_rows(f"SELECT 1 FROM {table} LIMIT 1")
            faults.append(f"ganh_public can read {table}")
        except Exception as error:
            if "permission denied" not in str(error):
                faults.append(f"{table}: {error}")
    none(faults)
    for view in PUBLIC:
        await public_rows(f"SELECT 1 FROM {view} LIMIT 1")


async def test_the_working_roles_are_neither_owners_nor_above_the_policies(world: World) -> None:
    found = await world.owner.connection.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname IN ('ganh_app', 'ganh_public')"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
    )
    assert found == []
    owned = await world.owner.connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND pg_get_userbyid(relowner) IN ('ganh_app', 'ganh_public')"
    )
    assert owned == []
