"""The two tables of facts: which producers they are behind for, and whose change it was."""

from typing import Any, Final
from uuid import UUID

from integrations.runtime.database import rows, value

SALE_COLUMNS: Final = (
    "id, producer_id, source, method, is_cashless, by_stranger, amount_vnd, paid_at, paid_on"
)
PROGRESS_COLUMNS: Final = (
    "producer_id, identified_at, listed_at, sold_at, second_at, last_sold_at, sold_again_at,"
    " sales, days_to_sale"
)


async def behind(limit: int) -> list[UUID]:
    """Producers whose facts are not what their source says; as the system."""
    return [row["id"] for row in await rows("SELECT producers_behind($1) AS id", [limit])]


_WHOSE: Final = {
    "part": "SELECT producer_id FROM order_part WHERE id = $1",
    "payment": "SELECT producer_id FROM payment WHERE id = $1",
    "listing": "SELECT producer_id FROM listing WHERE id = $1",
}


async def producer_behind(what: str, subject_id: UUID) -> UUID | None:
    """Whose part, payment or listing it is; as the system."""
    found: Any = await value(_WHOSE[what], [subject_id])
    return found if found is None else UUID(str(found))
