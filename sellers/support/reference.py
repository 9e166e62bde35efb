"""Kinds of support, loaded from the slice's YAML into dated rows."""

from typing import Final

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from sellers.support.rules import kind_rows

_LOAD: Final = """
INSERT INTO support_kind (code, position, name_vi, name_en, valid_from, valid_to)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::date[], $6::date[])
ON CONFLICT (code) DO UPDATE SET position = excluded.position, name_vi = excluded.name_vi,
  name_en = excluded.name_en, valid_from = excluded.valid_from, valid_to = excluded.valid_to
"""


async def load_support_kinds() -> None:
    """Every row of the file; loading again changes only what the file says anew."""
    kinds = kind_rows()
    async with work(SYSTEM):
        await rows(
            _LOAD,
            [
                [row.code for row in kinds],
                list(range(len(kinds))),
                [row.name_vi for row in kinds],
                [row.name_en for row in kinds],
                [row.valid_from for row in kinds],
                [row.valid_to for row in kinds],
            ],
        )
