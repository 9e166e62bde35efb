"""Reads of producers, communes and banks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import fold
from integrations.contracts.viewer import Viewer
from integrations.runtime.crypto import keyed_hash, unseal
from integrations.runtime.database import public_rows, rows
from sellers.accounts.rules import Acting
from sellers.producers.rules import BEST_KNOWN_BANKS, commune_words, says_district, tidy_account
from sellers.producers.rules.identity import Person

ACCOUNT_PURPOSE: Final = "payout_account"
HOLDER_PURPOSE: Final = "payout_holder"
IDENTITY_PURPOSE: Final = "identity"
TAX_PURPOSE: Final = "tax_code"


@dataclass(frozen=True, slots=True)
class CommuneFound:
    """A commune, ward or special zone as people pick it.

    `was`: the former place under whose name it was found ("Xã Thạch Bình, Thành phố Hà Tĩnh");
    `was_split`: that one belongs to more than one commune today, so somebody must be asked.
    """

    code: str
    name: str
    province: str
    was: str = ""
    was_split: bool = False

    @property
    def label(self) -> str:
        """ "Xã Can Lộc, Hà Tĩnh"."""
        return f"{self.name}, {self.province}"


# What stands before a name is no part of it: whoever types "loc ha" does not mean "xa loc ha".
# A place of today comes before one that ended; of two names of one place the nearer is shown. A
# former place must be meant by its own name, or its district be called one: "can loc" alone is
# the commune of today, not all that lay in the district of that name.
_FIND = """
WITH said AS (
  SELECT c.code, c.full_name AS name, p.name AS province, '' AS was, false AS was_split,
         length(c.name) AS letters,
         CASE WHEN regexp_replace(c.search_key, '^(xa|phuong|dac khu) ', '') LIKE $2 || '%' THEN 0
              WHEN c.search_key LIKE '%' || $2 || '%' THEN 2 ELSE 4 END AS turn
  FROM commune c JOIN province p ON p.code = c.province_id
  WHERE c.valid_to IS NULL AND ' ' || c.search_key LIKE ALL ($1::text[])
  UNION ALL
  SELECT c.code, c.full_name, p.name, o.full_name || ', ' || o.district, o.was_split,
         length(o.full_name), CASE WHEN k.named THEN 1 ELSE 3 END
  FROM old_commune o JOIN commune c ON c.code = o.commune_id
  JOIN province p ON p.code = c.province_id,
  LATERAL (SELECT regexp_replace(o.search_key, '^(xa|phuong|thi tran) ', '') LIKE $2 || '%'
             OR $2 || ' ' LIKE o.name_key || ' %' AS named) k
  WHERE c.valid_to IS NULL AND ' ' || o.search_key LIKE ALL ($1::text[])
    AND (k.named OR $4 AND o.search_key LIKE '%' || $2 || '%')
), nearest AS (
  SELECT DISTINCT ON (code) * FROM said ORDER BY code, turn, letters, was
)
SELECT code, name, province, was, was_split FROM nearest
ORDER BY turn, letters, name, province, code LIMIT $3
"""


async def find_communes(query: str, limit: int = 10) -> list[CommuneFound]:
    """Communes whose name or province has every typed word, with or without marks.

    Names from before July 2025 and their districts lead to the commune of today (Hà Tĩnh). Names
    that begin with what was typed come first. Nothing typed, nothing found.
    """
    folded = fold(query[:100])
    phrase, words = commune_words(folded)
    if not words:
        return []
    patterns = [f"% {word}%" for word in words]
    found = await public_rows(_FIND, [patterns, phrase, limit, says_district(folded)])
    return [CommuneFound(**row) for row in found]


_COMMUNE = """
SELECT c.code, c.full_name AS name, p.name AS province
FROM commune c JOIN province p ON p.code = c.province_id
WHERE c.code = $1 AND c.valid_to IS NULL
"""


async def commune_by_code(code: str, *, field: str = "commune_code") -> CommuneFound:
    """One commune that is valid today. Raises `Problem` (code `commune.unknown`)."""
    if re.fullmatch(r"[0-9]{5}", code) and (found := await public_rows(_COMMUNE, [code])):
        return CommuneFound(**found[0])
    raise Problem(
        "commune.unknown",
        N_("Please type the commune or ward and choose it from the list."),
        field=field,
    )


async def province_of(commune_code: str) -> str:
    """The code of a commune's province, in the open transaction; "" for an unknown commune."""
    found = await rows("SELECT province_id FROM commune WHERE code = $1", [commune_code])
    return str(found[0]["province_id"]) if found else ""


