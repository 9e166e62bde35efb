"""The journey's look at the figures: what is right passes, each kind of lie is said."""

import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest

from integrations.runtime.sheets import Column, as_xlsx
from market.journey import figures
from market.journey.client import Client
from market.journey.selling import Sale, Way

SOLD = {
    "K7M2QX": Sale("shop", "bank_qr", 90_000),
    "P3R9TW": Sale("shop", "cod", 45_000),
    "SHOPEE": Sale("shopee", "channel", 45_000),
    "C4RD22": Sale("shop", "card", 45_000),
}
COLUMNS = [Column("number", "Đơn"), Column("amount_vnd", "Số tiền", "vnd")]
STEPS = ("signed_up", "identified", "listed", "sold", "sold_again")


def rows() -> list[dict[str, Any]]:
    """What staff are shown of `SOLD`."""
    return [
        {
            "number": number,
            "source": sale.source,
            "method": sale.method,
            "amount_vnd": sale.amount_vnd,
            "is_cashless": sale.method != "cod",
            "by_stranger": True,
        }
        for number, sale in SOLD.items()
    ]


def shown(orders: int, revenue_vnd: int, cashless: int, *, sellers: int = 1) -> dict[str, Any]:
    """A page of figures that adds up: so many paid orders, all of strangers, in one commune."""
    paid = {"orders": orders, "revenue_vnd": revenue_vnd, "cashless": cashless, "strangers": orders}
    funnel = dict.fromkeys(STEPS, sellers)
    return {
        "paid": paid,
        "months": [paid] if orders else [],
        "funnel": funnel,
        "communes": [funnel],
        "supported": dict.fromkeys(STEPS, 0),
        "unsupported": funnel,
        "cashless_ppm": (cashless * 1_000_000 + orders // 2) // orders if orders else None,
    }


def test_every_row_has_its_source_its_amount_and_nothing_more() -> None:
    assert figures.wrong_rows(SOLD, rows()) == ""
    lies: list[tuple[int, str, Any]] = [
        (2, "source", "shop"),
        (3, "amount_vnd", 90_000),  # the whole card, although half went back
        (1, "is_cashless", True),
        (0, "by_stranger", False),
    ]
    for at, name, value in lies:
        told = rows()
        told[at][name] = value
        assert told[at]["number"] in figures.wrong_rows(SOLD, told)
    assert "SHOPEE" in figures.wrong_rows(SOLD, [r for r in rows() if r["source"] == "shop"])
    assert "5 rows" in figures.wrong_rows(SOLD, [*rows(), rows()[0]])


def test_the_seller_has_sold_again_as_often_as_was_paid() -> None:
    seller = {"stage": "sold_again", "sales": 4, "days_to_sale": 0, "silent_days": 0}
    assert figures.wrong_seller(SOLD, seller) == ""
    for lie in ({"stage": "sold"}, {"sales": 3}, {"days_to_sale": None}, {"silent_days": 9}):
        assert "after 4 sales" in figures.wrong_seller(SOLD, seller | lie)


def test_the_whole_grows_by_at_least_our_part() -> None:
    before = shown(10, 1_000_000, 5, sellers=7)
    assert figures.wrong_growth(SOLD, before, shown(14, 1_225_000, 8, sellers=8)) == ""
    assert figures.wrong_growth(SOLD, before, shown(20, 9_000_000, 9, sellers=9)) == ""
    for less, name in (
        (shown(13, 1_225_000, 8, sellers=8), "orders"),
        (shown(14, 1_224_999, 8, sellers=8), "revenue_vnd"),
        (shown(14, 1_225_000, 7, sellers=8), "cashless"),
        (shown(14, 1_225_000, 8, sellers=7), "sold_again"),
    ):
        assert name in figures.wrong_growth(SOLD, before, less)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("paid", "revenue_vnd"), ("paid", "cashless"), ("funnel", "sold"),
        ("unsupported", "listed"),
    ],
)  # fmt: skip
def test_parts_add_up_to_the_whole(part: str, name: str) -> None:
    right = shown(4, 225_000, 3)
    assert figures.wrong_sums(right) == ""
    lie = copy.deepcopy(right)
    # The whole and its parts are one dict in `shown`; here only one of them is changed.
    lie[part] = {**lie[part], name: lie[part][name] + 1}
    assert name in figures.wrong_sums(lie)


def test_the_cashless_share_is_that_of_the_paid_orders() -> None:
    assert "750001" in figures.wrong_sums({**shown(4, 225_000, 3), "cashless_ppm": 750_001})
    assert figures.wrong_sums(shown(3, 150_000, 2)) == ""


def test_a_number_is_as_long_as_its_list() -> None:
    page = shown(4, 225_000, 3)
    listed = dict.fromkeys(STEPS, 1) | {"orders": 4, "revenue_vnd": 225_000}
    assert figures.wrong_lists(page, listed) == ""
    assert "sold" in figures.wrong_lists(page, listed | {"sold": 2})
    assert "orders" in figures.wrong_lists(page, listed | {"orders": 3})


async def _chunks(found: list[dict[str, Any]]) -> AsyncIterator[list[dict[str, Any]]]:
    yield found


async def test_the_workbook_opens_and_holds_every_amount() -> None:
    good = await as_xlsx(COLUMNS, _chunks(rows()), title="Đơn")
    assert figures.wrong_workbook(SOLD, good) == ""
    short = await as_xlsx(COLUMNS, _chunks(rows()[1:]), title="Đơn")
    assert figures.wrong_workbook(SOLD, short) == "4 rows for 4 sales and a head"
    other = [{**row, "amount_vnd": 1} for row in rows()]
    assert "amounts" in figures.wrong_workbook(
        SOLD, await as_xlsx(COLUMNS, _chunks(other), title="Đơn")
    )
    assert "no workbook" in figures.wrong_workbook(SOLD, b"<!doctype html>" + good)
    assert "does not open" in figures.wrong_workbook(SOLD, good[:-200])


def test_three_buyers_have_a_phone_each(tmp_path: Any) -> None:
    way = Way(Client("http://127.0.0.1:1"), tmp_path / "photo.jpg")
    phones = {one.phone for one in way.buyers}
    assert len(phones) == 3 and way.phone not in phones
