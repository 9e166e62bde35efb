"""Notices by real HTTP: signed, tried again, doubled, out of order, late, lost and found again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.contracts.cards import CardEvent
from integrations.contracts.errors import NotAllowed
from integrations.payments.stripe.adapter import KINDS, StripeCards
from tests.kit.cards import KEY, SECRET, Cards, card_standin, listening, served

PAID = ["payment_intent.succeeded", "checkout.session.completed"]


class Receiver:
    """A shop that verifies as ours does; `refuse` answers 503 that many times first."""

    def __init__(self, *secrets: str) -> None:
        self.cards = StripeCards(KEY, secrets or (SECRET,))
        self.url = ""
        self.refuse = 0
        self.refused = 0
        self.unsigned = 0
        self.seen: list[CardEvent] = []
        self.changed = asyncio.Condition()

    async def hook(self, request: Request) -> Response:
        raw = await request.body()
        async with self.changed:
            self.changed.notify_all()
            if self.refuse:
                self.refuse, self.refused = self.refuse - 1, self.refused + 1
                return Response(status_code=503)
            try:
                self.cards.verify(raw, request.headers, now=datetime.now(UTC))
            except NotAllowed:
                self.unsigned += 1
                return Response(status_code=403)
            self.seen.append(self.cards.parse(raw))
            return Response(status_code=202)

    async def until(self, count: int, what: str = "seen") -> None:
        """Wait for so many; `what`: seen, unsigned or refused."""

        def there() -> bool:
            found = len(self.seen) if what == "seen" else int(getattr(self, what))
            return found >= count

        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(there)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.seen]


@asynccontextmanager
async def shop(*secrets: str) -> AsyncIterator[Receiver]:
    receiver = Receiver(*secrets)
    app = Starlette(routes=[Route("/hooks/stripe", receiver.hook, methods=["POST"])])
    async with served(app) as url:
        receiver.url = f"{url}/hooks/stripe"
        yield receiver


async def paid(cards: Cards, key: str = "page-1") -> str:
    """Id of a page that was paid."""
    session = await cards.a_page(key=key)
    await cards.tell("pay", session=session.id)
    return session.id


async def nothing_waits(cards: Cards) -> None:
    """Until every notice was accepted or given up."""
    async with asyncio.timeout(20):
        while (await cards.http.get(f"{cards.url}/_control/events")).json()["waiting"]:
            await asyncio.sleep(0)


async def test_a_payment_is_told_signed_and_in_order() -> None:
    async with shop() as receiver, card_standin(notify_url=receiver.url) as cards:
        page_id = await paid(cards)
        await receiver.until(2)
        await nothing_waits(cards)
        assert receiver.kinds == PAID
        assert receiver.seen[1].object_id == page_id
        assert (receiver.unsigned, receiver.seen[0].live) == (0, False)
        assert {event["type"] for event in await cards.events()} - set(KINDS) == {
            "payment_intent.created",
            "charge.succeeded",
        }


async def test_refused_notices_are_tried_again() -> None:
    async with (
        shop() as receiver,
        card_standin(notify_url=receiver.url, retry_unit_s=0.0001) as cards,
    ):
        receiver.refuse = 12
        await paid(cards)
        await receiver.until(2)
        assert (receiver.refused, sorted(receiver.kinds)) == (12, sorted(PAID))


async def test_given_up_after_three_days_only_the_list_knows() -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    async with (
        shop() as receiver,
        card_standin(notify_url=receiver.url, retry_unit_s=0) as cards,
    ):
        receiver.refuse = 22
        await paid(cards)
        await receiver.until(22, "refused")
        await nothing_waits(cards)
        assert receiver.seen == []
        found = [event async for event in cards.adapter.events_since(since)]
        assert [event.kind for event in found] == PAID
        sent = await cards.tell("resend", kind="checkout")
        assert [one["status"] for one in sent["sent"]] == [202]
        assert receiver.seen == found[1:]


async def test_dropped_notices_are_found_in_the_list() -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    async with shop() as receiver, card_standin(notify_url=receiver.url) as cards:
        await cards.tell("faults", drop=True, next_n=1)
        first = await paid(cards)
        await receiver.until(1)
        await nothing_waits(cards)
        assert receiver.kinds == PAID[1:]  # `next_n` counts events, and one is lost
        second = await paid(cards, "page-2")
        await receiver.until(3)
        found = [event async for event in cards.adapter.events_since(since)]
        assert len(found) == 4
        lost = [event for event in found if event not in receiver.seen]
        assert [event.kind for event in lost] == PAID[:1]
        assert {first, second} == {e.object_id for e in found if e.kind == PAID[1]}


async def test_doubled_and_reordered() -> None:
    async with shop() as receiver, card_standin(notify_url=receiver.url) as cards:
        await cards.tell("faults", duplicate=2, reorder=True)
        await paid(cards)
        await receiver.until(6)
        await nothing_waits(cards)
        assert receiver.kinds == PAID[1:] * 3 + PAID[:1] * 3
        assert len({event.event_id for event in receiver.seen}) == 2
        await cards.tell("faults")
        sent = await cards.tell("resend", times=3)
        assert [one["status"] for one in sent["sent"]] == [202] * 6


async def test_late_notices() -> None:
    async with shop() as receiver, card_standin(notify_url=receiver.url) as cards:
        await cards.tell("faults", delay_s=0.2)
        await paid(cards)
        assert receiver.seen == []
        await receiver.until(2)
        assert receiver.kinds == PAID


@pytest.mark.parametrize("wrong", [{"wrong_signature": True}, {"shift_s": -301}, {"shift_s": 302}])
async def test_forged_old_and_future_ones_are_refused(wrong: dict[str, Any]) -> None:
    async with (
        shop() as receiver,
        card_standin(notify_url=receiver.url, retry_unit_s=0.1) as cards,
    ):
        await cards.tell("faults", **wrong, next_n=2)
        await paid(cards)
        await receiver.until(2, "unsigned")
        await receiver.until(2)  # the second try is a right one
        assert (receiver.unsigned, sorted(receiver.kinds)) == (2, sorted(PAID))


async def test_a_changed_secret_is_known_beside_the_old_one() -> None:
    both = shop("whsec_new", SECRET)
    async with both as receiver, card_standin(notify_url=receiver.url) as cards:
        await paid(cards)
        await receiver.until(2)
    async with shop("whsec_new") as receiver, card_standin(notify_url=receiver.url) as cards:
        await paid(cards)
        await receiver.until(2, "unsigned")
        assert receiver.seen == []


async def test_thin_ones_are_the_same_events() -> None:
    async with shop() as receiver, card_standin(notify_url=receiver.url) as cards:
        await paid(cards)
        await receiver.until(2)
        await cards.tell("faults", thin=True)
        await cards.tell("resend")
        assert receiver.seen[2:] == receiver.seen[:2]


async def test_a_page_is_closed_by_the_clock_without_being_asked() -> None:
    async with shop() as receiver, card_standin(notify_url=receiver.url) as cards:
        page = await cards.a_page()
        left_s = (page.expires_at - datetime.now(UTC)).total_seconds()
        await cards.tell("clock", shift_s=left_s - 0.3)
        await receiver.until(1)
        assert receiver.kinds == ["checkout.session.expired"]
        assert receiver.seen[0].object_id == page.id


async def test_a_restart_goes_on_with_what_waits(tmp_path: Path) -> None:
    file = tmp_path / "stripe.json"
    with listening() as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/hooks/stripe"
    async with card_standin(notify_url=nowhere, state_file=file, retry_unit_s=0.001) as cards:
        await paid(cards)
    async with (
        shop() as receiver,
        card_standin(notify_url=receiver.url, state_file=file, retry_unit_s=0.001) as cards,
    ):
        await receiver.until(2)
        assert sorted(receiver.kinds) == sorted(PAID)


async def test_a_notice_can_be_carried_by_hand() -> None:
    async with card_standin() as cards:
        await paid(cards)
        event = (await cards.events())[-1]
        raw, headers = await cards.notice(event["id"])
        cards.adapter.verify(raw, headers, now=datetime.now(UTC))
        assert cards.adapter.parse(raw).event_id == event["id"]
        missing = await cards.http.get(f"{cards.url}/_control/notices/evt_none")
        assert missing.status_code == 404
