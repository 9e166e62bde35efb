"""The words that goods are found by: name, maker and place."""

from typing import Final
from uuid import UUID

from integrations.contracts.text import fold
from integrations.runtime.database import rows, run
from market.catalog.queries import SELLER_JOIN

_MAX: Final = 600


def search_text(
    *,
    name: str,
    producer_name: str,
    commune_name: str,
    description: str,
    name_en: str = "",
    description_en: str = "",
) -> str:
    """Names, maker and place first: what is cut off at the end is description.

    Of a description in both languages, each has half of what is left.
    """
    first = fold(f"{name} {name_en} {producer_name} {commune_name}")
    half = fold(description_en)[: max(0, (_MAX - len(first)) // 2 - 1)]
    english = f" {half}" if half else ""
    return f"{first} {fold(description)}"[: _MAX - len(english)].strip() + english


# Locked, so that a change of the goods themselves is not overwritten with older words.
_SOME: Final = (
    "SELECT l.id, l.name, l.description, l.name_en, l.description_en, l.search_text,"  # noqa: S608
    f" pr.name AS producer_name, c.full_name AS commune_name FROM listing l{SELLER_JOIN}"
    " WHERE l.producer_id = $1 AND ($2::uuid IS NULL OR l.id > $2)"
    " ORDER BY l.id LIMIT $3 FOR NO KEY UPDATE OF l"
)
_WRITE: Final = (
    "UPDATE listing l SET search_text = n.search_text"
    " FROM unnest($1::uuid[], $2::text[]) AS n (id, search_text) WHERE l.id = n.id"
)


async def rewrite(producer_id: UUID, *, after: UUID | None, limit: int) -> UUID | None:
    """Write anew the words of up to `limit` listings of a producer, in the open transaction.

    As the system; safe to run twice. Returns where to go on, None at the end.
    """
    found = await rows(_SOME, [producer_id, after, limit])
    new = {
        row["id"]: search_text(
            name=row["name"],
            producer_name=row["producer_name"],
            commune_name=row["commune_name"],
            description=row["description"],
            name_en=row["name_en"],
            description_en=row["description_en"],
        )
        for row in found
    }
    changed = [row["id"] for row in found if row["search_text"] != new[row["id"]]]
    if changed:
        await run(_WRITE, [changed, [new[one] for one in changed]])
    return found[-1]["id"] if len(found) == limit else None
