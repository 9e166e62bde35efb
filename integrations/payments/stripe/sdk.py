"""Stripe's SDK, reached quietly: our own wire, no telemetry. Imported at the first call only."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import httpx
import stripe
import structlog

from integrations.contracts.cards import CardRefused
from integrations.contracts.errors import N_, Unavailable
from integrations.runtime.calls.certificates import trusted

log = structlog.get_logger(__name__)

# It would write ~/.config/stripe/telemetry_id and tell what machine this is.
stripe.enable_telemetry = False

_CONNECT_S: Final = 3.0
# Everything else that the SDK would send describes our machine.
_SENT: Final = ("Authorization", "Content-Type", "Idempotency-Key", "Stripe-Version")


class Wire(stripe.HTTPClient):
    """The SDK's requests over httpx; the SDK's own httpx client cannot be told to skip a proxy."""

    name = "httpx"

    def __init__(self, timeout_s: float, *, local: bool) -> None:
        super().__init__()
        # No proxy from the environment when the other side stands on this machine.
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            trust_env=not local,
            verify=trusted(),
        )

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One attempt. Raises the SDK's `APIConnectionError`, which the SDK tries again."""
        sent = {name: headers[name] for name in _SENT if name in headers}
        try:
            answer = await self._http.request(
                method, url, headers={**sent, "User-Agent": "Ganh"}, content=post_data or b""
            )
        except httpx.HTTPError as error:
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                type(error).__name__, should_retry=True
            ) from error
        # A notice for developers would come up as a Python warning in the middle of our work.
        answer.headers.pop("Stripe-Notice", None)
        return answer.content, answer.status_code, answer.headers

    async def sleep_async(self, secs: float) -> None:
        """Between two attempts."""
        await asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Give the connections back."""
        await self._http.aclose()


class Connection:
    """One client for one event loop: connections of httpx cannot cross loops."""

    def __init__(self, key: str, url: str, *, timeout_s: float, retries: int, local: bool) -> None:
        self._wire = Wire(timeout_s, local=local)
        self.v1 = stripe.StripeClient(
            key,
            http_client=self._wire,
            max_network_retries=retries,  # without this the client tries only once
            base_addresses={"api": url} if url else {},
        ).v1

    async def ask(
        self, call: Callable[["Connection"], Awaitable[stripe.StripeObject]], *, patience_s: float
    ) -> dict[str, Any]:
        """The object that Stripe answers with, as plain data, within `patience_s` seconds.

        Raises `Unavailable` (`cards.unavailable`) when the outcome is not known, `CardRefused`
        when it is a definite no.
        """
        try:
            async with asyncio.timeout(patience_s):
                answer = await call(self)
            return answer.to_dict()
        except TimeoutError as error:
            raise unavailable() from error
        except stripe.StripeError as error:
            raise _translated(error) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # Well-formed JSON of a shape that the SDK does not survive.
            log.warning("stripe.answer_unreadable", reason=type(error).__name__)
            raise unavailable() from error

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close_async()


def unavailable(*, ours: bool = False) -> Unavailable:
    """The outcome is not known: the same call may be sent again with the same key."""
    sentence = N_("The card service does not answer just now. Please try again in a moment.")
    return Unavailable("cards.unavailable", sentence, who="us" if ours else "you")


def _translated(error: stripe.StripeError) -> Exception:
    """By status and code, never by the words of a message.

    No status: nothing came back, or nothing that could be read. 409: the same key is being
    worked on at this moment. 429: too fast. All of these leave the outcome open.
    """
    status, code = error.http_status, _code(error)
    if status in (401, 403):
        log.error("stripe.key_refused", status=status, code=code, who="us")
        return unavailable(ours=True)
    if status is None or status < 400 or status in (409, 429) or status >= 500:
        log.warning("stripe.unavailable", status=status, code=code, kind=type(error).__name__)
        return unavailable()
    if code == "rate_limit":
        return unavailable()
    if isinstance(error, stripe.IdempotencyError):
        log.error("stripe.key_used_for_something_else", code=code, who="us")
    return CardRefused(code, error.user_message or "")


def _code(error: stripe.StripeError) -> str:
    """Stripe's code; where it gives none, its kind of error and the field it names."""
    said = error.error
    if error.code:
        return str(error.code)
    kind = getattr(said, "type", None) or type(error).__name__
    param = getattr(said, "param", None)
    return f"{kind}:{param}" if param else str(kind)
