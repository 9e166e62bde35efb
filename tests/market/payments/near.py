"""The stand-in without a wire: the same state and the same readers, for tests by the hundreds."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from integrations.contracts.cards import (
    CardDispute,
    CardEvent,
    CardPayment,
    CardRefund,
    CardRefused,
    CardSession,
    CardSessionRequest,
)
from integrations.payments.stripe import reading
from integrations.payments.stripe.adapter import StripeCards
from integrations.payments.stripe.standin.app import build_stripe
from integrations.payments.stripe.standin.desk import Desk
from integrations.payments.stripe.standin.refusal import Refusal
from tests.kit.cards import KEY, SECRET


class NearCards:
    """`CardPayments` on the stand-in's own books."""

    name = "stripe"
    live = False

    def __init__(self) -> None:
        app = build_stripe(KEY, SECRET, "", None)
        self.desk: Desk = app.state.desk
        self._far = StripeCards(KEY, [SECRET], url="http://127.0.0.1:1")

    def _found(self, kind: str, thing_id: str, *expand: str) -> dict[str, Any]:
        try:
            found = self.desk.books.find(kind, thing_id)
        except Refusal as refusal:
            raise CardRefused("resource_missing") from refusal
        shown: dict[str, Any] = self.desk.books.shown(found, list(expand))
        return shown

    async def open_session(self, request: CardSessionRequest, *, key: str) -> CardSession:
        """A page; the key is not looked at."""
        page = self.desk.till.open_page(
            {
                "line_items": [
                    {
                        "quantity": line.quantity,
                        "price_data": {
                            "unit_amount": line.price_vnd,
                            "product_data": {"name": line.name},
                        },
                    }
                    for line in request.lines
                ],
                "client_reference_id": request.reference,
                "expires_at": int(request.expires_at.timestamp()),
                "success_url": request.success_url,
                "cancel_url": request.cancel_url,
            }
        )
        return await self.session(page["id"])

    async def session(self, session_id: str) -> CardSession:
        """As it is."""
        return reading.read_session(self._found("checkout.session", session_id))

    async def expire_session(self, session_id: str) -> CardSession:
        """Close it."""
        page = self.desk.books.find("checkout.session", session_id)
        if page["status"] == "open":
            self.desk.till.close_page(page)
        return await self.session(session_id)

    async def payment(self, payment_id: str) -> CardPayment:
        """As it is."""
        return reading.read_payment(
            self._found("payment_intent", payment_id, "latest_charge.balance_transaction")
        )

    async def refund(
        self, payment_id: str, amount_vnd: int, *, reference: str, key: str
    ) -> CardRefund:
        """Give back."""
        asked = {
            "payment_intent": payment_id,
            "amount": amount_vnd,
            "metadata": {"reference": reference},
        }
        return await self.refund_now(self.desk.till.refund(asked)["id"])

    async def refunds(self, payment_id: str) -> list[CardRefund]:
        """All of a payment."""
        found = self.desk.books.all_of("refund")
        return [
            reading.read_refund(self.desk.books.shown(one, []))
            for one in found
            if one["payment_intent"] == payment_id
        ]

    async def refund_now(self, refund_id: str) -> CardRefund:
        """As it is."""
        return reading.read_refund(self._found("refund", refund_id))

    async def dispute(self, dispute_id: str) -> CardDispute:
        """As it is."""
        return reading.read_dispute(self._found("dispute", dispute_id))

    async def events_since(self, since: datetime) -> AsyncIterator[CardEvent]:
        """All of them."""
        for event in list(self.desk.books.state.events):
            yield reading.read_event(event)

    def verify(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
        """As the real one does."""
        self._far.verify(raw, headers, now=now)

    def parse(self, raw: bytes) -> CardEvent:
        """As the real one does."""
        return self._far.parse(raw)

    async def close(self) -> None:
        """Nothing to give back."""
