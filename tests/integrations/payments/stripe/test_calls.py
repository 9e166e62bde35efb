"""Every call of the port, as it goes well and as it is refused."""

from tests.kit.cards import card_standin


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
