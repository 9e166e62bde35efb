"""What is left when the line breaks: one key, one effect, and a refusal only when it is one."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.contracts.cards import CardRefused
from integrations.contracts.errors import Unavailable
from integrations.payments.stripe.adapter import StripeCards
from tests.kit.cards import KEY, SECRET, Cards, a_request, card_standin, listening


async def paid(cards: Cards) -> str:
    """A payment of 185,000 đồng."""
    session = await cards.a_page()
    await cards.tell("pay", session=session.id)
    return (await cards.adapter.session(session.id)).payment_id


async def unknown(cards: Cards, payment_id: str, key: str = "r-1") -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await cards.adapter.refund(payment_id, 50_000, reference="r-1", key=key)
    assert caught.value.code == "cards.unavailable"
    return caught.value


async def given_back(cards: Cards) -> list[int]:
    return [refund["amount"] for refund in await cards.objects("refund")]


async def test_one_key_one_refund_however_often() -> None:
    async with card_standin() as cards:
        payment_id = await paid(cards)
        refund = cards.adapter.refund
        first = await refund(payment_id, 50_000, reference="r-1", key="r-1")
        for _ in range(5):
            assert await refund(payment_id, 50_000, reference="r-1", key="r-1") == first
        assert await given_back(cards) == [50_000]
        second = await refund(payment_id, 50_000, reference="r-1", key="r-2")
        assert second.id != first.id
        # The key outlives its refund's whole amount: later it still tells what was done.
        await refund(payment_id, 85_000, reference="r-3", key="r-3")
        assert await refund(payment_id, 50_000, reference="r-1", key="r-1") == first


async def test_one_key_one_page() -> None:
    async with card_standin() as cards:
        first = await cards.a_page()
        assert await cards.a_page() == first
        assert len(await cards.objects("checkout.session")) == 1
        await cards.tell("pay", session=first.id)
        assert (await cards.a_page()).state == "open"  # what was said first; fetch it for now


async def test_a_key_for_something_else_is_refused() -> None:
    async with card_standin() as cards:
        payment_id = await paid(cards)
        await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        for amount_vnd, reference in ((50_001, "r-1"), (50_000, "r-2")):
            with pytest.raises(CardRefused) as caught:
                await cards.adapter.refund(payment_id, amount_vnd, reference=reference, key="r-1")
            assert caught.value.code == "idempotency_error"
        assert await given_back(cards) == [50_000]


async def test_a_key_is_forgotten_after_a_day() -> None:
    """Why nothing is sent again after that without a look-up."""
    async with card_standin() as cards:
        payment_id = await paid(cards)
        first = await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        await cards.tell("clock", shift_s=24 * 3600 + 1)
        assert [one.id for one in await cards.adapter.refunds(payment_id)] == [first.id]
        again = await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        assert again.id != first.id


@pytest.mark.parametrize("how", [{"time_out_after_success": True}, {"garbage": "after"}])
async def test_done_but_not_answered(how: dict[str, Any]) -> None:
    async with card_standin() as cards:
        payment_id = await paid(cards)
        await cards.tell("faults", **how, next_n=1)
        await unknown(cards, payment_id)
        assert await given_back(cards) == [50_000]
        refund = await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        assert (refund.state, await given_back(cards)) == ("succeeded", [50_000])


async def test_the_sdk_tries_again_by_itself() -> None:
    async with card_standin(retries=2) as cards:
        payment_id = await paid(cards)
        await cards.tell("faults", time_out_after_success=True, next_n=1)
        await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        assert await given_back(cards) == [50_000]


async def test_a_hanging_answer_is_waited_for_so_long_and_no_longer() -> None:
    async with card_standin(timeout_s=0.3) as cards:
        payment_id = await paid(cards)
        await cards.tell("faults", time_out_after_success=True, hang_s=5, next_n=1)
        async with asyncio.timeout(4):
            await unknown(cards, payment_id)
        await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        assert await given_back(cards) == [50_000]


async def test_patience_bounds_the_whole_call() -> None:
    async with card_standin() as cards:
        slow = StripeCards(KEY, [SECRET], url=cards.url, patience_s=0.3, retries=9)
        session = await cards.a_page()
        await slow.session(session.id)
        await cards.tell("faults", answer_status=503)
        async with asyncio.timeout(4):
            with pytest.raises(Unavailable):
                await slow.session(session.id)
        await slow.close()


@pytest.mark.parametrize(("when", "amounts"), [("before", []), ("after", [50_000])])
async def test_a_500_is_kept_under_its_key(when: str, amounts: list[int]) -> None:
    """The same key repeats it for a day, done or not: only a look-up tells which."""
    async with card_standin(retries=2) as cards:
        payment_id = await paid(cards)
        await cards.tell("faults", status_500=when, next_n=1)
        for _ in range(3):
            await unknown(cards, payment_id)
        assert await given_back(cards) == amounts
        found = await cards.adapter.refunds(payment_id)
        assert [one.amount_vnd for one in found if one.reference == "r-1"] == amounts


@pytest.mark.parametrize("status", [409, 429, 503])
async def test_an_answer_that_leaves_it_open(status: int) -> None:
    async with card_standin() as cards:
        payment_id = await paid(cards)
        await cards.tell("faults", answer_status=status, next_n=1, only="POST /v1/refunds")
        await cards.adapter.payment(payment_id)
        assert (await unknown(cards, payment_id)).who == "you"
        await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        assert await given_back(cards) == [50_000]


async def test_the_same_key_at_the_same_time() -> None:
    """One is worked on, the other is told so: 409 leaves the outcome open."""
    async with card_standin() as cards:
        payment_id = await paid(cards)
        await cards.tell("faults", slow_s=0.5, only="POST /v1/refunds")
        both = await asyncio.gather(
            *(
                cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
                for _ in range(2)
            ),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in both) == ["CardRefund", "Unavailable"]
        assert await given_back(cards) == [50_000]


async def test_garbage_before_the_work() -> None:
    async with card_standin() as cards:
        payment_id = await paid(cards)
        await cards.tell("faults", garbage="before", next_n=1)
        await unknown(cards, payment_id)
        assert await given_back(cards) == []


async def test_nobody_listens() -> None:
    with listening() as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    adapter = StripeCards(KEY, [SECRET], url=url, retries=0)
    with pytest.raises(Unavailable) as caught:
        await adapter.session("cs_test_1")
    assert caught.value.code == "cards.unavailable"
    await adapter.close()


async def test_a_wrong_key_is_our_fault_and_is_not_told(capfd: pytest.CaptureFixture[str]) -> None:
    async with card_standin() as cards:
        stranger = StripeCards("sk_test_wrong_and_secret", [SECRET], url=cards.url)
        with pytest.raises(Unavailable) as caught:
            await stranger.session("cs_test_1")
        await stranger.close()
    assert (caught.value.code, caught.value.who) == ("cards.unavailable", "us")
    said = "".join(capfd.readouterr())
    assert "stripe.key_refused" in said and "wrong_and_secret" not in said
    assert "wrong_and_secret" not in repr(caught.value) + str(caught.value.__cause__)


async def test_what_no_call_takes_is_refused_as_the_vendor_does() -> None:
    async with card_standin() as cards:
        payment_id = await paid(cards)

        async def send(body: str, path: str = "refunds", **headers: str) -> httpx.Response:
            return await cards.http.post(
                f"{cards.url}/v1/{path}",
                content=body,
                headers={"Authorization": f"Bearer {KEY}", **headers},
            )

        good = f"payment_intent={payment_id}&amount=1"
        for body, code, param in (
            (f"{good}&colour=red", "parameter_unknown", "colour"),
            (f"{good}&amount[x]=1", None, "amount[x]"),
            (f"{good}&metadata=x", None, "metadata"),
            (f"{good}&amount=2", None, "amount"),
            (f"payment_intent={payment_id}&amount=1.5", "parameter_invalid_integer", "amount"),
            (f"payment_intent={payment_id}&amount=", "parameter_invalid_integer", "amount"),
            ("payment_intent=&amount=1", "parameter_invalid_empty", "payment_intent"),
            (f"{good}&reason=because", None, "reason"),
            (f"{good}&expand[]=payment_intent.secret", None, "expand"),
            (f"{good}&expand[0]=a&expand[2]=b", None, "expand"),
            ("%", None, None),
        ):
            answer = await send(body, **{"Idempotency-Key": "one key for all"})
            error = answer.json()["error"]
            assert (answer.status_code, error["type"]) == (400, "invalid_request_error"), body
            assert (error.get("code"), error.get("param")) == (code, param), body
        assert await given_back(cards) == []
        # None of these was kept under the key: no work had begun.
        assert (await send(good, **{"Idempotency-Key": "one key for all"})).status_code == 200
        assert (await send("amount=1")).status_code == 400
        missing = await send("mode=payment&success_url=x", "checkout/sessions")
        assert missing.json()["error"]["param"] == "line_items"
        euros = (
            "mode=payment&success_url=x&line_items[0][quantity]=1"
            "&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=5"
            "&line_items[0][price_data][product_data][name]=x"
        )
        wrong = (await send(euros, "checkout/sessions")).json()["error"]
        assert wrong["param"] == "line_items[0][price_data][currency]"
        assert (await send("", "customers")).status_code == 404
        assert (await send(good, Authorization="Bearer no")).status_code == 401
        unreadable: dict[str, Any] = {"pay": {}, "faults": {"drop": 3}, "resend": {"times": 0}}
        for verb, told in unreadable.items():
            answer = await cards.http.post(f"{cards.url}/_control/{verb}", json=told)
            assert answer.status_code == 400
            assert answer.json()["error"].startswith("not understood: ")
        [session] = await cards.objects("checkout.session")
        impossible: dict[str, Any] = {
            "pay": {"session": "cs_none"},
            "settle": {"session": session["id"], "ok": True},
            "dispute": {"payment": "pi_none"},
        }
        for verb, told in impossible.items():
            answer = await cards.http.post(f"{cards.url}/_control/{verb}", json=told)
            assert "error" in answer.json() and answer.status_code in (400, 404)


async def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    file = tmp_path / "home" / "stripe.json"
    async with card_standin(state_file=file) as cards:
        payment_id = await paid(cards)
        first = await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1")
        opened = await cards.a_page(key="other")
        await cards.tell("faults", answer_status=503, next_n=2, only="POST")
        events = await cards.events()
    async with card_standin(state_file=file) as cards:
        for _ in range(2):
            await unknown(cards, payment_id)
        assert await cards.adapter.refund(payment_id, 50_000, reference="r-1", key="r-1") == first
        found = await cards.adapter.session(opened.id)
        assert replace(found, url=opened.url) == opened and found.url.startswith(cards.url)
        assert await cards.events() == events
        assert await given_back(cards) == [50_000]


async def test_the_wire_tells_nothing_of_this_machine() -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from tests.kit.cards import served

    seen: list[dict[str, str]] = []

    async def hear(request: Request) -> JSONResponse:
        seen.append(dict(request.headers))
        return JSONResponse({"object": "list"}, headers={"Stripe-Notice": "for developers"})

    app = Starlette(routes=[Route("/v1/checkout/sessions", hear, methods=["POST"])])
    async with served(app) as url:
        adapter = StripeCards(KEY, [SECRET], url=url)
        with pytest.raises(Unavailable) as caught:  # a list is no session
            await adapter.open_session(a_request(), key="k-1")
        await adapter.close()
    assert caught.value.who == "us"
    assert set(seen[0]) == {
        *("accept", "accept-encoding", "authorization", "connection", "content-length"),
        *("content-type", "host", "idempotency-key", "stripe-version", "user-agent"),
    }
    assert (seen[0]["user-agent"], seen[0]["idempotency-key"]) == ("Ganh", "k-1")
