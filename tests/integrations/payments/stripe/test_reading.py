"""Objects of the vendor: every odd field is named, fees in other money come out in đồng."""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.payments.stripe import reading

CHARGE: dict[str, Any] = {
    "id": "ch_1",
    "object": "charge",
    "amount": 185_000,
    "currency": "vnd",
    "amount_refunded": 85_000,
    "disputed": False,
    "balance_transaction": {
        "id": "txn_1",
        "amount": 185_000,
        "currency": "vnd",
        "fee": 12_215,
        "net": 172_785,
    },
}
PAYMENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "succeeded",
    "amount": 185_000,
    "amount_received": 185_000,
    "currency": "vnd",
    "last_payment_error": None,
    "latest_charge": CHARGE,
}
SESSION: dict[str, Any] = {
    "id": "cs_1",
    "object": "checkout.session",
    "client_reference_id": "order-1",
    "url": "https://pay.test/cs_1",
    "status": "open",
    "payment_status": "unpaid",
    "amount_total": 185_000,
    "currency": "vnd",
    "payment_intent": None,
    "expires_at": 1_700_000_000,
}
REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "metadata": {"reference": "r-1"},
    "payment_intent": "pi_1",
    "amount": 5_000,
    "currency": "vnd",
    "status": "succeeded",
}
DISPUTE: dict[str, Any] = {
    "id": "du_1",
    "object": "dispute",
    "payment_intent": {"id": "pi_1"},
    "amount": 5_000,
    "currency": "vnd",
    "status": "needs_response",
    "reason": "fraudulent",
    "balance_transactions": [{"amount": -5_000}],
    "evidence_details": {"due_by": 1_700_000_000},
}
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "refund.created",
    "created": 1_700_000_000,
    "livemode": True,
    "data": {"object": {"id": "re_1"}},
}
THIN: dict[str, Any] = {
    "id": "evt_65",
    "object": "v2.core.event",
    "type": "v1.refund.created",
    "created": "2026-11-22T00:00:00.000Z",
    "related_object": {"id": "re_1"},
    "snapshot_event": None,
}
READERS: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "session": (reading.read_session, SESSION),
    "payment": (reading.read_payment, PAYMENT),
    "refund": (reading.read_refund, REFUND),
    "dispute": (reading.read_dispute, DISPUTE),
    "event": (reading.read_event, EVENT),
    "thin event": (reading.read_event, THIN),
}


def test_what_is_read() -> None:
    payment = reading.read_payment(PAYMENT)
    assert (payment.refunded_vnd, payment.fee_vnd, payment.net_vnd) == (85_000, 12_215, 172_785)
    assert reading.read_dispute(DISPUTE).due_by == datetime.fromtimestamp(1_700_000_000, UTC)
    assert reading.read_event(EVENT).live
    thin = reading.read_event(THIN)
    assert (thin.event_id, thin.occurred_at) == ("evt_65", datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("gross", "fee", "fee_vnd"),
    [
        # 185,000 đồng came out as 7.03 dollars, of which 0.57 is the fee: 15,000 đồng.
        (703, 57, 15_000),
        (703, 0, 0),
        (1, 1, 185_000),
        # A half is rounded up: 185,000 / 370,000.
        (370_000, 1, 1),
        (370_001, 1, 0),
    ],
)
def test_a_fee_in_other_money_is_turned_into_dong(gross: int, fee: int, fee_vnd: int) -> None:
    raw = copy.deepcopy(PAYMENT)
    raw["latest_charge"]["balance_transaction"] = {
        "id": "txn_1",
        "amount": gross,
        "currency": "usd",
        "fee": fee,
        "exchange_rate": 0.000038,
    }
    payment = reading.read_payment(raw)
    assert (payment.fee_vnd, payment.net_vnd) == (fee_vnd, 185_000 - fee_vnd)


@pytest.mark.parametrize("charge", [None, "ch_1", {**CHARGE, "balance_transaction": None}])
def test_what_is_not_booked_yet_is_not_known(charge: Any) -> None:
    payment = reading.read_payment({**PAYMENT, "latest_charge": charge})
    assert (payment.fee_vnd, payment.net_vnd, payment.balance_id) == (None, None, "")


@pytest.mark.parametrize("name", ["session", "payment", "refund", "dispute"])
def test_other_money_than_dong_is_refused(name: str) -> None:
    read, raw = READERS[name]
    with pytest.raises(reading.Unreadable, match="currency"):
        read({**raw, "currency": "usd"})


def places(raw: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a nested object."""
    items = raw.items() if isinstance(raw, dict) else enumerate(raw)
    for key, value in list(items):
        yield raw, key
        if isinstance(value, dict | list):
            yield from places(value)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**30),
    st.floats(),
    st.text(max_size=5),
    st.just("0001-01-01T00:00:00+14:00"),
    st.just([]),
    st.just({}),
    st.just(["x"]),
    st.just("x" * 5_000),
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_junk_is_read_or_named(name: str, data: st.DataObject) -> None:
    read, raw = READERS[name]
    broken = copy.deepcopy(raw)
    container, key = data.draw(st.sampled_from(list(places(broken))))
    if data.draw(st.booleans()):
        container[key] = data.draw(JUNK)
    else:
        del container[key]
    try:
        read(broken)
    except reading.Unreadable as unreadable:
        assert str(unreadable)
