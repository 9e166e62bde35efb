"""Six-digit codes to a phone: made, limited, checked once. For sign-in and for other proofs."""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.crypto import keyed_hash, seal
from integrations.runtime.database import rows, run, work
from integrations.runtime.limits import Limit, spend
from integrations.runtime.outbox import emit
from sellers.accounts.rules import (
    CODE_DIGITS,
    CODE_LIFETIME_S,
    GUESSES_PER_CODE,
    Purpose,
    read_code,
)

SEALED_FOR: Final = "sign_in_code"

# A phone gets few messages, whatever they are for: each costs money and patience. A family
# that shares one phone still gets in.
PER_PHONE: Final = (Limit("code.phone.10min", 6, 600), Limit("code.phone.hour", 12, 3_600))
# Many phones share one address behind the carriers' gateways.
PER_ADDRESS: Final = Limit("code.address.hour", 30, 3_600)
GUESSES: Final = Limit("code.guess.day", 30, 86_400)

_MAKE = """
INSERT INTO sign_in_code (id, purpose, phone_hash, code_hash, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
"""


async def make_code(
    *,
    phone: str,
    purpose: Purpose,
    language: str,
    subject: str = "",
    address: str = "",
    words: Mapping[str, str] | None = None,
) -> UUID:
    """Make a code for a phone (E.164) and let a message bring it; the id of its row.

    `subject`: what the code confirms, such as an order's id; it is bound into the hash.
    `words`: what the message of this purpose says besides the code. `address`: where the
    request came from; empty means no limit by address. Nothing is looked up by the phone, so
    known and unknown numbers cost the same. Opens transactions of its own, so that what was
    counted stays counted; inside `work(SYSTEM)` the caller sees to that. Raises `TooMany` (code
    `limit.reached`).
    """
    uses = [(limit, phone) for limit in PER_PHONE]
    await spend(*([(PER_ADDRESS, address)] if address else []), *uses)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    code_id = new_id()
    async with work(SYSTEM):
        await rows(
            _MAKE,
            [
                code_id,
                str(purpose),
                _phone_hash(phone, purpose, subject),
                _code_hash(phone, purpose, subject, code),
                float(CODE_LIFETIME_S),
            ],
        )
        await emit(
            "sign_in.code_made",
            code_id,
            phone=seal(phone, purpose=SEALED_FOR),
            code=seal(code, purpose=SEALED_FOR),
            purpose=str(purpose),
            language=language,
            words=dict(words or {}),
        )
    return code_id


_MADE = """
SELECT 1 AS made FROM sign_in_code WHERE phone_hash = $1 AND purpose = $2 LIMIT 1
"""


async def code_was_made(*, phone: str, purpose: Purpose, subject: str = "") -> bool:
    """True when a code of this purpose and subject is or was on its way, in the open transaction
    of the system.
    """
    return bool(await rows(_MADE, [_phone_hash(phone, purpose, subject), str(purpose)]))


# Counted before it is compared: guesses sent at the same moment wait here for each other.
_GUESS = """
UPDATE sign_in_code SET wrong_guesses = wrong_guesses + 1
WHERE phone_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
  AND wrong_guesses < $3
RETURNING id, code_hash, wrong_guesses
"""
# The right one closes every other code that is still on its way.
_USE = """
UPDATE sign_in_code SET used_at = now(), wrong_guesses = wrong_guesses - 1 WHERE id = ANY($1)
"""


_KEEP = "UPDATE sign_in_code SET wrong_guesses = wrong_guesses - 1 WHERE id = ANY($1)"
_USE_UP = """
UPDATE sign_in_code SET used_at = now()
WHERE phone_hash = $1 AND purpose = $2 AND used_at IS NULL
"""


async def check_code(
    *, phone: str, purpose: Purpose, code: str, subject: str = "", keep: bool = False
) -> UUID:
    """Compare six digits as somebody typed them; the id of the code, which is now used.

    `keep`: the right one stays good until `use_up`, for what takes several transactions. Any of
    the live codes of this phone, purpose and subject will do, since messages overtake each other.
    Opens transactions of its own, so that a wrong guess stays counted: call it outside of
    `work(...)`. Raises `Problem` (codes `code.unreadable`, `code.wrong`, `code.ended`; field code)
    or `TooMany`.
    """
    digits = read_code(code)
    await spend((GUESSES, f"{purpose}:{phone}"))
    wanted = _code_hash(phone, purpose, subject, digits)
    async with work(SYSTEM):
        live = await rows(
            _GUESS, [_phone_hash(phone, purpose, subject), str(purpose), GUESSES_PER_CODE]
        )
        right = [row for row in live if hmac.compare_digest(row["code_hash"], wanted)]
        if right:
            await run(_KEEP if keep else _USE, [[row["id"] for row in live]])
    if right:
        found: UUID = right[0]["id"]
        return found
    raise _refusal(live)


async def use_up(*, phone: str, purpose: Purpose, subject: str = "") -> None:
    """What the kept code was for is done: no code for it is good any more."""
    async with work(SYSTEM):
        await run(_USE_UP, [_phone_hash(phone, purpose, subject), str(purpose)])


def _refusal(live: list[dict[str, Any]]) -> Problem:
    left = max((GUESSES_PER_CODE - row["wrong_guesses"] for row in live), default=0)
    if left <= 0:
        return Problem(
            "code.ended",
            N_("This code no longer works. Please ask for a new one below."),
            field="code",
        )
    return Problem(
        "code.wrong",
        N_("The code is not right. Please look at the newest message. Tries left: {left}."),
        field="code",
        params={"left": left},
    )


def _phone_hash(phone: str, purpose: Purpose, subject: str) -> str:
    return keyed_hash(f"{phone}\x00{subject}", purpose=f"code.phone:{purpose}")


def _code_hash(phone: str, purpose: Purpose, subject: str, code: str) -> str:
    return keyed_hash(f"{phone}\x00{subject}\x00{code}", purpose=f"code:{purpose}")


_STILL_WANTED = """
SELECT 1 AS live FROM sign_in_code WHERE id = $1 AND used_at IS NULL AND expires_at > now()
"""


async def still_wanted(code_id: UUID) -> bool:
    """False when a code was used or has run out before its message could be sent."""
    async with work(SYSTEM):
        return bool(await rows(_STILL_WANTED, [code_id]))


_FORGET = """
DELETE FROM sign_in_code WHERE expires_at < now() - interval '2 days' RETURNING 1 AS gone
"""


async def forget_old_codes() -> int:
    """Drop codes that can no longer be used; how many."""
    async with work(SYSTEM):
        return len(await rows(_FORGET))
