"""Personal data at rest: sealed with AES-GCM, found again by a keyed hash."""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.runtime.settings import get_settings


class SealBroken(ValueError):
    """The value was altered, or its key is gone."""


@lru_cache
def _keys() -> dict[str, bytes]:
    """`DATA_KEYS` is "id:base64,id:base64"; the first seals, all open."""
    pairs = get_settings().data_keys.get_secret_value().split(",")
    return {name: base64.b64decode(key) for name, _, key in (p.partition(":") for p in pairs if p)}


def seal(plain: str, *, purpose: str) -> str:
    """Encrypt text for one purpose; the value carries the id of its key: `k1.<base64>`."""
    key_id, key = next(iter(_keys().items()))
    nonce = secrets.token_bytes(12)
    body = AESGCM(key).encrypt(nonce, plain.encode(), purpose.encode())
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + body).decode()}"


def unseal(sealed: str, *, purpose: str) -> str:
    """Decrypt what `seal` made for the same purpose. Raises `SealBroken`."""
    key_id, _, encoded = sealed.partition(".")
    try:
        raw = base64.urlsafe_b64decode(encoded)
        return AESGCM(_keys()[key_id]).decrypt(raw[:12], raw[12:], purpose.encode()).decode()
    except Exception as error:
        raise SealBroken(purpose) from error


def reseal(sealed: str, *, purpose: str) -> str:
    """The same plain text sealed by the first key. Raises `SealBroken`."""
    return seal(unseal(sealed, purpose=purpose), purpose=purpose)


def keyed_hash(value: str, *, purpose: str) -> str:
    """HMAC-SHA256 in hex: equal values of one purpose are equal, nothing can be read back."""
    key = get_settings().hash_key.get_secret_value().encode()
    return hmac.new(key, f"{purpose}\x00{value}".encode(), hashlib.sha256).hexdigest()
