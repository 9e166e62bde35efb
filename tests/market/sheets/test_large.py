"""5,000 rows with 3 % planted errors: each is named by its cell, and no good row is lost."""

from benchmarks.sheets import planted, understood
from integrations.runtime.sheets import read_book


async def test_every_planted_error_is_named_and_no_good_row_is_lost() -> None:
    made = planted()
    goods = understood(await read_book(made.data))
    assert len(goods) == 5_000 and 100 < len(made.bad) < 200
    assert {bad.cell for one in goods for bad in one.bad} == made.bad
    assert sum(not one.bad for one in goods) == made.good
