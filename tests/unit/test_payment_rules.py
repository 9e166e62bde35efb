"""References that survive people and banks, and each thing a bank line can mean."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.ids import ALPHABET
from integrations.contracts.ports import BankTransfer
from integrations.payments.vietqr import ascii_purpose
from market.payments.rules import (
    PREFIX,
    REFERENCE_LENGTH,
    Action,
    Decision,
    Evidence,
    ExpectedPayment,
    MatchOutcome,
    PaymentState,
    check_character,
    decide,
    find_references,
    reference_code,
)

bodies = st.text(st.sampled_from(ALPHABET), min_size=6, max_size=6)
references = bodies.map(reference_code)
START = len(PREFIX)


@given(references)
def test_a_reference_fits_a_bank_text_and_is_found(reference: str) -> None:
    assert len(reference) == REFERENCE_LENGTH == 11
    assert ascii_purpose(reference) == reference
    assert find_references(reference) == [reference]


def test_random_references_are_valid_and_differ() -> None:
    made = {reference_code() for _ in range(200)}
    assert len(made) > 190
    assert all(find_references(reference) == [reference] for reference in made)


@given(references, st.integers(START, REFERENCE_LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_seen(reference: str, at: int, other: str) -> None:
    typed = reference[:at] + other + reference[at + 1 :]
    assert (find_references(typed) == [reference]) == (other == reference[at])
    assert reference == typed or reference not in find_references(typed)


@given(references, st.data())
def test_any_two_exchanged_characters_are_seen(reference: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(START, REFERENCE_LENGTH - 2))
    second = data.draw(st.integers(first + 1, REFERENCE_LENGTH - 1))
    letters = list(reference)
    letters[first], letters[second] = letters[second], letters[first]
    typed = "".join(letters)
    valid = check_character(typed[START:-1]) == typed[-1]
    assert valid == (typed == reference)


def test_every_single_error_and_exchange_of_one_reference() -> None:
    reference = reference_code("2B7KQ9")
    for at in range(START, REFERENCE_LENGTH):
        for other in set(ALPHABET) - {reference[at]}:
            assert find_references(reference[:at] + other + reference[at + 1 :]) == []


@given(references, st.data())
def test_spaces_dots_case_and_words_around_do_not_matter(
    reference: str, data: st.DataObject
) -> None:
    gaps = st.sampled_from(["", " ", ".", "-", " . ", "\u00a0", "/"])
    broken = "".join(letter + data.draw(gaps) for letter in reference)
    text = f"MBVCB.1457.Chuyển tiền {broken.lower()}.CT tu 0987 đến Hoà"
    assert reference in find_references(text)


@pytest.mark.parametrize(
    "content",
    ["", "chuyen tien", "GANH", "GANH2B7KQ", "GANH0000000", "GANHGANHGANH", "ganh " * 2_000],
)
def test_nothing_is_found_where_nothing_is(content: str) -> None:
    assert find_references(content) == []


def test_prefix_twice_and_two_references() -> None:
    first, second = reference_code("2B7KQ9"), reference_code("GANHGA")
    assert find_references(f"GANH{first} {second} {first}") == [first, second]


@pytest.mark.parametrize("body", ["", "2B7KQ", "2B7KQ99", "2B7KQ0", "2b7kq9"])
def test_a_body_of_another_form_is_refused(body: str) -> None:
    with pytest.raises(ValueError):
        reference_code(body)


def line(amount_vnd: int, direction: str = "in") -> BankTransfer:
    return BankTransfer(
        "sepay", "1", "0123", amount_vnd, direction, "x", "r", datetime(2026, 11, 20, tzinfo=UTC)
    )


def owed(
    state: PaymentState = PaymentState.AWAITING,
    received_vnd: int = 0,
    settled_by: Evidence | None = None,
    account_matches: bool = True,
) -> ExpectedPayment:
    return ExpectedPayment("GANH2B7KQ9X", account_matches, 100_000, received_vnd, state, settled_by)


S, M, A = PaymentState, MatchOutcome, Action
TAP, EVENT = Evidence.SELLER, Evidence.BANK_EVENT

# What was expected, what came, then: outcome, action, received, missing, refund due.
TABLE: list[tuple[str, ExpectedPayment | None, int, tuple[MatchOutcome, Action, int, int, int]]] = [
    ("exact", owed(), 100_000, (M.EXACT, A.SETTLE, 100_000, 0, 0)),
    ("short", owed(), 60_000, (M.SHORT, A.ASK_TOP_UP, 60_000, 40_000, 0)),
    ("still short", owed(received_vnd=60_000), 1, (M.SHORT, A.ASK_TOP_UP, 60_001, 39_999, 0)),
    ("topped up", owed(received_vnd=60_000), 40_000, (M.EXACT, A.SETTLE, 100_000, 0, 0)),
    ("over", owed(), 100_001, (M.OVER, A.SETTLE, 100_001, 0, 1)),
    ("topped over", owed(received_vnd=60_000), 50_000, (M.OVER, A.SETTLE, 110_000, 0, 10_000)),
    ("no such reference", None, 100_000, (M.UNKNOWN_REFERENCE, A.REVIEW, 0, 0, 0)),
    (
        "on another account",
        owed(account_matches=False, received_vnd=5),
        100_000,
        (M.WRONG_ACCOUNT, A.REVIEW, 5, 0, 0),
    ),
    ("late", owed(S.EXPIRED), 100_000, (M.LATE, A.TRY_STOCK, 100_000, 0, 0)),
    ("late, over", owed(S.EXPIRED), 130_000, (M.LATE, A.TRY_STOCK, 130_000, 0, 30_000)),
    ("late, top-up", owed(S.EXPIRED, 60_000), 40_000, (M.LATE, A.TRY_STOCK, 100_000, 0, 0)),
    ("late, short", owed(S.EXPIRED), 60_000, (M.LATE, A.REFUND, 60_000, 40_000, 60_000)),
    ("cancelled", owed(S.CANCELLED), 100_000, (M.LATE, A.REFUND, 100_000, 0, 100_000)),
    ("cancelled, short", owed(S.CANCELLED), 1, (M.LATE, A.REFUND, 1, 99_999, 1)),
    (
        "paid twice",
        owed(S.SETTLED, 100_000, EVENT),
        100_000,
        (M.DUPLICATE, A.REFUND, 200_000, 0, 100_000),
    ),
    (
        "paid over, then again",
        owed(S.SETTLED, 110_000, EVENT),
        5_000,
        (M.DUPLICATE, A.REFUND, 115_000, 0, 15_000),
    ),
    (
        "transferred after paying cash",
        owed(S.SETTLED, 0, Evidence.CASH),
        100_000,
        (M.DUPLICATE, A.REFUND, 100_000, 0, 100_000),
    ),
    (
        "bank agrees with the tap",
        owed(S.SETTLED, 0, TAP),
        100_000,
        (M.ALREADY_SETTLED_BY_SELLER, A.CONFIRM, 100_000, 0, 0),
    ),
    (
        "less than the tap said",
        owed(S.SETTLED, 0, TAP),
        60_000,
        (M.CONTRADICTS, A.OPEN_CONTRADICTION, 60_000, 40_000, 0),
    ),
    (
        "the rest, after less",
        owed(S.SETTLED, 60_000, TAP),
        40_000,
        (M.ALREADY_SETTLED_BY_SELLER, A.CONFIRM, 100_000, 0, 0),
    ),
    (
        "more than the tap said",
        owed(S.SETTLED, 0, TAP),
        100_500,
        (M.CONTRADICTS, A.OPEN_CONTRADICTION, 100_500, 0, 500),
    ),
    (
        "again, after the bank agreed with the tap",
        owed(S.SETTLED, 100_000, TAP),
        100_000,
        (M.DUPLICATE, A.REFUND, 200_000, 0, 100_000),
    ),
]


@pytest.mark.parametrize(
    ("payment", "amount_vnd", "means"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_table(
    payment: ExpectedPayment | None,
    amount_vnd: int,
    means: tuple[MatchOutcome, Action, int, int, int],
) -> None:
    assert decide(line(amount_vnd), payment) == Decision(*means)


@pytest.mark.parametrize("payment", [None, owed(), owed(S.SETTLED, 100_000, EVENT)])
def test_outgoing_money_pays_nothing(payment: ExpectedPayment | None) -> None:
    assert decide(line(100_000, "out"), payment) == Decision(M.OUTGOING, A.IGNORE)


@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=8))
def test_any_series_of_transfers_accounts_for_every_dong(amounts: list[int]) -> None:
    payment = owed()
    for amount_vnd in amounts:
        decision = decide(line(amount_vnd), payment)
        assert decision.received_vnd == payment.received_vnd + amount_vnd
        settled = payment.state is S.SETTLED or decision.action is A.SETTLE
        payment = owed(
            S.SETTLED if settled else S.AWAITING,
            decision.received_vnd,
            EVENT if settled else None,
        )
        kept_vnd = decision.received_vnd - decision.refund_due_vnd
        assert kept_vnd == min(decision.received_vnd, payment.amount_vnd)
        assert settled == (kept_vnd == payment.amount_vnd)
        assert kept_vnd + decision.missing_vnd == payment.amount_vnd
