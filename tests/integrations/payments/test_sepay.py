"""SePay: the signature over raw bytes, its age, and bodies of every wrong shape."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import NotAllowed, Problem
from integrations.contracts.ports import BankEvents
from integrations.payments.sepay import SePay, Signs, sign

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "sepay.json").read_text("utf-8")
)
RAW = VECTOR["body"].encode()
SENT = datetime.fromtimestamp(VECTOR["timestamp"], UTC)
FORMS: tuple[Signs, ...] = ("timestamp.body", "body")


def bank(signs: Signs = "timestamp.body") -> BankEvents:
    return SePay(VECTOR["secret"], signs)


def headers(signs: Signs = "timestamp.body", **other: str) -> dict[str, str]:
    return {
        "X-SePay-Timestamp": str(VECTOR["timestamp"]),
        "X-SePay-Signature": VECTOR["signatures"][signs],
        **{name.replace("_", "-"): value for name, value in other.items()},
    }


def refused(raw: bytes, given: Mapping[str, str], now: datetime = SENT) -> str:
    with pytest.raises(NotAllowed) as caught:
        bank().verify(raw, given, now=now)
    return caught.value.code


@pytest.mark.parametrize("signs", FORMS)
def test_the_vector_is_signed_in_both_forms(signs: Signs) -> None:
    assert sign(VECTOR["secret"], RAW, VECTOR["timestamp"], signs) == VECTOR["signatures"][signs]
    bank(signs).verify(RAW, headers(signs), now=SENT)


@pytest.mark.parametrize(("mine", "theirs"), [FORMS, FORMS[::-1]])
def test_one_form_does_not_pass_for_the_other(mine: Signs, theirs: Signs) -> None:
    with pytest.raises(NotAllowed):
        bank(mine).verify(RAW, headers(theirs), now=SENT)


def test_header_names_are_read_in_any_case() -> None:
    bank().verify(RAW, {k.lower(): v for k, v in headers().items()}, now=SENT)


@pytest.mark.parametrize(
    ("later", "fine"),
    [
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, seconds=1), False),
        (timedelta(minutes=-1), True),
        (timedelta(minutes=-1, seconds=-1), False),
        (timedelta(days=-1), False),
    ],
)
def test_age_is_bounded_on_both_sides(later: timedelta, fine: bool) -> None:
    if fine:
        bank().verify(RAW, headers(), now=SENT + later)
    else:
        assert refused(RAW, headers(), SENT + later) == "bank.signature"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"X-SePay-Signature": VECTOR["signatures"]["timestamp.body"]},
        headers(X_SePay_Timestamp="²"),
        headers(X_SePay_Timestamp="1" * 400),
        headers(X_SePay_Timestamp="-1"),
        headers(X_SePay_Timestamp="17e8"),
        headers(X_SePay_Timestamp=str(VECTOR["timestamp"] + 1)),
        headers(X_SePay_Signature=""),
        headers(X_SePay_Signature="sha256="),
        headers(X_SePay_Signature="sha256=đ"),
        headers(X_SePay_Signature="\udcff"),
        headers(X_SePay_Signature=VECTOR["signatures"]["timestamp.body"].removeprefix("sha256=")),
    ],
)
def test_wrong_headers_are_refused(wrong: dict[str, str]) -> None:
    assert refused(RAW, wrong) == "bank.signature"


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_one_changed_byte_is_refused(at: int, change: int) -> None:
    raw = bytearray(RAW)
    raw[at] ^= change
    assert refused(bytes(raw), headers()) == "bank.signature"


def test_another_secret_is_refused() -> None:
    with pytest.raises(NotAllowed):
        SePay("another").verify(RAW, headers(), now=SENT)
    with pytest.raises(ValueError, match="secret"):
        SePay("")


def test_the_body_becomes_a_transfer_in_utc() -> None:
    shown = {
        k: v.isoformat() if k == "occurred_at" else v for k, v in asdict(bank().parse(RAW)).items()
    }
    assert shown == VECTOR["transfer"]


@pytest.mark.parametrize("name", ["content", "referenceCode"])
def test_null_text_is_empty(name: str) -> None:
    transfer = bank().parse(json.dumps({**json.loads(RAW), name: None}).encode())
    assert "" in (transfer.content, transfer.bank_reference)


def test_text_is_cleaned_and_cut() -> None:
    body = {**json.loads(RAW), "content": "A\u0000\ud800  B" + "x" * 10_000}
    content = bank().parse(json.dumps(body).encode()).content
    assert content.startswith("A Bx") and len(content) == 500
    content.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", [None, 0, -1, 1.5, True, "", "a b", "x" * 65, [], 2**63]),
        ("accountNumber", [None, "", " ", "1" * 35, 123, "12-34", "đ1"]),
        ("transferAmount", [None, 0, -1, 1.0, "185000", True, 10**12]),
        ("transferType", [None, "IN", "", 1, ["in"]]),
        ("transactionDate", [None, "", "20/11/2026", "2026-13-01 00:00:00", "0001-01-01 00:00:00"]),
        ("content", [5, {}]),
        ("referenceCode", [5]),
    ],
)
def test_a_wrong_field_is_named(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(Problem) as caught:
            bank().parse(json.dumps({**json.loads(RAW), name: value}).encode())
        assert (caught.value.code, caught.value.params) == ("bank.unreadable", {"field": name})


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 200_000, b"9" * 5_000, b"%PDF-1.7"]
)
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(Problem) as caught:
        bank().parse(raw)
    assert caught.value.params == {"field": "JSON"}


@given(st.binary(max_size=200))
def test_any_bytes_give_a_transfer_or_a_problem(raw: bytes) -> None:
    try:
        bank().parse(raw)
    except Problem as problem:
        assert problem.code == "bank.unreadable"
