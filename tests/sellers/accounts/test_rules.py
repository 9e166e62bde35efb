"""Sign-in rules without a database."""

from uuid import UUID

import pytest

from integrations.contracts.errors import Problem
from integrations.contracts.viewer import Role
from sellers.accounts.rules import (
    Acting,
    Someone,
    address_group,
    doors_of,
    home_of,
    own_path,
    read_code,
    spaced,
)

A, B, P, Q = (UUID(int=n) for n in range(1, 5))


@pytest.mark.parametrize("text", ["123456", " 123 456 ", "123-456", "１２３４５６", "12.34.56"])
def test_a_code_is_read(text: str) -> None:
    assert read_code(text) == "123456"
    assert spaced("123456") == "123 456"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "1" * 1000, "١٢٣٤٥٦"])
def test_other_texts_are_no_code(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_code(text)
    assert refused.value.field == "code"


@pytest.mark.parametrize(
    ("host", "group"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("testclient", "testclient"),
    ],
)
def test_addresses_of_one_household_count_together(host: str, group: str) -> None:
    assert address_group(host) == group


def test_doors_of_a_phone() -> None:
    people = [
        Someone(A, "Mai", ((Role.MODERATOR, "42"), (Role.BUYER, None))),
        Someone(B, "Nam"),
    ]
    doors = doors_of(people, [Acting(A, P, "Vườn"), Acting(A, Q, "Tổ")])
    assert [(d.name, d.viewer.role, d.producer_name) for d in doors] == [
        ("Mai", Role.PRODUCER, "Vườn"),
        ("Mai", Role.PRODUCER, "Tổ"),
        ("Mai", Role.MODERATOR, None),
        ("Nam", Role.PERSON, None),
    ]
    assert len({d.key for d in doors}) == 4
    assert [home_of(d.viewer) for d in doors[1:]] == ["/producer/goods", "/staff/review", "/who"]
    assert doors[2].role_word and not doors[3].role_word


@pytest.mark.parametrize("path", ["/", "/who", "/producer/orders?state=new&page=2"])
def test_own_paths(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize("path", [None, "", "//x", "/\\x", "x", "http://x", "/a b", "/a\\b", "/ả"])
def test_paths_that_lead_elsewhere(path: str | None) -> None:
    assert own_path(path) is None
