"""Signed notices: the published vector, forgeries, clocks, and a change of secret."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.contracts.errors import NotAllowed, Problem
from integrations.payments.stripe.adapter import StripeCards
from integrations.payments.stripe.signature import HEADER, is_signed, sign

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "data" / "stripe.json").read_text("utf-8")
)
RAW = str(VECTOR["body"]).encode()
AT = int(VECTOR["timestamp"])
NOW = datetime.fromtimestamp(AT, UTC)
SECRET = str(VECTOR["secret"])
RIGHT = str(VECTOR["v1"])


def cards(*secrets: str) -> StripeCards:
    return StripeCards("sk_test_x", secrets or (SECRET,))


def refused(adapter: StripeCards, raw: bytes, header: str, now: datetime = NOW) -> bool:
    try:
        adapter.verify(raw, {HEADER.lower(): header}, now=now)
    except NotAllowed as problem:
        assert problem.code == "cards.signature"
        return True
    return False


def test_the_published_vector() -> None:
    assert sign(SECRET, RAW, AT) == f"t={AT},v1={RIGHT}"
    assert not refused(cards(), RAW, f"t={AT},v1={RIGHT}")


def test_the_vendors_own_library_agrees() -> None:
    """Both ways: it accepts what we sign, and signs what we accept."""
    import stripe

    raw, at = b'{"id":"evt_2","object":"event"}', int(datetime.now(UTC).timestamp())
    header = sign(SECRET, raw, at)
    assert stripe.WebhookSignature.verify_header(raw, header, SECRET, 300)
    theirs = stripe.WebhookSignature._compute_signature(f"{at}.{raw.decode()}", SECRET)
    assert header == f"t={at},v1={theirs}"


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"v1={RIGHT}",
        f"t={AT}",
        f"t={AT},v0={RIGHT}",
        f"t={AT},v1={RIGHT.upper()}",
        f"t={AT},v1={RIGHT[:-1]}0",
        f"t={AT},v1={RIGHT[:-1]}",
        f"t={AT + 1},v1={RIGHT}",
        f"t={AT},t={AT},v1={RIGHT}",
        f"t=١٧٠٠٠٠٠٠٠٠,v1={RIGHT}",
        f"t=-{AT},v1={RIGHT}",
        f"t={AT}" + ",v1=0" * 1000 + f",v1={RIGHT}",
        f"t={AT},v1=\udcff",
        "{}",
    ],
)
def test_what_is_not_signed_is_refused(header: str) -> None:
    assert refused(cards(), RAW, header)


def test_another_body_and_another_secret_are_refused() -> None:
    header = f"t={AT},v1={RIGHT}"
    assert refused(cards(), RAW + b" ", header)
    assert refused(cards("whsec_other"), RAW, header)
    assert refused(cards(), b"", sign(SECRET, b" ", AT))


@pytest.mark.parametrize(("apart_s", "accepted"), [(300, True), (301, False), (86_400, False)])
def test_five_minutes_to_either_side(apart_s: int, accepted: bool) -> None:
    header = f"t={AT},v1={RIGHT}"
    for now in (NOW + timedelta(seconds=apart_s), NOW - timedelta(seconds=apart_s)):
        assert refused(cards(), RAW, header, now) is not accepted


def test_two_secrets_and_two_signatures_during_a_change() -> None:
    both = f"t={AT},v1={'0' * 64},v1={RIGHT}"
    assert not refused(cards(), RAW, both)
    assert not refused(cards("whsec_new", SECRET), RAW, f"t={AT},v1={RIGHT}")
    assert not refused(cards("whsec_new"), RAW, sign("whsec_new", RAW, AT))
    assert is_signed(f"t={AT}, v1={RIGHT}", RAW, [SECRET], now=NOW)


def test_empty_secrets_never_open_the_door() -> None:
    for key, secrets in (("", ["whsec_x"]), ("sk_test_x", []), ("sk_test_x", ["whsec_x", ""])):
        with pytest.raises(ValueError, match="none of them empty"):
            StripeCards(key, secrets)


def test_both_forms_of_a_notice_are_one_event() -> None:
    subject = {"id": "cs_1", "object": "checkout.session"}
    full = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": AT,
        "livemode": False,
        "data": {"object": subject},
    }
    thin = {
        "id": "evt_test_65",
        "object": "v2.core.event",
        "type": "v1.checkout.session.completed",
        "created": "2023-11-14T22:13:20.000Z",
        "livemode": False,
        "related_object": {"id": "cs_1", "type": "checkout.session", "url": "/v1/x"},
        "snapshot_event": "evt_1",
    }
    event = cards().parse(json.dumps(full).encode())
    assert (event.event_id, event.kind) == ("evt_1", "checkout.session.completed")
    assert (event.object_id, event.occurred_at, event.live) == ("cs_1", NOW, False)
    assert cards().parse(json.dumps(thin).encode()) == event


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"object":"event"}',
        b'{"object":"event","id":1,"type":"x","created":1,"data":{"object":{"id":"cs_1"}}}',
        b'{"object":"event","id":"e","type":"x","created":1e400,"data":{"object":{"id":"cs_1"}}}',
        b'{"object":"event","id":"e","type":"x","created":99999999999999,"data":{"object":{"id":"c"}}}',
        b'{"object":"event","id":"e","type":"x","created":true,"data":{"object":{"id":"cs_1"}}}',
        b'{"object":"event","id":"e","type":"x","created":1,"data":{"object":{}}}',
        b'{"object":"v2.core.event","id":"e","type":"x","created":"yesterday"}',
        b'{"object":"v2.core.event","id":"e","type":"x","created":"soon","related_object":{"id":"c"}}',
    ],
)
def test_a_notice_of_another_shape_is_named(raw: bytes) -> None:
    with pytest.raises(Problem) as caught:
        cards().parse(raw)
    assert caught.value.code == "cards.unreadable"
