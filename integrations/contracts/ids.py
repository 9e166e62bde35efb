"""Identifiers: time-ordered UUIDs, and short codes that people can read to each other."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

# No 0/O, 1/I/L, U/V: what is read over the phone arrives as it was said.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def new_id() -> UUID:
    """A UUIDv7: unique everywhere, sorted by the time it was made."""
    return uuid7()


def made_at(made: UUID) -> datetime:
    """When `new_id` made it: the first 48 bits are milliseconds."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def short_code(length: int = 6) -> str:
    """A random code of `length` characters from an alphabet without look-alikes."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
