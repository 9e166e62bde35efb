"""One row of the matrix made true: a fault, all that people do meanwhile, and what comes after."""

import asyncio

from tests.faults.matrix.actions import MAKERS
from tests.faults.matrix.cells import row_of
from tests.faults.matrix.house import House
from tests.kit.invariants import assert_invariants
from tests.kit.service import beside, every
from tests.kit.toxic import Toxic

# The lane that nobody waits for has one job at a time, and each may hang for half a minute.
_BACK_WITHIN_S = 90
# Longer than any task of these days takes.
_HURRY_EVERY_S = 8


async def holds(house: House, part: str, toxic: Toxic) -> dict[str, float]:
    """Raises `AssertionError` for each cell that is not as it is written; seconds it took."""
    cells = row_of(part, toxic)
    loop = asyncio.get_running_loop()
    async with house.visited(part):
        day = {name: await make(house) for name, make in MAKERS.items()}
        began_s = loop.time()
        async with house.ill(part, toxic):
            seen = await asyncio.gather(
                *(action.tried(cells[name]) for name, action in day.items()),
                return_exceptions=True,
            )
        well_s = loop.time()
        wrong = {
            name: f"{saw!r} instead of {cells[name].outcome}"
            for name, saw in zip(day, seen, strict=True)
            if saw is not cells[name].outcome
        }
        assert not wrong, wrong
        async with beside(every(_HURRY_EVERY_S, house.hurry)):
            await asyncio.gather(*(action.goes_on(_BACK_WITHIN_S) for action in day.values()))
            await house.all_worked(_BACK_WITHIN_S)
    await assert_invariants(house.stack)
    return {"ill_s": round(well_s - began_s, 1), "back_s": round(loop.time() - well_s, 1)}
