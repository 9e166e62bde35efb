"""Postings always balance, and a mirror brings every account back."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ledger import rules
from market.ledger.rules import AccountKind, Posting, balanced, receivable_postings, reverse

SELLER = UUID("01900000-0000-7000-8000-000000000001")
amounts = st.integers(0, 10**11)


def test_money_straight_to_the_seller_as_in_the_example() -> None:
    postings = receivable_postings(SELLER, commission_vnd=5_550, vat_vnd=1_850, pit_vnd=925)
    assert postings == [
        Posting(f"receivable:seller:{SELLER}", AccountKind.ASSET, 8_325),
        Posting("income:commission", AccountKind.INCOME, -5_550),
        Posting("payable:tax:vat", AccountKind.LIABILITY, -1_850),
        Posting("payable:tax:pit", AccountKind.LIABILITY, -925),
    ]


def test_nothing_owed_makes_no_posting_and_zero_parts_no_leg() -> None:
    assert receivable_postings(SELLER, commission_vnd=0, vat_vnd=0, pit_vnd=0) == []
    legs = receivable_postings(SELLER, commission_vnd=0, vat_vnd=10, pit_vnd=0)
    assert [leg.account_code for leg in legs] == [f"receivable:seller:{SELLER}", "payable:tax:vat"]


@given(amounts, amounts, amounts)
def test_every_posting_list_sums_to_zero_and_reverses(
    commission_vnd: int, vat_vnd: int, pit_vnd: int
) -> None:
    legs = receivable_postings(
        SELLER, commission_vnd=commission_vnd, vat_vnd=vat_vnd, pit_vnd=pit_vnd
    )
    assert sum(leg.amount_vnd for leg in legs) == 0
    assert sum(leg.amount_vnd for leg in legs if leg.amount_vnd > 0) == (
        commission_vnd + vat_vnd + pit_vnd
    )
    assert reverse(reverse(legs)) == legs
    after: Counter[str] = Counter()
    for leg in [*legs, *reverse(legs)]:
        after[leg.account_code] += leg.amount_vnd
    assert set(after.values()) <= {0}


@pytest.mark.parametrize("wrong", [{"commission_vnd": -1}, {"vat_vnd": -1}, {"pit_vnd": -1}])
def test_negative_parts_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        receivable_postings(SELLER, **({"commission_vnd": 5, "vat_vnd": 5, "pit_vnd": 5} | wrong))


def test_what_does_not_balance_is_refused() -> None:
    one = rules.debit(rules.SUSPENSE, 5)
    for legs in ([one], [one, one], [one, rules.credit(rules.PAYABLE_VAT, 4)]):
        with pytest.raises(ValueError, match="balance"):
            balanced(legs)
    assert balanced([]) == []
    with pytest.raises(ValueError, match="nothing"):
        Posting("suspense", AccountKind.ASSET, 0)
    with pytest.raises(ValueError, match="above 0"):
        rules.debit(rules.SUSPENSE, 0)


def test_account_codes() -> None:
    accounts = [
        rules.cash_bank("main"),
        rules.receivable_courier("ghn"),
        rules.receivable_seller(SELLER),
        rules.receivable_dispute(SELLER),
        rules.payable_seller_pending(SELLER),
        rules.payable_seller_available(SELLER),
        rules.payable_buyer("order_7"),
        rules.PAYABLE_VAT,
        rules.PAYABLE_PIT,
        rules.INCOME_COMMISSION,
        rules.INCOME_SHIPPING,
        rules.EXPENSE_SUBSIDY,
        rules.SUSPENSE,
    ]
    assert [account.code for account in accounts] == [
        "cash:bank:main",
        "receivable:courier:ghn",
        f"receivable:seller:{SELLER}",
        f"receivable:dispute:{SELLER}",
        f"payable:seller:{SELLER}:pending",
        f"payable:seller:{SELLER}:available",
        "payable:buyer:order_7",
        "payable:tax:vat",
        "payable:tax:pit",
        "income:commission",
        "income:shipping",
        "expense:subsidy",
        "suspense",
    ]
    # The column holds 120 characters.
    assert max(len(account.code) for account in accounts) <= 120


@pytest.mark.parametrize("name", ["", "a:b", "A", "a b", "x" * 65, "đ"])
def test_names_that_would_blur_codes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="account code"):
        rules.receivable_courier(name)
