"""Dated rows: loaded from the files, loaded again, overridden by the operator."""

from datetime import date

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from market.fees.reference import load_fee_rows
from market.fees.service import fee_rows_on
from tests.kit.stack import Stack

DAY = date(2026, 11, 21)


async def test_the_day_decides_and_nothing_is_lost_to_rounding(stack: Stack) -> None:
    async with work(SYSTEM):
        now, before = await fee_rows_on(DAY), await fee_rows_on(date(2025, 8, 1))
    goods = {"seller_kind": "household", "tax_class": "goods_distribution"}
    own = {"seller_kind": "household", "tax_class": "own_production"}
    fees = now.for_line(185_000, **goods)
    assert (fees.vat_vnd, fees.pit_vnd, fees.commission_vnd, fees.net_vnd) == (
        1_850, 925, 0, 182_225,
    )  # fmt: skip
    assert now.for_line(100_000, **own).vat_vnd == 3_000
    assert before.for_line(100_000, **own).vat_vnd == 1_000
    firm = now.for_line(100_000, seller_kind="firm", tax_class="goods_distribution")
    assert firm.net_vnd == 100_000


async def test_loading_again_keeps_what_the_operator_has_confirmed(stack: Stack) -> None:
    async with work(SYSTEM):
        count = await value("SELECT count(*) FROM tax_rate")
        kept = await rows("SELECT id, rate_ppm FROM commission_rate ORDER BY valid_from LIMIT 1")
        change = (
            "UPDATE commission_rate SET rate_ppm = $2, confirmed_by_operator = $3 WHERE id = $1"
        )
        await run(change, [kept[0]["id"], 30_000, True])
    try:
        await load_fee_rows()
        async with work(SYSTEM):
            assert await value("SELECT count(*) FROM tax_rate") == count
            rate = (await fee_rows_on(DAY)).for_line(
                185_000, seller_kind="household", tax_class="goods_distribution"
            )
        # payments.md 5.2: commission 3 % of 185,000 is 5,550, the seller gets 176,675.
        assert (rate.commission_vnd, rate.net_vnd) == (5_550, 176_675)
    finally:
        async with work(SYSTEM):
            await run(change, [kept[0]["id"], kept[0]["rate_ppm"], False])
