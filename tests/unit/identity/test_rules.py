"""Personal numbers, tax codes, days and cards as people type and show them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from sellers.producers.rules.identity import (
    Card,
    age_on,
    card_ends_on,
    doubts,
    read_birth,
    read_card,
    read_day,
    read_personal_number,
    read_tax_code,
    same_name,
    told_by_number,
)

TODAY = date(2026, 11, 29)


# The three numbers are made up after the rule of Decree 137/2015, Article 13.
@pytest.mark.parametrize(
    ("number", "year", "sex"),
    [
        ("042085001234", 1985, "male"),
        ("042190004321", 1990, "female"),
        ("042203009876", 2003, "male"),
        ("001301000017", 2001, "female"),
    ],
)
def test_a_number_tells_year_and_sex(number: str, year: int, sex: str) -> None:
    assert told_by_number(number) == (year, sex)


@pytest.mark.parametrize(
    "typed",
    [
        "042085001234",
        " 042 085 001 234 ",
        "042.085.001.234",
        "042-085-001-234",
        "０４２０８５００１２３４",
    ],
)
def test_a_number_is_read_however_it_is_spaced(typed: str) -> None:
    assert read_personal_number(typed) == "042085001234"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("183456789", "number.old"),
        ("", "number.unreadable"),
        ("04208500123", "number.unreadable"),
        ("0420850012345", "number.unreadable"),
        ("04208500123O", "number.unreadable"),
        ("000000000000", "number.unreadable"),
        ("<script>", "number.unreadable"),
        ("1" * 10_000, "number.unreadable"),
    ],
)
def test_what_is_no_number_is_asked_again(typed: str, code: str) -> None:
    with pytest.raises(Problem) as told:
        read_personal_number(typed)
    assert (told.value.code, told.value.field) == (code, "number")


# Codes in public use, and two made for their check digit (payments.md 5.5 of the sources).
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0100233488", "0100233488"),
        ("0314409058", "0314409058"),
        ("0314409058-002", "0314409058-002"),
        ("0314409058 002", "0314409058-002"),
        ("01.00.112.437", "0100112437"),
        ("0312687878", "0312687878"),
        ("3001234567", "3001234567"),
    ],
)
def test_a_tax_code_is_read(typed: str, code: str) -> None:
    assert read_tax_code(typed) == code


@pytest.mark.parametrize(
    "typed", ["0100233480", "3000100000", "12345", "", "0314409058-000", "x" * 5_000]
)
def test_a_tax_code_that_does_not_add_up_is_asked_again(typed: str) -> None:
    with pytest.raises(Problem) as told:
        read_tax_code(typed)
    assert told.value.code == "tax_code.unreadable"


@pytest.mark.parametrize(
    "typed", ["1/2/1985", "01-02-1985", "01.02.1985", "01021985", "1985-02-01"]
)
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    assert read_day(typed, field="born_on") == date(1985, 2, 1)


@pytest.mark.parametrize("typed", ["", "31/2/1985", "1985", "1/2/85", "00/00/0000", "9" * 3_000])
def test_a_day_that_is_none_is_asked_again(typed: str) -> None:
    with pytest.raises(Problem) as told:
        read_day(typed, field="born_on")
    assert told.value.code == "day.unreadable"


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_every_day_comes_back_from_its_writing(day: date) -> None:
    assert read_day(f"{day.day}/{day.month}/{day.year}", field="x") == day
    assert read_day(day.isoformat(), field="x") == day


@pytest.mark.parametrize("typed", ["1/1/2020", "1/1/2030", "1/1/1850"])
def test_a_birth_that_cannot_be_is_asked_again(typed: str) -> None:
    with pytest.raises(Problem) as told:
        read_birth(typed, today=TODAY)
    assert told.value.code == "birth.not_possible"


CARD = "042085001234|183456789|Trần Văn Hòa|20111985|Nam|Thôn 3, Can Lộc, Hà Tĩnh|10052021"


def test_the_code_of_a_card_is_read() -> None:
    assert read_card(CARD) == Card(
        number="042085001234",
        name="Trần Văn Hòa",
        born_on=date(1985, 11, 20),
        sex="male",
        address="Thôn 3, Can Lộc, Hà Tĩnh",
        issued_on=date(2021, 5, 10),
    )


def test_what_a_newer_card_says_besides_is_left_alone() -> None:
    assert read_card(f"{CARD}||Trần Văn Cha|Lê Thị Mẹ|").name == "Trần Văn Hòa"
    assert read_card("042085001234||Trần Văn Hòa|20111985|Nam|Can Lộc").issued_on is None


@pytest.mark.parametrize(
    "said",
    [
        "",
        "https://example.vn/x",
        "00020101021138570010A00000072701270006970403",
        "042085001234|183456789|<b>|20111985|Nam|Can Lộc|10052021",
        "12345|183456789|Trần Văn Hòa|20111985|Nam|Can Lộc|10052021",
        "042085001234|183456789|Trần Văn Hòa|99991985|Nam|Can Lộc|10052021",
        "|" * 5_000,
    ],
)
def test_another_code_is_no_card(said: str) -> None:
    with pytest.raises(Problem) as told:
        read_card(said)
    assert (told.value.code, told.value.field) == ("card.other_code", "card")


BORN = date(1985, 11, 20)


@pytest.mark.parametrize(
    ("issued_on", "ends_on"),
    [
        (date(2021, 5, 10), date(2025, 11, 20)),
        (date(2023, 11, 19), date(2025, 11, 20)),
        (date(2023, 11, 20), date(2045, 11, 20)),  # in the two years before 40
        (date(2025, 12, 1), date(2045, 11, 20)),
        (date(2043, 11, 20), None),  # good for life
        (date(2050, 1, 1), None),
    ],
)
def test_a_card_ends_by_age(issued_on: date, ends_on: date | None) -> None:
    assert card_ends_on(BORN, issued_on) == ends_on


@given(st.dates(date(1930, 1, 1), date(2010, 1, 1)), st.integers(0, 40_000))
def test_a_card_never_ends_before_it_was_made(born_on: date, days: int) -> None:
    issued_on = born_on + timedelta(days=days)
    ends_on = card_ends_on(born_on, issued_on)
    assert ends_on is None or (ends_on > issued_on and age_on(born_on, ends_on) in (14, 25, 40, 60))


def test_what_does_not_fit_is_a_doubt_and_no_refusal() -> None:
    def said(**change: object) -> list[str]:
        known: dict[str, object] = {
            "number": "042085001234",
            "born_on": BORN,
            "sex": "male",
            "issued_on": date(2023, 12, 1),
            "today": TODAY,
        }
        return doubts(**{**known, **change})  # type: ignore[arg-type]

    assert said() == []
    assert said(sex=None, issued_on=None) == []
    assert said(born_on=date(1984, 11, 20)) == ["The number belongs to another year of birth."]
    assert said(sex="female") == ["The number belongs to the other sex."]
    assert said(issued_on=date(2021, 5, 10)) == [
        "The card has run out by age. A new one is needed."
    ]
    assert said(number="042210009876", born_on=date(2010, 1, 1), sex="male", issued_on=None) == [
        "This person is younger than 18."
    ]


def test_names_are_compared_without_marks() -> None:
    assert same_name("Trần Văn Hòa", "TRAN  VAN HOA")
    assert not same_name("Trần Văn Hòa", "Trần Văn Hoàn")
    assert not same_name("", "")