_BANKS = """
SELECT bin, short_name, name FROM bank WHERE transfer_supported
ORDER BY array_position($1::text[], bin::text) NULLS LAST, lower(short_name), bin
"""


async def banks() -> list[dict[str, Any]]:
    """Banks that take transfers (bin, short_name, name): the best known first, then by name."""
    return await public_rows(_BANKS, [list(BEST_KNOWN_BANKS)])


# What staff may see: `$1` the province (NULL: every one), `$2` the communes (none: all of them).
# A statement names its tables p (producer) and c (its commune).
IN_SCOPE: Final = (
    "($1::text IS NULL OR c.province_id = $1)"
    " AND (cardinality($2::text[]) = 0 OR p.commune_id = ANY($2::text[]))"
)


def scope_of(viewer: Viewer) -> list[Any]:
    """The first two parameters of every statement with `IN_SCOPE`; for staff only."""
    if not viewer.is_staff:
        raise ValueError("only staff have a scope of producers")
    return [viewer.province_code, list(viewer.commune_codes)]


_SCOPED = f"""
SELECT p.id, p.code, p.name, p.commune_id AS commune_code, c.full_name AS commune_name
FROM producer p JOIN commune c ON c.code = p.commune_id WHERE {IN_SCOPE} AND p.id = $3
"""  # noqa: S608 - no value of a request stands in it


async def producer_in_scope(viewer: Viewer, producer_id: UUID) -> dict[str, Any] | None:
    """Code, name and commune of a producer that staff look after; None outside of their scope."""
    found = await rows(_SCOPED, [*scope_of(viewer), producer_id])
    return found[0] if found else None


COMMUNES_IN_SCOPE = """
SELECT c.code, c.full_name AS name FROM commune c
WHERE ($1::text IS NULL OR c.province_id = $1)
  AND (cardinality($2::text[]) = 0 OR c.code = ANY($2::text[]))
  AND ($1::text IS NOT NULL OR EXISTS (SELECT 1 FROM producer p WHERE p.commune_id = c.code))
ORDER BY c.name, c.code LIMIT 500
"""


async def communes_in_scope(viewer: Viewer) -> list[dict[str, Any]]:
    """Code and name of the communes that staff look after; of the whole country those that sell."""
    return await rows(COMMUNES_IN_SCOPE, scope_of(viewer))


_ACTING = """
SELECT m.person_id, m.producer_id, p.name AS producer_name
FROM membership m JOIN producer p ON p.id = m.producer_id
WHERE m.person_id = ANY($1) AND m.ended_at IS NULL AND p.closed_at IS NULL
ORDER BY m.since, m.id
"""


async def acting_for(person_ids: Sequence[UUID]) -> list[Acting]:
    """Which producers these people act for; inside a transaction of the system."""
    return [Acting(**row) for row in await rows(_ACTING, [list(person_ids)])]


_PEOPLE = """
SELECT DISTINCT ON (s.phone) s.phone, s.language FROM person s
JOIN membership m ON m.person_id = s.id
WHERE m.producer_id = $1 AND m.ended_at IS NULL AND s.disabled_at IS NULL
ORDER BY s.phone, s.created_at
"""


async def people_of(producer_id: UUID) -> list[tuple[str, str]]:
    """Phone and language of those who act for a producer; inside a transaction of the system."""
    return [(row["phone"], row["language"]) for row in await rows(_PEOPLE, [producer_id])]


_MINE = """
SELECT p.id, p.code, p.kind, p.name, p.about, p.phone, p.hamlet, p.cleared_at,
       p.commune_id AS commune_code,
       c.full_name AS commune_name, v.name AS province_name,
       b.bin AS bank_bin, b.short_name AS bank_name, a.account_last4, a.holder_sealed
FROM producer p
JOIN commune c ON c.code = p.commune_id JOIN province v ON v.code = c.province_id
LEFT JOIN payout_account a ON a.producer_id = p.id AND a.ended_at IS NULL
LEFT JOIN bank b ON b.bin = a.bank_id
WHERE p.id = $1
"""


async def own_producer(viewer: Viewer) -> dict[str, Any]:
    """The producer that a viewer acts for, with the outside of its payout account."""
    row = (await rows(_MINE, [viewer.producer_id]))[0]
    sealed = row.pop("holder_sealed")
    row["holder"] = unseal(sealed, purpose=HOLDER_PURPOSE) if sealed else None
    return row


