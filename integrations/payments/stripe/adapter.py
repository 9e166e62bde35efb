"""Cards by Stripe Checkout behind the port `CardPayments` (docs.stripe.com/payments/checkout)."""

import asyncio
import json
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar
from urllib.parse import urlsplit

from integrations.contracts.cards import (
    CardDispute,
    CardEvent,
    CardLine,
    CardPayment,
    CardRefund,
    CardRefused,
    CardSession,
    CardSessionRequest,
)
from integrations.contracts.errors import N_, NotAllowed, Problem
from integrations.contracts.text import clean_line
from integrations.payments.stripe import reading
from integrations.payments.stripe.signature import HEADER, is_signed

if TYPE_CHECKING:
    from stripe import StripeObject
    from stripe.params import EventListParams, RefundCreateParams, RefundListParams
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

    from integrations.payments.stripe.sdk import Connection

T = TypeVar("T")

# What we subscribe to, and what the list of events is asked for: at most 20 kinds.
KINDS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
_PAGE: Final = 100  # the most that Stripe gives at once
_LINES_MAX: Final = 100
_NAME_MAX: Final = 200
_LOCALES: Final = ("vi", "en")


class StripeCards:
    """The port over the API of the SDK's version. Amounts are whole đồng: VND has no smaller unit.

    `url` replaces Stripe's own address. `timeout_s` bounds one attempt, `patience_s` a whole call
    with its `retries`. The SDK is imported at the first call, in a thread: it takes a second.
    """

    name = "stripe"

    def __init__(
        self,
        secret_key: str,
        webhook_secrets: Sequence[str],
        *,
        url: str = "",
        timeout_s: float = 8.0,
        patience_s: float = 20.0,
        retries: int = 2,
    ) -> None:
        if not secret_key or not webhook_secrets or not all(webhook_secrets):
            raise ValueError("Stripe needs its key and its webhook secrets, none of them empty")
        self.live = "_live_" in secret_key
        self._key = secret_key
        self._secrets = tuple(webhook_secrets)
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._retries = retries
        self._connections: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Connection] = (
            weakref.WeakKeyDictionary()
        )

    async def open_session(self, request: CardSessionRequest, *, key: str) -> CardSession:
        """Make the hosted page; Stripe keeps a key for 24 hours.

        `expires_at` lies 30 minutes to 24 hours ahead at the first sending, and stays the same
        under one key. More than 100 lines are shown as 99 and a sum of the rest.
        """
        params: SessionCreateParams = {
            "mode": "payment",
            "locale": request.language if request.language in _LOCALES else "auto",
            "line_items": _line_items(request.lines),
            "allowed_payment_method_types": ["card"],
            # The buyer pays the đồng that the order says, and gets the same đồng back.
            "adaptive_pricing": {"enabled": False},
            "client_reference_id": request.reference,
            "metadata": {"reference": request.reference},
            "payment_intent_data": {
                "transfer_group": request.reference,
                "metadata": {"reference": request.reference},
            },
            "expires_at": int(request.expires_at.timestamp()),
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
        }
        return await self._ask(
            lambda at: at.v1.checkout.sessions.create_async(params, {"idempotency_key": key}),
            reading.read_session,
        )

    async def session(self, session_id: str) -> CardSession:
        """Fetch it again."""
        return await self._ask(
            lambda at: at.v1.checkout.sessions.retrieve_async(session_id), reading.read_session
        )

    async def expire_session(self, session_id: str) -> CardSession:
        """Close an open page; one that was paid or closed meanwhile comes back as it is."""
        try:
            return await self._ask(
                lambda at: at.v1.checkout.sessions.expire_async(session_id), reading.read_session
            )
        except CardRefused:
            # Stripe refuses what is no longer open, without a code of its own for it.
            found = await self.session(session_id)
            if found.state == "open":
                raise
            return found

    async def payment(self, payment_id: str) -> CardPayment:
        """Fetch it again, with its charge and the booking of it on the balance."""
        expand = ["latest_charge.balance_transaction"]
        return await self._ask(
            lambda at: at.v1.payment_intents.retrieve_async(payment_id, {"expand": expand}),
            reading.read_payment,
        )

    async def refund(
        self, payment_id: str, amount_vnd: int, *, reference: str, key: str
    ) -> CardRefund:
        """Give money back, once per `key`; `reference` is found again in `refunds`."""
        params: RefundCreateParams = {
            "payment_intent": payment_id,
            "amount": amount_vnd,
            "reason": "requested_by_customer",
            "metadata": {"reference": reference},
        }
        return await self._ask(
            lambda at: at.v1.refunds.create_async(params, {"idempotency_key": key}),
            reading.read_refund,
        )

    async def refunds(self, payment_id: str) -> list[CardRefund]:
        """Every refund of a payment, newest first."""
        params: RefundListParams = {"payment_intent": payment_id, "limit": _PAGE}
        found: list[CardRefund] = []
        more = True
        while more:
            if found:
                params["starting_after"] = found[-1].id
            page, more = await self._ask(
                lambda at: at.v1.refunds.list_async(params), _page_of(reading.read_refund)
            )
            found += page
        return found

    async def refund_now(self, refund_id: str) -> CardRefund:
        """Fetch one again."""
        return await self._ask(
            lambda at: at.v1.refunds.retrieve_async(refund_id), reading.read_refund
        )

    async def dispute(self, dispute_id: str) -> CardDispute:
        """Fetch it again."""
        return await self._ask(
            lambda at: at.v1.disputes.retrieve_async(dispute_id), reading.read_dispute
        )

    async def events_since(self, since: datetime) -> AsyncIterator[CardEvent]:
        """Every event of `KINDS` since then, oldest first; Stripe keeps events for 30 days.

        The list comes newest first, so all of it is fetched before the first one is given.
        """
        params: EventListParams = {
            "types": list(KINDS),
            "created": {"gte": int(since.timestamp())},
            "limit": _PAGE,
        }
        found: list[CardEvent] = []
        more = True
        while more:
            if found:
                params["starting_after"] = found[-1].event_id
            page, more = await self._ask(
                lambda at: at.v1.events.list_async(params), _page_of(reading.read_event)
            )
            found += page
        for event in reversed(found):
            yield event

    def verify(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
        """Raises `NotAllowed` (`cards.signature`): not signed, or not within five minutes."""
        given = next((v for name, v in headers.items() if name.lower() == HEADER.lower()), "")
        if not is_signed(given, raw, self._secrets, now=now):
            raise NotAllowed(
                "cards.signature",
                N_("This card notice is not signed with our secret, or it is too old."),
            )

    def parse(self, raw: bytes) -> CardEvent:
        """Raises `Problem` (`cards.unreadable`) for a body of another shape."""
        try:
            return reading.read_event(json.loads(raw))
        except reading.Unreadable as unreadable:
            _unreadable(str(unreadable))
        except (ValueError, RecursionError, AttributeError):
            _unreadable("JSON")

    async def close(self) -> None:
        """Give this loop's connections back; the next call opens new ones."""
        connection = self._connections.pop(asyncio.get_running_loop(), None)
        if connection is not None:
            await connection.close()

    async def _ask(
        self,
        call: "Callable[[Connection], Awaitable[StripeObject]]",
        read: Callable[[dict[str, Any]], T],
    ) -> T:
        loop = asyncio.get_running_loop()
        if loop not in self._connections:
            made = await asyncio.to_thread(self._connect)
            # Another call of this loop may have been faster.
            if self._connections.setdefault(loop, made) is not made:
                await made.close()
        connection = self._connections[loop]
        answer = await connection.ask(call, patience_s=self._patience_s)
        try:
            return read(answer)
        except reading.Unreadable as unreadable:
            from integrations.payments.stripe.sdk import unavailable

            raise unavailable(ours=True) from unreadable

    def _connect(self) -> "Connection":
        from integrations.payments.stripe.sdk import Connection

        return Connection(
            self._key,
            self._url,
            timeout_s=self._timeout_s,
            retries=self._retries,
            local=urlsplit(self._url).hostname in ("127.0.0.1", "localhost"),
        )


def _line_items(lines: Sequence[CardLine]) -> "list[SessionCreateParamsLineItem]":
    shown = list(lines)
    if len(shown) > _LINES_MAX:
        rest_vnd = sum(line.quantity * line.price_vnd for line in shown[_LINES_MAX - 1 :])
        shown = [*shown[: _LINES_MAX - 1], CardLine(name="…", quantity=1, price_vnd=rest_vnd)]
    return [
        {
            "quantity": line.quantity,
            "price_data": {
                "currency": "vnd",
                "unit_amount": line.price_vnd,
                "product_data": {"name": clean_line(line.name)[:_NAME_MAX] or "…"},
            },
        }
        for line in shown
    ]


def _page_of(
    read: Callable[[Mapping[str, Any]], T],
) -> Callable[[dict[str, Any]], tuple[list[T], bool]]:
    """Reads one page of a list: its objects, and whether more follow."""

    def page(raw: dict[str, Any]) -> tuple[list[T], bool]:
        data = raw.get("data")
        if not isinstance(data, list):
            raise reading.Unreadable("data")
        # An empty page that promises more would be asked for ever.
        return [read(one) for one in data], raw.get("has_more") is True and bool(data)

    return page


def _unreadable(field: str) -> NoReturn:
    raise Problem(
        "cards.unreadable",
        N_("This card notice cannot be read: {field} is missing or has another form."),
        who="us",
        params={"field": field},
    )
