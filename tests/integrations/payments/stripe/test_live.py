"""The same calls at the vendor, with a test key of one's own; else this is not run."""

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from integrations.contracts.cards import CardRefused
from integrations.payments.stripe.adapter import StripeCards
from tests.kit.cards import a_request

KEY = os.environ.get("STRIPE_TEST_SECRET_KEY", "")


@pytest.fixture
def cards() -> StripeCards:
    if not KEY.startswith(("sk_test_", "rk_test_")):
        pytest.skip("not run: STRIPE_TEST_SECRET_KEY holds no test key of Stripe")
    return StripeCards(KEY, ["whsec_unused"], timeout_s=20, patience_s=60)


async def test_a_page_is_opened_once_and_closed(cards: StripeCards) -> None:
    request = a_request(reference=str(uuid4()))
    opened = await cards.open_session(request, key=f"{request.reference}:page")
    assert (opened.state, opened.paid, opened.amount_vnd) == ("open", False, 185_000)
    assert opened.reference == request.reference and opened.url.startswith("https://")
    again = await cards.open_session(request, key=f"{request.reference}:page")
    assert again.id == opened.id
    for _ in range(2):
        assert (await cards.expire_session(opened.id)).state == "expired"
    since = datetime.now(UTC) - timedelta(minutes=5)
    found = [event async for event in cards.events_since(since)]
    assert opened.id in {event.object_id for event in found}
    await cards.close()


async def test_a_payment_is_read_and_half_given_back(cards: StripeCards) -> None:
    import stripe

    client = stripe.StripeClient(KEY, max_network_retries=2)
    paid = client.v1.payment_intents.create(
        {
            "amount": 185_000,
            "currency": "vnd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    payment = await cards.payment(paid.id)
    assert (payment.state, payment.received_vnd) == ("succeeded", 185_000)
    reference = str(uuid4())
    for _ in range(2):
        refund = await cards.refund(paid.id, 92_500, reference=reference, key=reference)
        assert (refund.amount_vnd, refund.reference) == (92_500, reference)
    assert [one.id for one in await cards.refunds(paid.id)] == [refund.id]
    with pytest.raises(CardRefused):
        await cards.refund(paid.id, 92_501, reference="too much", key=f"{reference}:more")
    await cards.close()
