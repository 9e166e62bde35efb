"""Verbs of payments: what one part owes; card rows are in `cards`."""

from market.payments.service.awaiting import (
    BANK_QR,
    await_payment,
    lock,
    lock_by_references,
    mark_confirmed,
    mark_ended,
    mark_given_back,
    mark_seen,
    mark_settled,
    note_bank_line,
    note_received,
    note_seller_word,
    to_transfer,
)

__all__ = [
    "BANK_QR",
    "await_payment",
    "lock",
    "lock_by_references",
    "mark_confirmed",
    "mark_ended",
    "mark_given_back",
    "mark_seen",
    "mark_settled",
    "note_bank_line",
    "note_received",
    "note_seller_word",
    "to_transfer",
]
