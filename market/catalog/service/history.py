"""The history of goods: each field that changed, before and after, in the change's transaction."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import orjson

from integrations.contracts.ids import new_id
from integrations.runtime.database import current_unit, rows


class Before(Protocol):
    """Goods as they were before the change."""

    @property
    def id(self) -> UUID: ...
    @property
    def producer_id(self) -> UUID: ...
    @property
    def written(self) -> dict[str, Any]: ...


async def write_down(before: Before, revision: int, now: Mapping[str, Any], *, source: str) -> None:
    """One row for every field of `now` that differs; who did it is who this transaction is for."""
    was, viewer = before.written, current_unit().viewer
    changed = [
        {"id": str(new_id()), "field": name, "was": was[name], "now": value}
        for name, value in now.items()
        if was[name] != value
    ]
    if changed:
        await rows(
            "INSERT INTO listing_change (id, listing_id, producer_id, revision, source, person_id,"
            " role, field, was, now) SELECT x.id, $1, $2, $3, $4, $5, $6, x.field, x.was, x.now"
            " FROM jsonb_to_recordset($7::jsonb) AS x(id uuid, field text, was jsonb, now jsonb)",
            [
                *(before.id, before.producer_id, revision, source, viewer.person_id),
                *(str(viewer.role), orjson.dumps(changed).decode()),
            ],
        )
