"""Every call of the port, as it goes well and as it is refused."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrations.contracts.cards import CardLine, CardRefused, CardSession
from integrations.contracts.money import format_vnd
from integrations.payments.stripe.adapter import KINDS
from tests.kit.cards import a_request, card_standin


async def test_a_page_is_opened_paid_and_half_given_back() -> None:
    async with card_standin() as cards:
        opened = await cards.a_page()
        assert (opened.state, opened.paid, opened.amount_vnd) == ("open", False, 185_000)
        assert (opened.reference, opened.payment_id) == ("order-1", "")
        assert opened.url == f"{cards.url}/c/pay/{opened.id}"
        await cards.tell("pay", session=opened.id)
        session = await cards.adapter.session(opened.id)
        assert (session.state, session.paid, session.url) == ("complete", True, "")
        payment = await cards.adapter.payment(session.payment_id)
        assert (payment.state, payment.amount_vnd, payment.received_vnd) == (
            "succeeded", 185_000, 185_000,
        )  # fmt: skip
        # 3.9 % of 185,000 is 7,215; and 5,000.
        assert (payment.fee_vnd, payment.net_vnd) == (12_215, 172_785)
        assert payment.charge_id.startswith("ch_") and payment.balance_id.startswith("txn_")
        refund = await cards.adapter.refund(payment.id, 92_500, reference="r-1", key="refund-r-1")
        assert (refund.state, refund.amount_vnd, refund.reference) == ("succeeded", 92_500, "r-1")
        assert refund.payment_id == payment.id
        assert await cards.adapter.refund_now(refund.id) == refund
        assert await cards.adapter.refunds(payment.id) == [refund]
        assert (await cards.adapter.payment(payment.id)).refunded_vnd == 92_500
        assert await cards.balance_vnd() == 172_785 - 92_500


async def test_lines_and_language_reach_the_page() -> None:
    lines = [CardLine(name=f"Hàng {n}", quantity=2, price_vnd=10_000) for n in range(130)]
    lines[0] = CardLine(name="  <b>Mật\u0000 ong\n", quantity=3, price_vnd=0)
    async with card_standin() as cards:
        request = replace(a_request(language="en"), lines=lines)
        session = await cards.adapter.open_session(request, key="many")
        assert session.amount_vnd == 129 * 20_000
        page = await cards.http.get(session.url)
        assert 'lang="en"' in page.text and "Pay 2.580.000" in page.text
        assert "&lt;b&gt;Mật ong" in page.text and "<script" not in page.text
        assert page.text.count("<tr>") == 100
        assert "31 ×" not in page.text and "640.000" not in page.text
        assert f"1 × {format_vnd(31 * 20_000)}" in page.text
        other = await cards.adapter.open_session(replace(a_request(), language="fr"), key="another")
        assert 'lang="vi"' in (await cards.http.get(other.url)).text


async def test_a_buyer_on_the_hosted_page() -> None:
    async with card_standin() as cards:
        opened = await cards.a_page()
        shown = (await cards.http.get(opened.url)).text
        assert "185.000" in shown and 'href="http://shop.test/o/1"' in shown
        declined = await cards.http.post(opened.url, data={"how": "decline"})
        assert declined.status_code == 200 and "Thẻ bị từ chối" in declined.text
        tried = await cards.adapter.session(opened.id)
        assert (tried.state, tried.paid) == ("open", False)
        assert (await cards.adapter.payment(tried.payment_id)).state == "failed"
        paid = await cards.http.post(opened.url, data={"how": "pay"})
        assert paid.status_code == 303
        assert paid.headers["Location"] == f"http://shop.test/o/1?paid={opened.id}"
        assert (await cards.adapter.payment(tried.payment_id)).state == "succeeded"
        again = await cards.http.post(opened.url, data={"how": "pay"})
        assert again.status_code == 200 and "đã đóng" in again.text
        assert len(await cards.objects("charge")) == 1
        nowhere = opened.url.replace(opened.id, "cs_test_none")
        assert (await cards.http.get(nowhere)).status_code == 404
        assert (await cards.http.post(opened.url, data={"how": "steal"})).status_code == 404


@pytest.mark.parametrize(("ok", "state"), [(True, "succeeded"), (False, "failed")])
async def test_money_that_comes_later(ok: bool, state: str) -> None:
    async with card_standin() as cards:
        opened = await cards.a_page()
        await cards.tell("pay", session=opened.id, how="later")
        session = await cards.adapter.session(opened.id)
        assert (session.state, session.paid) == ("complete", False)
        assert (await cards.adapter.payment(session.payment_id)).state == "processing"
        await cards.tell("settle", session=opened.id, ok=ok)
        session = await cards.adapter.session(opened.id)
        assert (session.state, session.paid) == ("complete", ok)
        payment = await cards.adapter.payment(session.payment_id)
        assert payment.state == state
        assert (payment.charge_id != "") is ok


async def test_a_page_is_closed_once_and_by_the_clock() -> None:
    async with card_standin() as cards:
        opened = await cards.a_page()
        for _ in range(2):
            closed = await cards.adapter.expire_session(opened.id)
            assert (closed.state, closed.url) == ("expired", "")
        paid = await cards.a_page(key="page-2")
        await cards.tell("pay", session=paid.id)
        assert (await cards.adapter.expire_session(paid.id)).paid
        late = await cards.a_page(key="page-3")
        await cards.tell("clock", shift_s=3 * 3600)
        assert (await cards.adapter.session(late.id)).state == "expired"
        kinds = [event["type"] for event in await cards.events()]
        assert kinds.count("checkout.session.expired") == 2


async def test_what_cannot_be_refunded() -> None:
    async with card_standin() as cards:
        session = await cards.a_page()
        await cards.tell("pay", session=session.id, how="declined")
        payment_id = (await cards.adapter.session(session.id)).payment_id

        async def refused(amount_vnd: int, key: str, payment: str = payment_id) -> str:
            with pytest.raises(CardRefused) as caught:
                await cards.adapter.refund(payment, amount_vnd, reference=key, key=key)
            return caught.value.code

        assert await refused(1, "unpaid") == "payment_intent_unexpected_state"
        assert await refused(1, "nobody", "pi_none") == "resource_missing"
        await cards.tell("pay", session=session.id)
        assert await refused(185_001, "too much") == "invalid_request_error:amount"
        assert await refused(0, "nothing") == "parameter_invalid_integer"
        await cards.adapter.refund(payment_id, 100_000, reference="a", key="a")
        assert await refused(85_001, "too much again") == "invalid_request_error:amount"
        await cards.adapter.refund(payment_id, 85_000, reference="b", key="b")
        assert await refused(1, "all is gone") == "charge_already_refunded"
        assert (await cards.adapter.payment(payment_id)).refunded_vnd == 185_000
        assert [one.reference for one in await cards.adapter.refunds(payment_id)] == ["b", "a"]


async def test_a_refund_waits_and_fails_even_late() -> None:
    async with card_standin() as cards:
        session = await cards.a_page()
        await cards.tell("pay", session=session.id)
        payment_id = (await cards.adapter.session(session.id)).payment_id
        await cards.tell("faults", refunds_wait=True)
        refund = await cards.adapter.refund(payment_id, 185_000, reference="a", key="a")
        assert refund.state == "pending"
        await cards.tell("refund", refund=refund.id, status="succeeded")
        assert (await cards.adapter.refund_now(refund.id)).state == "succeeded"
        await cards.tell("refund", refund=refund.id, status="failed")
        assert (await cards.adapter.refund_now(refund.id)).state == "failed"
        assert (await cards.adapter.payment(payment_id)).refunded_vnd == 0
        assert await cards.balance_vnd() == 185_000 - 12_215
        other = await cards.adapter.refund(payment_id, 5_000, reference="b", key="b")
        await cards.tell("refund", refund=other.id, status="canceled")
        assert (await cards.adapter.refund_now(other.id)).state == "cancelled"


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_from_its_opening_to_its_end(won: bool) -> None:
    async with card_standin() as cards:
        session = await cards.a_page()
        await cards.tell("pay", session=session.id)
        payment_id = (await cards.adapter.session(session.id)).payment_id
        opened = await cards.tell("dispute", payment=payment_id, reason="product_not_received")
        dispute = await cards.adapter.dispute(opened["id"])
        assert (dispute.payment_id, dispute.amount_vnd) == (payment_id, 185_000)
        assert (dispute.state, dispute.reason) == ("needs_response", "product_not_received")
        assert dispute.funds_withdrawn
        assert dispute.due_by is not None and dispute.due_by > datetime.now(UTC)
        assert (await cards.adapter.payment(payment_id)).disputed
        with pytest.raises(CardRefused) as caught:
            await cards.adapter.refund(payment_id, 1, reference="r", key="r")
        assert caught.value.code == "charge_disputed"
        await cards.tell("decide", dispute=dispute.id, won=won)
        dispute = await cards.adapter.dispute(dispute.id)
        assert (dispute.state, dispute.funds_withdrawn) == ("won" if won else "lost", not won)
        assert await cards.balance_vnd() == 172_785 - 300_000 - (0 if won else 185_000)
        kinds = [event["type"] for event in await cards.events()]
        ends = ["charge.dispute.funds_reinstated"] * won + ["charge.dispute.closed"]
        assert kinds[-len(ends) :] == ends


async def test_a_charge_is_booked_a_little_later() -> None:
    async with card_standin() as cards:
        await cards.tell("faults", book_after_s=600)
        session = await cards.a_page()
        await cards.tell("pay", session=session.id)
        payment_id = (await cards.adapter.session(session.id)).payment_id
        payment = await cards.adapter.payment(payment_id)
        assert (payment.state, payment.fee_vnd, payment.net_vnd) == ("succeeded", None, None)
        assert payment.balance_id == ""
        await cards.tell("clock", shift_s=601)
        assert (await cards.adapter.payment(payment_id)).fee_vnd == 12_215


async def test_events_come_oldest_first_over_several_pages() -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    async with card_standin() as cards:
        for n in range(35):
            session = await cards.a_page(key=f"page-{n}")
            await cards.tell("pay", session=session.id)
            payment_id = (await cards.adapter.session(session.id)).payment_id
            await cards.adapter.refund(payment_id, 1_000, reference=f"r{n}", key=f"r{n}")
        found = [event async for event in cards.adapter.events_since(before)]
        assert len(found) == 105  # three kinds of ours each; others are not asked for
        written = [event["id"] for event in await cards.events() if event["type"] in KINDS]
        assert [event.event_id for event in found] == written
        assert {event.object_id[:3] for event in found} == {"cs_", "pi_", "re_"}
        assert len(await cards.adapter.refunds(payment_id)) == 1
        later = datetime.now(UTC) + timedelta(hours=1)
        assert [event async for event in cards.adapter.events_since(later)] == []


async def test_more_refunds_than_a_page_holds() -> None:
    async with card_standin() as cards:
        session = await cards.a_page(amount_vnd=1_010_000)
        await cards.tell("pay", session=session.id)
        payment_id = (await cards.adapter.session(session.id)).payment_id
        for n in range(101):
            await cards.adapter.refund(payment_id, 10_000, reference=f"r{n}", key=f"r{n}")
        found = await cards.adapter.refunds(payment_id)
        assert [one.reference for one in found] == [f"r{n}" for n in reversed(range(101))]


async def test_a_sum_or_an_end_out_of_bounds_is_refused() -> None:
    async with card_standin() as cards:
        ask, now = cards.adapter.open_session, datetime.now(UTC)
        for key, (request, code) in enumerate(
            (
                (a_request(amount_vnd=12_999), "amount_too_small"),
                (a_request(amount_vnd=100_000_000), "amount_too_large"),
                (
                    a_request(expires_at=now + timedelta(minutes=29)),
                    "invalid_request_error:expires_at",
                ),
                (
                    a_request(expires_at=now + timedelta(hours=25)),
                    "invalid_request_error:expires_at",
                ),
            )
        ):
            with pytest.raises(CardRefused) as caught:
                await ask(request, key=str(key))
            assert caught.value.code == code


async def test_a_connection_is_made_again_after_closing() -> None:
    async with card_standin() as cards:
        first = await cards.a_page()
        await cards.adapter.close()
        await cards.adapter.close()
        assert await cards.adapter.session(first.id) == first


async def test_each_loop_has_its_own_connections() -> None:
    async with card_standin() as cards:
        first = await cards.a_page()

        def in_another_loop() -> CardSession:
            async def go() -> CardSession:
                try:
                    return await cards.adapter.session(first.id)
                finally:
                    await cards.adapter.close()

            return asyncio.run(go())

        assert await asyncio.to_thread(in_another_loop) == first
        assert await cards.adapter.session(first.id) == first
