"""The history of goods: each field that changed, before and after, in the change's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from integrations.contracts.ids import new_id
from integrations.runtime.database import current_unit, rows

# What each kind has of its own.
_OF_KIND: Final = frozenset({"price_vnd", "available", "weight_g", "size_mm", "content", "gtin"})


class Before(Protocol):
    """Goods as they were before the change."""

    @property
    def id(self) -> UUID: ...
    @property
    def producer_id(self) -> UUID: ...
    @property
    def label(self) -> str: ...
    @property
    def written(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One field before and after; `label` of the kind it belongs to, empty for all of the goods."""

    field: str
    was: Any
    now: Any
    label: str = ""


async def write_down(before: Before, revision: int, now: Mapping[str, Any], *, source: str) -> None:
    """One row for every field of `now` that differs; who did it is who this transaction is for."""
    was = before.written
    lines = [
        Line(name, was[name], value, before.label if name in _OF_KIND else "")
        for name, value in now.items()
    ]
    await write_lines(before, revision, lines, source=source)


async def write_lines(before: Before, revision: int, lines: Sequence[Line], *, source: str) -> None:
    """The same of lines that were made already; those without a difference are left out."""
    viewer = current_unit().viewer
    changed = [{"id": str(new_id()), **asdict(it)} for it in lines if it.was != it.now]
    if changed:
        await rows(
            "INSERT INTO listing_change (id, listing_id, producer_id, revision, source, person_id,"
            " role, field, label, was, now)"
            " SELECT x.id, $1, $2, $3, $4, $5, $6, x.field, x.label, x.was, x.now"
            " FROM jsonb_to_recordset($7::jsonb)"
            " AS x(id uuid, field text, label text, was jsonb, now jsonb)",
            [
                *(before.id, before.producer_id, revision, source, viewer.person_id),
                *(str(viewer.role), orjson.dumps(changed).decode()),
            ],
        )
