"""Verbs that make money and order one: each is one transaction, whoever asks twice or at once."""

from market.settlement.service.buyer import buyer_says_paid
from market.settlement.service.cards.refunds import give_back
from market.settlement.service.clocks import look_at_clocks
from market.settlement.service.follow_ups import close_one
from market.settlement.service.seller import (
    cannot,
    complete,
    confirm,
    hand_over,
    paid_at_the_door,
    refused,
    say_money,
)
from market.settlement.service.settle import settle

__all__ = [
    "buyer_says_paid",
    "cannot",
    "close_one",
    "complete",
    "confirm",
    "give_back",
    "hand_over",
    "look_at_clocks",
    "paid_at_the_door",
    "refused",
    "say_money",
    "settle",
]
