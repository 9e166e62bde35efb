"""The matrix, first half: what nobody can work without, and what holds nothing that may be lost."""

from collections.abc import Callable

import pytest

from tests.faults.matrix.cells import ACTIONS, PARTS, TOXICS, cells
from tests.faults.matrix.house import House
from tests.faults.matrix.rows import holds
from tests.kit.toxic import Toxic

HERE = ("PostgreSQL", "Redis")


def test_every_cell_is_written() -> None:
    written = {(one.part, one.toxic, one.action) for one in cells()}
    wanted = {(part, toxic, does) for part in PARTS for toxic in TOXICS for does in ACTIONS}
    assert written == wanted
    assert len(cells()) == len(wanted) == 168


@pytest.mark.nightly
@pytest.mark.parametrize("toxic", TOXICS)
@pytest.mark.parametrize("part", HERE)
async def test_a_row_holds(
    house: House, part: str, toxic: Toxic, record_property: Callable[[str, object], None]
) -> None:
    for name, took_s in (await holds(house, part, toxic)).items():
        record_property(name, took_s)
