"""Words to find, cursors, codes, addresses to return to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from integrations.contracts.ids import new_id
from market.storefront.rules import (
    cursor_after,
    local_path,
    place_of,
    read_code,
    read_cursor,
    read_query,
    words_to_find,
)


def test_words_are_folded_into_prefixes() -> None:
    assert words_to_find("Bưởi  Phúc") == "buoi:* & phuc:*"
    assert words_to_find("Đồng") == "dong:*"
    assert words_to_find(" !!! ") is None
    assert words_to_find(" ".join("abcdefghijkl")) == " & ".join(f"{c}:*" for c in "abcdefgh")


@given(st.text(max_size=200))
def test_nothing_typed_becomes_an_operator(text: str) -> None:
    words = words_to_find(text) or ""
    assert set(words) <= set("abcdefghijklmnopqrstuvwxyz0123456789:* &")
    assert all(part.endswith(":*") and len(part) > 2 for part in words.split(" & ") if part)


@given(st.text(max_size=20_000))
def test_a_query_is_one_short_line(text: str) -> None:
    query = read_query(text)
    assert len(query) <= 100 and "\n" not in query


def test_a_cursor_comes_back_as_it_was() -> None:
    at, listing_id = datetime(2026, 11, 21, 8, 30, 1, 123457, tzinfo=UTC), new_id()
    assert read_cursor(cursor_after(at, listing_id)) == (at, listing_id)
    assert read_cursor(None) is None and read_cursor("") is None


@pytest.mark.parametrize("broken", ["x", "1-2", "f" * 16 + "-" + "0" * 32, "'; DROP TABLE x"])
def test_a_broken_cursor_is_refused(broken: str) -> None:
    with pytest.raises(Problem) as refused:
        read_cursor(broken)
    assert refused.value.code == "cursor.unreadable"


def test_codes_are_read_from_addresses() -> None:
    assert read_code("k7m2qx-buoi-phuc-trach") == "K7M2QX"
    assert read_code("K7M2QX") == "K7M2QX"
    assert read_code("../etc") is None
    assert read_code("") is None
    assert read_code("<script>") is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://x.test/",
        "//x.test",
        "/\\x.test",
        "\\\\x.test",
        "/\tx",
        "javascript:x",
        "",
        "x",
        "/ x",
    ],
)
def test_only_local_paths_are_returned_to(elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"


def test_a_local_path_keeps_its_query() -> None:
    assert local_path("/search?q=b%C6%B0%E1%BB%9Fi") == "/search?q=b%C6%B0%E1%BB%9Fi"


def test_places_are_said_as_people_say_them() -> None:
    assert place_of("Xã Phúc Trạch", "Tỉnh Hà Tĩnh") == "Xã Phúc Trạch, Hà Tĩnh"
    assert place_of("Phường Hoàn Kiếm", "Thành phố Hà Nội") == "Phường Hoàn Kiếm, Hà Nội"