@dataclass(frozen=True, slots=True)
class PayoutTarget:
    """Where a producer's money goes, still sealed. `account_hash` matches a bank's notices."""

    producer_id: UUID
    bank_bin: str
    bank_name: str
    account_sealed: str
    account_hash: str
    account_last4: str
    holder_sealed: str


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """The plain account, for drawing a QR: never log or store it."""

    account: str
    holder: str


_TARGETS = """
SELECT a.producer_id, a.bank_id AS bank_bin, b.short_name AS bank_name, a.account_sealed,
       a.account_hash, a.account_last4, a.holder_sealed
FROM payout_account a JOIN bank b ON b.bin = a.bank_id
WHERE a.producer_id = ANY($1) AND a.ended_at IS NULL
"""


async def payout_accounts_of(producer_ids: Sequence[UUID]) -> dict[UUID, PayoutTarget]:
    """Live payout accounts of these producers; one that has none is left out.

    Inside a transaction of the system (or the producer's own).
    """
    found = await rows(_TARGETS, [list(producer_ids)])
    return {row["producer_id"]: PayoutTarget(**row) for row in found}


async def payout_account_of(producer_id: UUID) -> PayoutTarget | None:
    """The live payout account of one producer, or None: then only cash is possible."""
    return (await payout_accounts_of([producer_id])).get(producer_id)


def open_account(target: PayoutTarget) -> OpenAccount:
    """Unseal what a QR needs. Raises `SealBroken` when the key is gone."""
    return OpenAccount(
        account=unseal(target.account_sealed, purpose=ACCOUNT_PURPOSE),
        holder=unseal(target.holder_sealed, purpose=HOLDER_PURPOSE),
    )


def account_hash(account: str) -> str:
    """The keyed hash under which an account number is kept, however it is spaced."""
    return keyed_hash(tidy_account(account), purpose=ACCOUNT_PURPOSE)


@dataclass(frozen=True, slots=True)
class IdentityKept:
    """Who answers for a producer, still sealed; `number_last4` may be shown."""

    id: UUID
    method: str
    facts_sealed: str
    number_hash: str
    number_last4: str
    tax_sealed: str | None
    tax_hash: str | None
    tax_last4: str
    given_at: datetime
    confirmed_at: datetime | None
    evidence: str
    place: str


_IDENTITY = """
SELECT id, method, facts_sealed, number_hash, number_last4, tax_sealed, tax_hash, tax_last4,
       given_at, confirmed_at, evidence, place
FROM identity WHERE producer_id = $1 AND ended_at IS NULL
"""


async def identity_of(producer_id: UUID) -> IdentityKept | None:
    """What was given last, in the open transaction of somebody who may see it."""
    found = await rows(_IDENTITY, [producer_id])
    return IdentityKept(**found[0]) if found else None


def open_identity(kept: IdentityKept) -> Person:
    """Unseal the person: never log it. Raises `SealBroken` when the key is gone."""
    said = orjson.loads(unseal(kept.facts_sealed, purpose=IDENTITY_PURPOSE))
    issued_on = said.get("issued_on")
    return Person(
        name=said["name"],
        number=said["number"],
        born_on=date.fromisoformat(said["born_on"]),
        sex=said.get("sex"),
        issued_on=date.fromisoformat(issued_on) if issued_on else None,
    )


def open_tax_code(kept: IdentityKept) -> str | None:
    """Unseal the tax code of a cooperative or firm; None where the number itself is the code."""
    return unseal(kept.tax_sealed, purpose=TAX_PURPOSE) if kept.tax_sealed else None


def number_hash(number: str) -> str:
    """The keyed hash under which a personal number is kept."""
    return keyed_hash(number, purpose="personal_number")


def tax_hash(tax_code: str) -> str:
    """The keyed hash under which a tax code is kept."""
    return keyed_hash(tax_code, purpose=TAX_PURPOSE)


_SAME = """
SELECT p.id, p.code, p.name, c.full_name AS commune_name
FROM identity i JOIN producer p ON p.id = i.producer_id JOIN commune c ON c.code = p.commune_id
WHERE i.ended_at IS NULL AND i.producer_id <> $1 AND (i.number_hash = $2 OR i.tax_hash = $3)
ORDER BY p.created_at, p.id LIMIT 20
"""


async def others_of_same_number(producer_id: UUID, kept: IdentityKept) -> list[dict[str, Any]]:
    """Other producers (id, code, name, commune) with this number or tax code, as the system."""
    return await rows(_SAME, [producer_id, kept.number_hash, kept.tax_hash])
