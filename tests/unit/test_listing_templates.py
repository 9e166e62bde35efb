"""Types of goods: every file is valid, names pick them, and they fill only what nobody typed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from integrations.contracts.text import fold
from market.catalog.rules import ADULT_AGE, Allergen
from market.listing.rules.filling import EMPTY, default, filled, own_after, untouched
from market.listing.rules.pick import pick
from market.listing.rules.templates import DATA, GoodsTemplate, read_template, templates
from market.listing.schemas import DESCRIPTION_MAX, NAME_MAX

ALL = templates()
FILES = sorted(DATA.rglob("*.yaml"))
PHRASES = [(phrase, one.code) for one in ALL.values() for phrase in one.words]


def picked(name: str) -> str | None:
    found = pick(name, ALL.values())
    return None if found is None else found.code


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_valid(path: Path) -> None:
    one = read_template(path)
    assert len(one.about()) <= DESCRIPTION_MAX and all(30 <= side <= 3_000 for side in one.size_mm)
    assert fold(one.code) == fold(path.stem)
    if one.allergens or one.age_min:
        assert one.sources


def test_there_are_enough_and_none_is_twice() -> None:
    assert len(ALL) == len(FILES) >= 20
    assert len({phrase for phrase, _ in PHRASES}) == len(PHRASES)


def test_a_file_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    text = (DATA / "fruit" / "buoi.yaml").read_text("utf-8")
    path = tmp_path / "fruit" / "buoi.yaml"
    path.parent.mkdir()
    path.write_text(text + "colour: green\n", "utf-8")
    with pytest.raises(ValidationError, match="colour"):
        read_template(path)


def test_alcohol_is_for_adults_and_cu_do_names_its_peanuts() -> None:
    assert ALL["ruou"].age_min == ADULT_AGE
    assert Allergen.PEANUTS in ALL["cu-do"].allergens


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cu do gung", "cu-do"), ("Cu đơ", "cu-do"), ("Bưởi Phúc Trạch loại 1", "buoi"),
        ("10 quả bưởi da xanh", "buoi"), ("nuoc mam cot 500ml", "nuoc-mam"),
        ("NƯỚC MẮM NHĨ", "nuoc-mam"), ("Gạo nếp cái hoa vàng", "gao-nep"), ("gạo lứt", "gao"),
        ("Cam bù Hương Sơn", "cam-bu"), ("Cam Khe Mây", "cam"), ("Mật ong hoa bưởi", "mat-ong"),
        ("Đặc sản Hà Tĩnh: kẹo cu đơ", "cu-do"), ("Rượu nhung hươu", "ruou"),
        ("Nhung hươu khô", "nhung-huou"), ("2kg mực khô câu", "muc-kho"),
        ("Mực một nắng", "muc-mot-nang"), ("Kẹo lạc vừng", "keo-lac"), ("Dầu lạc ép", "dau-lac"),
    ],
)  # fmt: skip
def test_a_name_picks_its_type(name: str, code: str) -> None:
    assert picked(name) == code


@pytest.mark.parametrize(
    "name",
    [
        "", "   ", "camera", "Cám gạo", "cam gao", "Tinh dầu vỏ bưởi", "Nem bưởi", "Bưởi sấy dẻo",
        "Muối vừng", "muoi qua buoi", "Trà sữa", "Bưởi và cam", "Nhung hươu ngâm rượu",
        "Nước mắm chay", "Mật ong nghệ viên", "Máy ép cam", "Hàng mới", "500 g", "🍊", "Gà đồi",
    ],
)  # fmt: skip
def test_nothing_is_picked_when_it_is_not_sure(name: str) -> None:
    assert picked(name) is None


@pytest.mark.parametrize("after", ["", " loại 1", " 500g", ", ngon", " (OCOP)"])
def test_what_people_call_it_picks_it_however_it_is_spelled(after: str) -> None:
    wrong = [
        spelled
        for phrase, code in PHRASES
        for spelled in (phrase, phrase.upper(), fold(phrase), phrase.replace(" ", "   "))
        if picked(spelled + after) != code
    ]
    assert wrong == []


@given(st.sampled_from(PHRASES), st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=3))
def test_a_part_of_a_longer_word_picks_nothing(said: tuple[str, str], letters: str) -> None:
    joined = letters.join(["", *fold(said[0]).split(), ""])
    known = {word for phrase, _ in PHRASES for word in fold(phrase).split()}
    assert joined in known or picked(joined) is None


@given(st.text(max_size=NAME_MAX))
def test_any_text_picks_a_type_that_it_names_or_none(name: str) -> None:
    found = pick(name, ALL.values())
    folded = f" {fold(name)} "
    assert found is None or any(
        set(fold(phrase).split()) <= set(folded.split()) for phrase in found.words
    )


VALUES = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["", "kg", "quả"]),
        "description": st.sampled_from(["", "Của nhà trồng."]),
        "category_code": st.sampled_from(["", "fruit"]),
        "weight_g": st.sampled_from([None, 900]),
        "size_mm": st.sampled_from([None, (10, 20, 30)]),
        "shelf_life_days": st.sampled_from([None, 3]),
        "storage": st.sampled_from(["", "fridge"]),
        "allergens": st.sampled_from([(), ("milk",)]),
        "age_min": st.sampled_from([None, 18]),
        "reach": st.sampled_from(["", "commune"]),
        "description_en": st.sampled_from(["", "Home-grown."]),
    }
)
TYPES = st.sampled_from([None, *ALL.values()])


@given(VALUES, st.sets(st.sampled_from([*EMPTY])), st.lists(TYPES, min_size=1, max_size=4))
def test_what_is_typed_stays_and_what_is_not_follows_the_type(
    typed: dict[str, object], fields: set[str], types: list[GoodsTemplate | None]
) -> None:
    own = frozenset(fields)
    values = {name: typed[name] if name in own else EMPTY[name] for name in EMPTY}
    was: GoodsTemplate | None = None
    for now in types:
        values, was = filled(values, own=own, was=was, now=now), now
        assert values == {
            name: typed[name] if name in own else default(now, name) for name in EMPTY
        }
        assert set(untouched(values, own, now)).isdisjoint(own)


@given(VALUES, TYPES, TYPES)
def test_values_from_before_there_were_types_stay(
    held: dict[str, object], now: GoodsTemplate | None, later: GoodsTemplate | None
) -> None:
    first = filled(held, own=frozenset(), was=None, now=now)
    assert all(first[name] == value for name, value in held.items() if value != EMPTY[name])
    again = filled(first, own=frozenset(), was=now, now=later)
    assert all(
        again[name] == value
        for name, value in held.items()
        if value not in (EMPTY[name], default(now, name))
    )


def test_a_form_owns_only_what_was_changed_in_it() -> None:
    held = {**EMPTY, "weight_g": 1_200, "unit": "quả"}
    sent = {**held, "unit": "kg", "storage": "fridge"}
    own = own_after(frozenset({"age_min"}), held=held, sent=sent, new=False, explicit=False)
    assert own == {"age_min", "unit", "storage"}
    emptied = own_after(frozenset(), held=held, sent={"weight_g": None}, new=False, explicit=False)
    assert emptied == {"weight_g"}


def test_an_empty_field_of_a_new_form_is_not_typed() -> None:
    held = {**EMPTY, "weight_g": 1_200}
    sent = {**EMPTY, "unit": "kg"}
    own = own_after(frozenset(), held=held, sent=sent, new=True, explicit=False)
    assert own == {"unit"}


def test_a_program_owns_all_that_it_sends() -> None:
    held = {**EMPTY, "weight_g": 1_200}
    own = own_after(frozenset(), held=held, sent={"weight_g": 1_200}, new=False, explicit=True)
    assert own == {"weight_g"}
