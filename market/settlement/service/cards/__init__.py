"""Money by card: the page opens, the money settles once, goes back once, is asked back."""

from market.settlement.service.cards.catch_up import catch_up, look_again
from market.settlement.service.cards.clock import look_at_cards
from market.settlement.service.cards.close import leave_page
from market.settlement.service.cards.events import work_card_event
from market.settlement.service.cards.page import expect_card, open_page, try_to_open
from market.settlement.service.cards.paid import look_at_checkout
from market.settlement.service.cards.refunds import give_back, send_refund, want_refund

__all__ = [
    "catch_up",
    "expect_card",
    "give_back",
    "leave_page",
    "look_again",
    "look_at_cards",
    "look_at_checkout",
    "open_page",
    "send_refund",
    "try_to_open",
    "want_refund",
    "work_card_event",
]
