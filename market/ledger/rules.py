"""Account codes and balanced postings. A debit is above 0, a credit below; the sum is always 0."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class AccountKind(StrEnum):
    """The four kinds of account."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Account:
    """A code such as `receivable:seller:<id>` with its kind."""

    code: str
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg of a transaction, in đồng: debit above 0, credit below, never 0."""

    account_code: str
    kind: AccountKind
    amount_vnd: int

    def __post_init__(self) -> None:
        if self.amount_vnd == 0:
            raise ValueError(f"a posting on {self.account_code} moves nothing")


_NAME = re.compile(r"[0-9a-z][0-9a-z_-]{0,63}")


def _named(head: str, name: UUID | str, kind: AccountKind, tail: str = "") -> Account:
    """A colon in a name would make one code mean two accounts."""
    if not _NAME.fullmatch(str(name)):
        raise ValueError(f"{name!r} cannot be part of an account code")
    return Account(f"{head}:{name}{tail}", kind)


def cash_bank(account: str) -> Account:
    """Our own money at a bank; `account` is our name for it, never the number."""
    return _named("cash:bank", account, AccountKind.ASSET)


def cash_card(vendor: str) -> Account:
    """Our money at a card vendor; `vendor` is the adapter's name."""
    return _named("cash", vendor, AccountKind.ASSET)


def receivable_courier(courier: str) -> Account:
    """Cash that a courier has collected and not handed over."""
    return _named("receivable:courier", courier, AccountKind.ASSET)


def receivable_seller(seller_id: UUID) -> Account:
    """What a seller owes us: commission and tax on money that went straight to the seller."""
    return _named("receivable:seller", seller_id, AccountKind.ASSET)


def receivable_dispute(dispute_id: UUID) -> Account:
    """What a lost dispute has taken from us, until it is decided who bears it."""
    return _named("receivable:dispute", dispute_id, AccountKind.ASSET)


def payable_seller_pending(seller_id: UUID) -> Account:
    """A seller's money with us, before the hold ends."""
    return _named("payable:seller", seller_id, AccountKind.LIABILITY, ":pending")


def payable_seller_available(seller_id: UUID) -> Account:
    """A seller's money with us that can be paid out."""
    return _named("payable:seller", seller_id, AccountKind.LIABILITY, ":available")


def payable_buyer(buyer: UUID | str) -> Account:
    """What a buyer gets back."""
    return _named("payable:buyer", buyer, AccountKind.LIABILITY)


def clearing_channel(connection_id: UUID) -> Account:
    """Memo: what a marketplace holds for one of its shops; the money never passes us."""
    return _named("clearing:channel", connection_id, AccountKind.ASSET)


def clearing_seller(seller_id: UUID) -> Account:
    """Memo: what marketplaces will pay a seller."""
    return _named("clearing:seller", seller_id, AccountKind.LIABILITY)


PAYABLE_VAT: Final = Account("payable:tax:vat", AccountKind.LIABILITY)
PAYABLE_PIT: Final = Account("payable:tax:pit", AccountKind.LIABILITY)
INCOME_COMMISSION: Final = Account("income:commission", AccountKind.INCOME)
INCOME_SHIPPING: Final = Account("income:shipping", AccountKind.INCOME)
EXPENSE_SUBSIDY: Final = Account("expense:subsidy", AccountKind.EXPENSE)
EXPENSE_PROCESSOR_FEE: Final = Account("expense:processor_fee", AccountKind.EXPENSE)
EXPENSE_DISPUTE: Final = Account("expense:dispute", AccountKind.EXPENSE)
# What floors leave over while a sale has gone back in part: 0 to 3 đồng, then 0 again.
EXPENSE_ROUNDING: Final = Account("expense:rounding", AccountKind.EXPENSE)
SUSPENSE: Final = Account("suspense", AccountKind.ASSET)


def debit(account: Account, amount_vnd: int) -> Posting:
    """`amount_vnd` above 0 on the left."""
    return _leg(account, amount_vnd, 1)


def credit(account: Account, amount_vnd: int) -> Posting:
    """`amount_vnd` above 0 on the right: stored below 0."""
    return _leg(account, amount_vnd, -1)


