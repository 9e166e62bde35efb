"""Places and banks of the country, loaded from the package's tables into rows."""

import csv
from datetime import date
from pathlib import Path
from typing import Final

from integrations.contracts.ids import new_id
from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from sellers.producers.rules import bare_name

_DATA: Final = Path(__file__).parent / "data"
# The two-level government began on this day; every code in the table is valid from it.
_SINCE: Final = date(2025, 7, 1)

_PROVINCES = """
INSERT INTO province (code, name, full_name, search_key)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
ON CONFLICT (code) DO UPDATE SET name = excluded.name, full_name = excluded.full_name,
  search_key = excluded.search_key
"""
_COMMUNES = """
INSERT INTO commune (code, province_id, name, full_name, search_key, valid_from)
SELECT *, $6::date FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (code) DO UPDATE SET province_id = excluded.province_id, name = excluded.name,
  full_name = excluded.full_name, search_key = excluded.search_key
"""
_OLD = """
INSERT INTO old_commune (id, full_name, district, commune_id, name_key, search_key, was_split)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::boolean[])
ON CONFLICT ON CONSTRAINT old_commune_once DO UPDATE SET name_key = excluded.name_key,
  search_key = excluded.search_key, was_split = excluded.was_split
"""
_BANKS = """
INSERT INTO bank (bin, short_name, name, search_key, transfer_supported)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[])
ON CONFLICT (bin) DO UPDATE SET short_name = excluded.short_name, name = excluded.name,
  search_key = excluded.search_key, transfer_supported = excluded.transfer_supported
"""


def _table(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def load_places() -> None:
    """Provinces and communes; nothing to do when the table already holds them all."""
    provinces, communes = _table("provinces.csv"), _table("communes.csv")
    names = {row["code"]: row["name"] for row in provinces}
    async with work(SYSTEM):
        if await value("SELECT count(*) FROM commune") == len(communes):
            return
        await rows(
            _PROVINCES,
            [
                [row["code"] for row in provinces],
                [row["name"] for row in provinces],
                [row["full_name"] for row in provinces],
                [fold(row["full_name"]) for row in provinces],
            ],
        )
        await rows(
            _COMMUNES,
            [
                [row["code"] for row in communes],
                [row["province_code"] for row in communes],
                [row["name"] for row in communes],
                [row["full_name"] for row in communes],
                [fold(f"{row['full_name']} {names[row['province_code']]}") for row in communes],
                _SINCE,
            ],
        )


async def load_old_communes() -> None:
    """What the communes of Hà Tĩnh were called before; needs `load_places`."""
    old = _table("old_communes.csv")
    async with work(SYSTEM):
        if await value("SELECT count(*) FROM old_commune") == len(old):
            return
        await rows(
            _OLD,
            [
                [new_id() for _ in old],
                [row["full_name"] for row in old],
                [row["district"] for row in old],
                [row["commune_code"] for row in old],
                [bare_name(row["full_name"]) for row in old],
                [fold(f"{row['full_name']} {row['district']} Hà Tĩnh") for row in old],
                [row["split"] == "yes" for row in old],
            ],
        )


async def load_banks() -> None:
    """Banks by BIN with every name they go by."""
    banks = _table("banks.csv")
    async with work(SYSTEM):
        if await value("SELECT count(*) FROM bank") == len(banks):
            return
        await rows(
            _BANKS,
            [
                [row["bin"] for row in banks],
                [row["short_name"] for row in banks],
                [row["name"] for row in banks],
                [fold(f"{row['short_name']} {row['name']} {row['aliases']}") for row in banks],
                [row["transfer_supported"] == "yes" for row in banks],
            ],
        )
