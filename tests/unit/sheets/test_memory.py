"""What a list may change of goods that are there: its news, never what was sold meanwhile."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.sheets.rules.memory import Asked, Here, Outcome, Said, make_mark, read_mark, weigh

EARLY, LATE = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
SOLD_8 = Here(left=12, sold=8, price_vnd=45_000)


def listed(
    stock: int | None = None,
    price_vnd: int | None = None,
    *,
    here: Here = SOLD_8,
    said: Said | None = None,
    mark: str = "",
    asked: Asked | None = None,
) -> Outcome:
    """A line of a list, held against goods."""
    typed = {"stock": stock, "price": price_vnd}
    texts = {name: str(value) for name, value in typed.items() if value is not None}
    return weigh(texts, mark=mark, here=here, said=said, asked=asked)


def left_after(out: Outcome, here: Here = SOLD_8) -> int:
    """What the form makes of it: the difference, or nothing."""
    if out.counts_from is None:
        return here.left
    return max(0, here.left + int(out.typed["stock"]) - out.counts_from)


@pytest.mark.parametrize(
    ("stock", "said", "after"),
    [(20, 20, 12), (25, 20, 17), (15, 20, 7), (0, 20, 0)],
    ids=["as last time", "five more", "five less", "none"],
)
def test_stock_goes_as_the_difference_to_the_last_list(stock: int, said: int, after: int) -> None:
    out = listed(stock, said=Said(said, 45_000))
    assert (left_after(out), out.asks) == (after, ())


def test_without_a_memory_stock_counts_where_nothing_was_sold() -> None:
    out = listed(20, here=Here(left=12, sold=0, price_vnd=None))
    assert (left_after(out), out.asks) == (20, ())


def test_without_a_memory_what_has_sold_is_asked_and_stays() -> None:
    out = listed(20)
    assert (left_after(out), out.asks, "stock" in out.typed) == (12, ("stock",), False)
    assert listed(12).asks == ()


@pytest.mark.parametrize(("answer", "after"), [("", 10), ("keep", 10), ("take", 18)])
def test_what_was_sold_since_the_question_stays_sold(answer: str, after: int) -> None:
    now = Here(left=10, sold=10, price_vnd=45_000)
    out = listed(20, here=now, asked=Asked(SOLD_8, ("stock",), answer))
    assert left_after(out, now) == after


def test_what_sold_first_after_the_preview_stays_sold() -> None:
    then, now = Here(12, 0, None), Here(11, 1, None)
    out = listed(20, here=now, asked=Asked(then))
    assert (left_after(out, now), out.asks) == (19, ())


@pytest.mark.parametrize(
    ("price_vnd", "said_vnd", "taken", "asks"),
    [
        (45_000, 40_000, True, ()),
        (50_000, 45_000, True, ()),
        (50_000, None, True, ()),
        (40_000, 40_000, False, ("price",)),
        (50_000, 40_000, False, ("price",)),
    ],
    ids=["as here", "dearer", "no memory", "older than the form", "both changed it"],
)
def test_a_price_that_was_changed_here_since_is_asked(
    price_vnd: int, said_vnd: int | None, taken: bool, asks: tuple[str, ...]
) -> None:
    out = listed(price_vnd=price_vnd, said=Said(None, said_vnd))
    assert ("price" in out.typed, out.asks) == (taken, asks)


def test_an_export_counts_from_what_it_showed() -> None:
    mark = make_mark(at=EARLY, stock=20, price_vnd=40_000)
    out = listed(23, 40_000, mark=mark, said=Said(99, 40_000))
    assert (left_after(out), "price" in out.typed, out.asks) == (15, False, ())


def test_an_export_that_was_brought_back_counts_from_what_it_said_then() -> None:
    mark = make_mark(at=EARLY, stock=20, price_vnd=45_000)
    out = listed(23, mark=mark, said=Said(23, 45_000, mark))
    assert (left_after(out), out.is_old) == (12, False)


def test_an_export_older_than_the_last_one_brought_back_asks_about_its_news() -> None:
    mark = make_mark(at=EARLY, stock=20, price_vnd=45_000)
    newer = make_mark(at=LATE, stock=14, price_vnd=45_000)
    out = listed(23, 50_000, mark=mark, said=Said(14, 45_000, newer))
    assert (left_after(out), out.asks, out.is_old) == (12, ("stock", "price"), True)
    same = listed(20, 45_000, mark=mark, said=Said(14, 45_000, newer))
    assert (left_after(same), same.asks) == (12, ())


@given(st.integers(0, 1_000_000), st.none() | st.integers(1, 10**11))
def test_a_mark_is_read_as_it_was_made(stock: int, price_vnd: int | None) -> None:
    mark = make_mark(at=LATE, stock=stock, price_vnd=price_vnd)
    assert len(mark) <= 40 and read_mark(f" {mark} ") == Said(stock, price_vnd, mark)


@pytest.mark.parametrize("text", ["", "12", "g2026-1-2", "=1+1", "g20261101000000-12"])
def test_anything_else_is_no_mark(text: str) -> None:
    assert read_mark(text) is None


@given(
    st.integers(0, 50),
    st.integers(0, 50),
    st.none() | st.integers(0, 50),
    st.none() | st.integers(0, 50),
)
def test_a_list_that_says_what_it_said_changes_no_stock(
    left: int, sold: int, said: int | None, showed: int | None
) -> None:
    here, mark = Here(left, sold, None), ""
    if showed is not None:
        mark = make_mark(at=EARLY, stock=showed, price_vnd=None)
    listed_stock = left if said is None and showed is None else said if showed is None else showed
    memory = None if said is None else Said(said, None)
    out = listed(listed_stock, here=here, said=memory, mark=mark)
    assert (left_after(out, here), out.asks) == (left, ())
