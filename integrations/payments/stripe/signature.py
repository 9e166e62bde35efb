"""The signature over an event's raw body, as Stripe writes it into `Stripe-Signature`."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

HEADER: Final = "Stripe-Signature"

# Stripe's own libraries accept five minutes of age; a far future would be replayable for as long.
_APART_MAX = timedelta(minutes=5)
_UNIX = re.compile(r"[0-9]{1,11}")
_HEX = re.compile(r"[0-9a-f]{64}")
_HEADER_MAX = 2_000  # two secrets during a change make about 170 characters


def sign(secret: str, raw: bytes, timestamp: int) -> str:
    """The header's value: `t=<unix seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`."""
    return f"t={timestamp},v1={_v1(secret, raw, timestamp)}"


def is_signed(header: str, raw: bytes, secrets: Sequence[str], *, now: datetime) -> bool:
    """True when one `v1` fits one secret and `t` lies within five minutes to either side.

    Several of either stand beside each other while a secret is being changed; other schemes
    (`v0`) are Stripe's own test marks and count for nothing.
    """
    if len(header) > _HEADER_MAX:
        return False
    pairs = [item.partition("=") for item in header.split(",")]
    stamps = [value for name, _, value in pairs if name.strip() == "t"]
    claimed = [value for name, _, value in pairs if name.strip() == "v1" and _HEX.fullmatch(value)]
    if len(stamps) != 1 or not _UNIX.fullmatch(stamps[0]):
        return False
    timestamp = int(stamps[0])
    # Every pair is compared, so the time taken tells nothing of which one fits.
    fits = [
        hmac.compare_digest(_v1(secret, raw, timestamp), one)
        for secret in secrets
        for one in claimed
    ]
    if not any(fits):
        return False
    return abs(now - datetime.fromtimestamp(timestamp, UTC)) <= _APART_MAX


def _v1(secret: str, raw: bytes, timestamp: int) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + raw, hashlib.sha256).hexdigest()
