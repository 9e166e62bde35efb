"""Shopee's refusals as `ChannelError`: looked up in the table, or named by what the wire did."""

import re
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from integrations.channels.shopee.redaction import redact
from integrations.channels.shopee.table import ROWS, Row
from integrations.contracts.channels import ChannelError, Handling
from integrations.contracts.errors import N_

SHOPEE_TIME: Final = timezone(timedelta(hours=8), "UTC+8")  # its quota begins anew at midnight
_MODULE: Final = re.compile(r"^(?:product|common|order|logistics|payment|public)\.")


class Effect(StrEnum):
    """What a call does at the marketplace: decides what a lost answer means."""

    NONE = "none"  # a read, or harmless to repeat
    CHANGE = "change"  # sets something absolute
    CREATE = "create"  # makes something new each time


def refused(name: str, text: str, *, effect: Effect, now: datetime) -> ChannelError:
    """The error for Shopee's `error` and `message`; PARK when no row fits."""
    row = find(name, text)
    if row is None:
        return unknown(name, text)
    handling, message = row.handling, row.message
    # "Try later" may come after the item was made: there is no key that would make it once only.
    if effect is Effect.CREATE and handling is Handling.RETRY:
        return lost(effect, vendor_code=name, vendor_text=text)
    return ChannelError(
        handling,
        f"shopee.{row.code}",
        message,
        who=row.who,
        params={"reason": _reason(name, text)} if "{reason}" in message else None,
        retry_after_s=_until_midnight(now) if row.code == "day_limit" else row.retry_after_s,
        vendor_code=name,
        vendor_text=redact(text),
    )


def unknown(name: str, text: str) -> ChannelError:
    """PARK: nobody here knows what to make of it."""
    return ChannelError(
        Handling.PARK,
        "shopee.unknown",
        N_("Shopee answered something new: {reason}. The operator has to look."),
        who="us",
        params={"reason": _reason(name, text)},
        vendor_code=name,
        vendor_text=redact(text),
    )


def find(name: str, text: str) -> Row | None:
    """The first row that fits; `product.error_x` and `error.x` count as `error_x`."""
    plain = _MODULE.sub("", name.strip().lower()).replace("error.", "error_")
    for row in ROWS:
        fits = re.fullmatch(row.names, plain) is not None
        if fits and (not row.text or re.search(row.text, text, re.IGNORECASE)):
            return row
    return None


def slow_down(retry_after_s: int | None) -> ChannelError:
    """HTTP 429. `retry_after_s` as the header says, else the table's."""
    error = refused("http_429", "", effect=Effect.NONE, now=datetime.now(SHOPEE_TIME))
    error.retry_after_s = retry_after_s or error.retry_after_s
    return error


def unreachable(vendor_text: str = "") -> ChannelError:
    """Nothing was sent: the same again, later."""
    return ChannelError(
        Handling.RETRY,
        "shopee.unreachable",
        N_("Shopee cannot be reached; it is tried again by itself."),
        who="marketplace",
        vendor_text=redact(vendor_text),
    )


def lost(effect: Effect, *, vendor_code: str = "", vendor_text: str = "") -> ChannelError:
    """It was sent and the answer did not come, or cannot be read."""
    if effect is Effect.NONE:
        error = unreachable(vendor_text)
        error.vendor_code = vendor_code
        return error
    return ChannelError(
        Handling.UNKNOWN_OUTCOME,
        "shopee.no_answer",
        N_("Shopee's answer did not arrive; we look there before we try again."),
        who="us",
        vendor_code=vendor_code,
        vendor_text=redact(vendor_text),
    )


def no_shipping() -> ChannelError:
    """The shop has no delivery service switched on, so nothing can be listed."""
    row = next(row for row in ROWS if row.code == "shipping")
    return ChannelError(row.handling, "shopee.shipping", row.message, who=row.who)


def not_there(what: str) -> ChannelError:
    """GONE for an `item` or `order` that Shopee answers without."""
    row = next(row for row in ROWS if row.code == f"{what}_gone")
    return ChannelError(row.handling, f"shopee.{row.code}", row.message, who=row.who)


def _reason(name: str, text: str) -> str:
    return redact(text).strip().rstrip(".")[:200] or name or "?"


def _until_midnight(now: datetime) -> int:
    local = now.astimezone(SHOPEE_TIME)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight - local).total_seconds()) + 60
