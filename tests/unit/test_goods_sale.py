"""What is in one, what a kilogram of it costs, barcode numbers, seasons: read as people write."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from integrations.contracts.measures import Content, read_content, said_content, unit_price
from market.catalog.rules.gtins import read_gtin
from market.catalog.rules.seasons import comes_on, out_of_season, read_season, said_season
from market.catalog.rules.telling import read_minimum, read_reach, read_yes
from market.checkout.rules.terms import age_limits, stated


@pytest.mark.parametrize(
    ("typed", "content"),
    [
        ("500 g", (500, "g")), ("500gr", (500, "g")), ("1,2 kg", (1_200, "g")),
        ("1.200 g", (1_200, "g")), ("5 lạng", (500, "g")), ("1 yến", (10_000, "g")),
        ("0,5 lít", (500, "ml")), ("330ml", (330, "ml")), ("1,5 L", (1_500, "ml")),
        ("20 gói x 2g", (40, "g")), ("6 × 330 ml", (1_980, "ml")), ("10 quả", (10, "quả")),
    ],
)  # fmt: skip
def test_what_is_in_one_is_read_as_people_write_it(typed: str, content: Content) -> None:
    assert read_content(typed) == content


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("500", "content.unreadable"), ("to", "content.unreadable"), ("", "content.unreadable"),
        ("1,5 quả", "content.unreadable"), ("0 g", "content.range"), ("2000 kg", "content.range"),
    ],
)  # fmt: skip
def test_what_could_be_anything_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read_content(typed)
    assert refused.value.code == code


@given(st.integers(1, 1_000_000), st.sampled_from(["g", "ml", "quả", "túi lọc"]))
def test_a_content_that_is_shown_is_read_the_same(amount: int, kind: str) -> None:
    assert read_content(said_content((amount, kind))) == (amount, kind)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    readers: tuple[Callable[[str], object], ...] = (
        *(read_content, read_season, read_gtin),
        *(read_minimum, read_reach, read_yes),
    )
    for read in readers:
        try:
            read(text)
        except Problem as problem:
            assert problem.code and problem.message


@pytest.mark.parametrize(
    ("unit", "content", "found"),
    [
        ("gói", (500, "g"), (90_000, "kg")), ("chai", (750, "ml"), (60_000, "l")),
        ("túi", (1_000, "g"), (45_000, "kg")), ("hộp 500 g", None, (90_000, "kg")),
        ("yến", None, (4_500, "kg")), ("lạng", None, (450_000, "kg")),
        ("chai 0,5 lít", None, (90_000, "l")), ("gói", (300, "g"), (150_000, "kg")),
        ("gói", (700, "g"), (64_286, "kg")), ("hộp 500 g", (250, "g"), (180_000, "kg")),
        ("kg", None, None), ("cân", None, None), ("lít", (500, "ml"), None), ("quả", None, None),
        ("vỉ", (10, "quả"), None), ("", None, None), ("gói", None, None),
    ],
)  # fmt: skip
def test_the_price_of_a_kilogram_or_litre(
    unit: str, content: Content | None, found: tuple[int, str] | None
) -> None:
    assert unit_price(45_000, unit=unit, content=content) == found


@given(st.integers(1, 10**9), st.integers(1, 1_000_000))
def test_the_price_of_a_kilogram_is_right_to_half_a_dong(price_vnd: int, amount_g: int) -> None:
    found = unit_price(price_vnd, unit="gói", content=(amount_g, "g"))
    assert found is not None
    assert abs(found[0] * amount_g - price_vnd * 1_000) * 2 <= amount_g


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("8934563138165", "8934563138165"), ("893 4563 138165", "8934563138165"),
        ("73513537", "73513537"), ("036000291452", "036000291452"),
        ("98412345678908", "98412345678908"),
    ],
)  # fmt: skip
def test_a_barcode_number_is_read(typed: str, kept: str) -> None:
    assert read_gtin(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("8934563138164", "gtin.check_digit"), ("73513536", "gtin.check_digit"),
        ("893456313816", "gtin.check_digit"), ("89345", "gtin.length"), ("abc", "gtin.length"),
    ],
)  # fmt: skip
def test_a_wrong_barcode_number_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read_gtin(typed)
    assert refused.value.code == code


@given(st.sampled_from([7, 11, 12, 13]), st.data())
def test_one_wrong_digit_is_always_found(length: int, data: st.DataObject) -> None:
    body = data.draw(st.text("0123456789", min_size=length, max_size=length))
    whole = next(body + d for d in "0123456789" if _is_gtin(body + d))
    at, other = data.draw(st.integers(0, length)), data.draw(st.sampled_from("0123456789"))
    if other != whole[at]:
        assert not _is_gtin(whole[:at] + other + whole[at + 1 :])


def _is_gtin(text: str) -> bool:
    try:
        return read_gtin(text) == text
    except Problem:
        return False


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("15/8 - 30/11", "--08-15/--11-30"), ("từ 15/8 đến 30/11", "--08-15/--11-30"),
        ("15.8–30.11", "--08-15/--11-30"), ("tháng 8 - tháng 11", "--08-01/--11-30"),
        ("Tháng 8 đến 11", "--08-01/--11-30"), ("tháng 9", "--09-01/--09-30"),
        ("15/11 - 20/2", "--11-15/--02-20"), ("--08-15/--11-30", "--08-15/--11-30"),
        ("1/8/2026 - 30/9/2026", "2026-08-01/2026-09-30"), ("1/2 - 29/2", "--02-01/--02-29"),
    ],
)  # fmt: skip
def test_a_season_is_read_as_people_write_it(typed: str, kept: str) -> None:
    assert read_season(typed) == kept
    assert read_season(said_season(kept)) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "mùa hè", "8-11", "31/2 - 3/4", "tháng 13", "1/8/2026 - 30/9", "30/9/2026 - 1/8/2026"],
)
def test_an_unclear_season_is_refused(typed: str) -> None:
    with pytest.raises(Problem) as refused:
        read_season(typed)
    assert refused.value.code == "season.unreadable"


@pytest.mark.parametrize(
    ("season", "day", "comes"),
    [
        ("--08-15/--11-30", date(2026, 8, 14), date(2026, 8, 15)),
        ("--08-15/--11-30", date(2026, 12, 1), date(2027, 8, 15)),
        ("--11-15/--02-20", date(2026, 2, 21), date(2026, 11, 15)),
        ("2026-08-15/2026-11-30", date(2025, 12, 31), date(2026, 8, 15)),
        ("2026-08-15/2026-11-30", date(2026, 12, 1), None),
        ("--02-29/--04-30", date(2027, 1, 5), date(2027, 2, 28)),
    ],
)
def test_outside_of_the_season_it_is_known_when_it_comes(
    season: str, day: date, comes: date | None
) -> None:
    assert out_of_season(season, day)
    assert comes_on(season, day) == comes


@pytest.mark.parametrize(
    ("season", "day"),
    [
        ("", date(2026, 12, 1)),
        ("--08-15/--11-30", date(2026, 8, 15)),
        ("--08-15/--11-30", date(2026, 11, 30)),
        ("--11-15/--02-20", date(2027, 1, 1)),
        ("2026-08-15/2026-11-30", date(2026, 10, 1)),
    ],
)
def test_in_the_season_it_is_there(season: str, day: date) -> None:
    assert not out_of_season(season, day)
    assert comes_on(season, day) is None


@given(
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.dates(date(2024, 1, 1), date(2024, 12, 31)),
    st.dates(date(2024, 1, 1), date(2024, 12, 31)),
)
def test_the_day_it_comes_is_the_first_of_the_season(today: date, first: date, last: date) -> None:
    season = f"--{first:%m-%d}/--{last:%m-%d}"
    comes = comes_on(season, today)
    assert (comes is not None) == out_of_season(season, today)
    if comes is not None:
        assert comes > today and not out_of_season(season, comes)
        assert (comes - today).days <= 366


@pytest.mark.parametrize(("typed", "least"), [("5", 5), ("5 quả", 5), ("1", 1), ("999", 999)])
def test_the_least_number_is_read(typed: str, least: int) -> None:
    assert read_minimum(typed) == least


@pytest.mark.parametrize("typed", ["0", "-3", "1000", "năm", "2,5 kg"])
def test_no_least_number_is_refused(typed: str) -> None:
    with pytest.raises(Problem) as refused:
        read_minimum(typed)
    assert refused.value.code == "minimum.unreadable"


def test_how_far_is_read_in_words_and_codes() -> None:
    words = ("Toàn quốc", "trong tỉnh", "province", "Trong xã", "commune")
    assert [read_reach(one) for one in words] == ["", "province", "province", "commune", "commune"]
    assert [read_yes(one) for one in ("có", "yes", "không", "0")] == [True, True, False, False]


def test_the_age_of_an_order_names_its_law() -> None:
    assert all(one.legal_ref and one.age > 0 for one in age_limits())
    assert stated(18, date(2026, 11, 28)).legal_ref == "Law 44/2019/QH14, Article 5"
    assert stated(18, date(2019, 12, 31)).legal_ref == ""