def _leg(account: Account, amount_vnd: int, sign: int) -> Posting:
    if amount_vnd <= 0:
        raise ValueError(f"an amount on {account.code} must be above 0")
    return Posting(account.code, account.kind, sign * amount_vnd)


def balanced(postings: Iterable[Posting]) -> list[Posting]:
    """The same postings. Raises `ValueError` unless there are none, or two and more that sum to 0.

    The database checks it again at commit; here the caller still knows what it was doing.
    """
    legs = list(postings)
    if len(legs) == 1 or sum(leg.amount_vnd for leg in legs) != 0:
        raise ValueError("postings must balance: " + ", ".join(map(str, legs)))
    return legs


def receivable_postings(
    seller_id: UUID, *, commission_vnd: int, vat_vnd: int, pit_vnd: int
) -> list[Posting]:
    """Money went straight to the seller: only commission and tax are ours to ask for.

    D receivable:seller / C income:commission, payable:tax:vat, payable:tax:pit. Parts of 0 make
    no leg; when all are 0 the list is empty and there is nothing to post.
    """
    parts = (
        (INCOME_COMMISSION, commission_vnd),
        (PAYABLE_VAT, vat_vnd),
        (PAYABLE_PIT, pit_vnd),
    )
    right = [credit(account, amount_vnd) for account, amount_vnd in parts if amount_vnd != 0]
    if not right:
        return []
    owed_vnd = commission_vnd + vat_vnd + pit_vnd
    return balanced([debit(receivable_seller(seller_id), owed_vnd), *right])


def collected_postings(
    seller_id: UUID,
    *,
    vendor: str,
    net_vnd: int,
    commission_vnd: int,
    vat_vnd: int,
    pit_vnd: int,
) -> list[Posting]:
    """Money came to us for a seller: what is the seller's waits here until it is paid out.

    D cash:<vendor> / C payable:seller:pending, payable:tax:vat, payable:tax:pit,
    income:commission.
    """
    whole_vnd = net_vnd + commission_vnd + vat_vnd + pit_vnd
    parts = (
        (payable_seller_pending(seller_id), net_vnd),
        (PAYABLE_VAT, vat_vnd),
        (PAYABLE_PIT, pit_vnd),
        (INCOME_COMMISSION, commission_vnd),
    )
    right = [credit(account, amount_vnd) for account, amount_vnd in parts if amount_vnd != 0]
    return balanced([debit(cash_card(vendor), whole_vnd), *right])


def returned_postings(
    seller_id: UUID,
    *,
    vendor: str,
    amount_vnd: int,
    net_vnd: int,
    commission_vnd: int,
    vat_vnd: int,
    pit_vnd: int,
    held_vnd: int,
) -> list[Posting]:
    """The mirror of `collected_postings` for a part of it; `amount_vnd` goes back to the buyer.

    `held_vnd`: what is still here for the seller. What is missing of `net_vnd` the seller owes
    from now on: D receivable:seller. What the shares leave over of the amount is rounding.
    """
    owed_vnd = max(0, net_vnd - max(0, held_vnd))
    parts = (
        (payable_seller_pending(seller_id), net_vnd - owed_vnd),
        (receivable_seller(seller_id), owed_vnd),
        (PAYABLE_VAT, vat_vnd),
        (PAYABLE_PIT, pit_vnd),
        (INCOME_COMMISSION, commission_vnd),
        (EXPENSE_ROUNDING, amount_vnd - net_vnd - commission_vnd - vat_vnd - pit_vnd),
        (cash_card(vendor), -amount_vnd),
    )
    return balanced(
        Posting(account.code, account.kind, moved_vnd) for account, moved_vnd in parts if moved_vnd
    )


def moved(to: Account, from_: Account, amount_vnd: int) -> list[Posting]:
    """One amount from one account to another: D to / C from."""
    return balanced([debit(to, amount_vnd), credit(from_, amount_vnd)])


def reverse(postings: Sequence[Posting]) -> list[Posting]:
    """The mirror of a transaction: the same accounts in the same order, signs exchanged."""
    return balanced(Posting(leg.account_code, leg.kind, -leg.amount_vnd) for leg in postings)
