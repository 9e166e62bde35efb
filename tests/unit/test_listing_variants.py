"""What goods differ in, read from comma lists, and which variant each combination is."""

from typing import Any

import pytest

from market.listing.rules.variants import matched, pairs_of, read_axes


def _axes(first: str, second: str = "") -> Any:
    typed = {"axis_1": "Khối lượng", "values_1": first}
    typed |= {"axis_2": "Vị", "values_2": second} if second else {}
    return read_axes(typed)


def _row(n: int, one: str = "", two: str = "", position: int | None = 0) -> dict[str, Any]:
    return {"id": n, "value_1": one, "value_2": two, "position": position}


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("250 g, 500 g", ("250 g", "500 g")),
        ("250 g,500 g,", ("250 g", "500 g")),
        ("0,5 lít, 1 lít", ("0,5 lít", "1 lít")),
        ("0,5 lít; 1,5 lít", ("0,5 lít", "1,5 lít")),
        ("  nhỏ ,\n vừa\n lớn", ("nhỏ", "vừa", "lớn")),
        ("bò, bơ", ("bò", "bơ")),
    ],
)
def test_values_stand_between_commas(typed: str, values: tuple[str, ...]) -> None:
    axes, problems = _axes(typed)
    assert problems == [] and axes[0].values == values


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ({"values_1": "250 g"}, "axis.name", "axis_1"),
        ({"axis_1": "Vị"}, "axis.values", "values_1"),
        ({"axis_1": "Vị", "values_1": "cay, Cay"}, "axis.value_twice", "values_1"),
        ({"axis_1": "Vị", "values_1": "cay " * 9}, "axis.too_long", "values_1"),
        ({"axis_2": "V" * 21, "values_2": "cay"}, "axis.too_long", "axis_2"),
        (
            {"axis_1": "Vị", "values_1": "cay", "axis_2": "vị", "values_2": "ngọt"},
            "axis.twice",
            "axis_2",
        ),
        (
            {
                "axis_1": "Cỡ",
                "values_1": ";".join(map(str, range(17))),
                "axis_2": "Vị",
                "values_2": "a,b,c",
            },
            "variants.too_many",
            "values_1",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed: dict[str, str], code: str, field: str) -> None:
    _, problems = read_axes(typed)
    assert [(one.code, one.field) for one in problems] == [(code, field)]


def test_fifty_fit() -> None:
    typed = {"axis_1": "Cỡ", "values_1": ";".join(map(str, range(25)))}
    axes, problems = read_axes(typed | {"axis_2": "Vị", "values_2": "a, b"})
    assert problems == [] and len(pairs_of(axes)) == 50


def test_nothing_typed_is_one_kind() -> None:
    axes, problems = read_axes({"axis_1": " ", "values_1": ""})
    assert (axes, problems, pairs_of(axes)) == ((), [], [("", "")])


@pytest.mark.parametrize(
    ("pairs", "known", "found"),
    [
        # Goods of one kind become the first combination, and come back as they were.
        ([("a", ""), ("b", "")], [_row(1)], [1, None]),
        ([("", "")], [_row(2, "b", position=0), _row(1, "a", position=None)], [1]),
        # The same words in another order, other spaces and capitals.
        ([("b", ""), ("A", "")], [_row(1, "a"), _row(2, "b", position=1)], [2, 1]),
        ([("250 g", "")], [_row(1, "250G")], [1]),
        # Exactly the same goes before nearly the same.
        ([("250 g", "")], [_row(1, "250g"), _row(2, "250 g", position=None)], [2]),
        # Marks are another word.
        ([("bơ", "")], [_row(1, "bò")], [None]),
        # A second axis, and without it again.
        (
            [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")],
            [_row(1, "a"), _row(2, "b", position=1)],
            [1, None, 2, None],
        ),
        ([("a", ""), ("b", "")], [_row(1, "a", "x"), _row(2, "b", "x", 1)], [1, 2]),
        # The axes have changed places.
        ([("x", "a"), ("x", "b")], [_row(1, "a", "x"), _row(2, "b", "x", 1)], [1, 2]),
        # What was put away comes back by its words.
        ([("a", ""), ("b", "")], [_row(1, "a"), _row(2, "b", position=None)], [1, 2]),
    ],
)
def test_each_combination_finds_its_variant(
    pairs: list[tuple[str, str]], known: list[dict[str, Any]], found: list[int | None]
) -> None:
    assert [row and row["id"] for row in matched(pairs, known)] == found
