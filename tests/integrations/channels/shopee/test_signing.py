"""Shopee's signatures: vectors of other implementations, and pushes in both reported forms."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.channels.shopee.signing import (
    PushSigns,
    digest,
    is_from_shopee,
    sign_call,
    sign_push,
)

ROOT = Path(__file__).parents[4]
VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "shopee.json").read_text("utf-8"))
SHARED = ROOT.parent / "shared" / "data" / "signing" / "signature_vectors.json"
PUSH = VECTORS["push"]
RAW = PUSH["body"].encode()
FORMS: tuple[PushSigns, ...] = ("url|body", "body")


def sign_of(call: dict[str, Any]) -> str:
    return sign_call(
        call["key"],
        partner_id=call["partner_id"],
        path=call["path"],
        timestamp=call["timestamp"],
        access_token=call["access_token"],
        shop_id=call["shop_id"],
    )


def accepted(claimed: str, raw: bytes, *, signs: PushSigns = "url|body", **other: str) -> bool:
    given = {"key": PUSH["key"], "url": PUSH["url"]} | other
    return is_from_shopee(claimed, raw, signs=signs, **given)


@pytest.mark.parametrize("call", VECTORS["calls"], ids=lambda call: call["path"])
def test_calls_are_signed_as_another_implementation_signs_them(call: dict[str, Any]) -> None:
    assert sign_of(call) == call["sign"]


def test_the_digest_is_the_published_one() -> None:
    vector = VECTORS["digest"]
    assert digest(vector["key"], vector["message"].encode()) == vector["sign"]


def test_every_shared_vector_is_here() -> None:
    """Where the reference stands beside the project, its Shopee entries are all among ours."""
    if not SHARED.is_file():
        return
    shared = json.loads(SHARED.read_text("utf-8"))["vectors"]
    theirs = {v["expected_signature"] for v in shared if v["channel"].startswith("shopee")}
    ours = {VECTORS["digest"]["sign"], *(call["sign"] for call in VECTORS["calls"])}
    assert len(theirs) == 4
    assert theirs == ours


def test_a_key_is_text_even_when_it_looks_like_hex() -> None:
    assert digest("ab", b"m") != digest("\xab", b"m")


def test_nothing_that_is_signed_can_be_changed() -> None:
    call = next(one for one in VECTORS["calls"] if one["shop_id"])
    for name, other in (
        ("partner_id", "1000002"),
        ("path", "/api/v2/product/add_item"),
        ("timestamp", 1700000001),
        ("access_token", "at2"),
        ("shop_id", "54322"),
        ("key", "shpk4d7a6c"),
    ):
        assert sign_of(call | {name: other}) != call["sign"], name


@pytest.mark.parametrize("signs", FORMS)
def test_a_push_is_known_in_the_form_that_is_set(signs: PushSigns) -> None:
    right = PUSH["signatures"][signs]
    assert sign_push(PUSH["key"], RAW, url=PUSH["url"], signs=signs) == right
    assert accepted(right, RAW, signs=signs)
    other = FORMS[1 - FORMS.index(signs)]
    assert not accepted(right, RAW, signs=other)
    assert not accepted(right, RAW + b" ", signs=signs)
    assert not accepted(right, RAW, signs=signs, key=PUSH["key"] + "x")
    assert not accepted("", RAW, signs=signs)
    assert not accepted("không phải chữ ký", RAW, signs=signs)


def test_the_registered_address_counts_not_the_one_behind_a_proxy() -> None:
    right = PUSH["signatures"]["url|body"]
    assert not accepted(right, RAW, url="http://127.0.0.1:8000/hooks/shopee")


def test_an_empty_key_opens_only_for_the_consoles_check() -> None:
    def empty(raw: bytes) -> str:
        return sign_push("", raw, url=PUSH["url"], signs="url|body")

    check = b'{"code":0,"data":{"verify_info":"hello"},"timestamp":1660123127}'
    assert accepted(empty(check), check)
    for raw in (RAW, b"[]", b"", b"{", b'{"shop_id":1}', b'{"code":2,"data":{"shopid":1}}'):
        assert not accepted(empty(raw), raw), raw


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_other_header_is_taken(raw: bytes, claimed: str) -> None:
    right = sign_push(PUSH["key"], raw, url=PUSH["url"], signs="url|body")
    empty = sign_push("", raw, url=PUSH["url"], signs="url|body")
    if claimed not in (right, empty):
        assert not accepted(claimed, raw)
