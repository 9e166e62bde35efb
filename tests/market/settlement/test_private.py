"""What bank notices leave behind, and which staff see an order."""

import json
import re
from dataclasses import replace
from uuid import UUID

import pytest

from integrations.contracts.errors import NotFound
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.crypto import seal
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.followups import open_follow_up
from integrations.runtime.i18n import translate
from market.settlement import queries
from market.settlement.rules import TITLES
from market.settlement.service import close_one, look_at_clocks
from sellers.producers.queries import account_hash
from tests.kit.bank import a_line, knock, money_arrives
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.pages import words
from tests.kit.people import COMMUNE, Seller, a_seller, a_staff
from tests.kit.stack import Stack


async def _story() -> tuple[Seller, Placed]:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500)
    return seller, await an_order_part(seller, goods, quantity=2)


async def test_an_account_with_letters_is_known_however_the_bank_writes_it(stack: Stack) -> None:
    seller = await a_seller()
    account = f"VN{seller.account}"
    async with work(SYSTEM):
        await run(
            "UPDATE payout_account SET account_sealed = $2, account_hash = $3"
            " WHERE producer_id = $1",
            [seller.producer_id, seal(account, purpose="payout_account"), account_hash(account)],
        )
    goods = await a_live_listing(seller, price_vnd=92_500)
    placed = await an_order_part(seller, goods, quantity=2)
    await money_arrives(stack, account.lower(), 185_000, placed.reference)
    async with work(SYSTEM):
        state = await value("SELECT state FROM payment WHERE part_id = $1", [placed.part_id])
    assert state == "settled"


async def test_a_notice_that_was_worked_is_not_kept(stack: Stack) -> None:
    seller, placed = await _story()
    lines = [
        a_line(seller.account, 5_000_000, "qua sinh nhat con"),
        a_line(seller.account, 185_000, placed.reference),
    ]
    for line in lines:
        await knock(stack, line)
    await stack.drain()
    await knock(stack, lines[1])
    await stack.drain()
    strange = json.dumps({"id": 7, "who": seller.account}).encode()
    await knock(stack, strange)
    await stack.drain()
    async with work(SYSTEM):
        kept = await rows(
            "SELECT raw_body FROM inbox WHERE provider_event_id = ANY($1)",
            [[str(line["id"]) for line in lines]],
        )
        asked = await rows(
            "SELECT i.raw_body FROM inbox i JOIN follow_up f ON f.subject_id = i.id"
            " WHERE f.kind = 'bank.unreadable' AND f.closed_at IS NULL"
        )
    assert [bytes(row["raw_body"]) for row in kept] == [b"", b""]
    # What nobody could read is all that staff have to go by.
    assert strange in [bytes(row["raw_body"]) for row in asked]


async def test_staff_of_another_province_or_commune_see_no_order(stack: Stack) -> None:
    _, placed = await _story()
    near = (await a_staff(Role.PROVINCE_STAFF)).viewer
    far, all_over = replace(near, province_code="01"), replace(near, province_code=None)
    next_door = replace(near, role=Role.COMMUNE_STAFF, commune_codes=("18415",))
    at_home = replace(next_door, commune_codes=(COMMUNE, "18415"))
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET expires_at = now() + interval '5 minutes' WHERE id = $1",
            [placed.part_id],
        )
    await look_at_clocks()
    async with work(SYSTEM):
        asked = await value("SELECT id FROM follow_up WHERE subject_id = $1", [placed.part_id])

    async def seen(viewer: Viewer) -> tuple[bool, bool]:
        parts = await queries.page_of(viewer, before=None, limit=100)
        tasks = await queries.follow_ups(viewer, limit=100)
        return (
            placed.part_id in [part.id for part in parts.items],
            asked in [one.id for one in tasks.items],
        )

    assert await seen(near) == (True, True) and await seen(all_over) == (True, True)
    assert await seen(at_home) == (True, True)
    for stranger in (far, next_door):
        assert await seen(stranger) == (False, False)
        with pytest.raises(NotFound):
            await queries.one_part(stranger, placed.part_id)
        with pytest.raises(NotFound):
            await close_one(follow_up_id=asked, actor=stranger, outcome="closed from afar")
    await queries.one_part(near, placed.part_id)
    await close_one(follow_up_id=asked, actor=at_home, outcome="called")


async def test_every_kind_of_follow_up_is_shown_with_words_and_a_way_on(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff(Role.ADMIN)
    goods = await a_live_listing(seller, name="Cam bù đầu mùa")
    opened = [await _opened(kind, "inbox", new_id(), seller) for kind in TITLES]
    overdue = "listing.review_overdue"
    opened.append(await _opened(overdue, "listing", goods.id, seller, name=goods.name))
    shown = ""
    async with stack.browser(staff.token) as browser:
        path = "/staff/follow-ups"
        while path:
            page = await browser.get(path)
            assert page.status_code == 200
            shown += page.text
            after = re.search(r'href="(/staff/follow-ups\?after=[^"]+)"', page.text)
            path = after[1] if after else ""
    assert all(f"/staff/follow-ups/{one}/close" in shown for one in opened)
    assert all(translate("vi", title) in words(shown) for title in TITLES.values())
    assert f'<a href="/staff/review/{goods.id}">{goods.name}</a>' in shown
    async with work(SYSTEM):
        await run("UPDATE follow_up SET closed_at = now() WHERE id = ANY($1)", [opened])


async def _opened(
    kind: str, subject_type: str, subject_id: UUID, seller: Seller, **details: str
) -> UUID:
    """Open a follow-up that knows no more than `details`, and say which row it is."""
    async with work(SYSTEM):
        await open_follow_up(
            kind,
            subject_type=subject_type,
            subject_id=subject_id,
            for_role="finance_staff",
            due_in_s=60,
            producer_id=seller.producer_id,
            **details,
        )
        found = await value(
            "SELECT id FROM follow_up WHERE kind = $1 AND subject_id = $2", [kind, subject_id]
        )
    return UUID(str(found))
