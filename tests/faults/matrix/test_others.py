"""The matrix, second half: storage and those outside, each of whom one can do without."""

from collections.abc import Callable

import pytest

from tests.faults.matrix.cells import PARTS, TOXICS
from tests.faults.matrix.house import House
from tests.faults.matrix.rows import holds
from tests.faults.matrix.test_servers import HERE as ELSEWHERE
from tests.kit.toxic import Toxic

# Not built yet: their rows are run as soon as they are.
PENDING: tuple[str, ...] = ()
HERE = [part for part in PARTS if part not in (*ELSEWHERE, *PENDING)]


@pytest.mark.nightly
@pytest.mark.parametrize("toxic", TOXICS)
@pytest.mark.parametrize("part", HERE)
async def test_a_row_holds(
    house: House, part: str, toxic: Toxic, record_property: Callable[[str, object], None]
) -> None:
    for name, took_s in (await holds(house, part, toxic)).items():
        record_property(name, took_s)
