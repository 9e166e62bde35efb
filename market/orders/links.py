"""The buyer's link: who holds it sees one order. Signed, since the buyer has no account."""

from typing import Final
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from integrations.contracts.signing import signing_keys

_PURPOSE: Final = "buyer-order"


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(signing_keys(secret), salt=_PURPOSE)


def order_token(order_id: UUID, secret: str) -> str:
    """A token that opens exactly this order; the same order has the same token
    as long as SECRET_KEY begins with the same key."""
    return str(_signer(secret).dumps(order_id.hex))


def read_token(token: str, secret: str) -> UUID | None:
    """The order's id, or None for a token that we did not sign."""
    try:
        return UUID(hex=str(_signer(secret).loads(token)))
    except (BadSignature, ValueError):
        return None


def order_url(public_url: str, order_id: UUID, secret: str) -> str:
    """The address that messages carry."""
    return f"{public_url}/o/{order_token(order_id, secret)}"
