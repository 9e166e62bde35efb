"""Shopee's two signatures: of our calls, and of its pushes.

Both are HMAC-SHA256 in lower-case hex. Keys look like hex and are used as text. How well each is
proven stands in tests/data/shopee.json: calls by other implementations, pushes by reports only.
"""

import hashlib
import hmac
import json
from typing import Final, Literal

# Reports of sellers differ: the registered callback address, a bar and the body, or the body alone.
PushSigns = Literal["url|body", "body"]

PUSH_HEADER: Final = "Authorization"


def digest(key: str, message: bytes) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def sign_call(
    key: str,
    *,
    partner_id: str,
    path: str,
    timestamp: int,
    access_token: str = "",
    shop_id: str = "",
) -> str:
    """The query parameter `sign`. `path` begins with /api/v2; the last two for calls of a shop.

    Neither other parameters nor the body are covered.
    """
    return digest(key, f"{partner_id}{path}{timestamp}{access_token}{shop_id}".encode())


def sign_push(key: str, raw: bytes, *, url: str, signs: PushSigns) -> str:
    """The header of a push. `url` is the callback as registered, not as a proxy rewrites it."""
    return digest(key, raw if signs == "body" else url.encode() + b"|" + raw)


def is_from_shopee(claimed: str, raw: bytes, *, key: str, url: str, signs: PushSigns) -> bool:
    """True for a push signed with our push key.

    The console's check of a new address comes before it knows a key: it signs with an empty one,
    which anybody can do. It is let in only while it says nothing about a shop.
    """
    given = claimed.encode("utf-8", "replace")
    if hmac.compare_digest(sign_push(key, raw, url=url, signs=signs).encode(), given):
        return True
    empty = sign_push("", raw, url=url, signs=signs).encode()
    return hmac.compare_digest(empty, given) and _says_nothing(raw)


def _says_nothing(raw: bytes) -> bool:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and not body.get("code") and not body.get("shop_id")
