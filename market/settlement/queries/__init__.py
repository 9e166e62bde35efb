"""Reads of settlement: whom to tell, what waits, the producer's money, what is to do."""

from market.settlement.queries.desk import Desk, desk, home_card, place_of
from market.settlement.queries.money import money_of, months_around
from market.settlement.queries.parts import one_part, page_of, refunds_of, shown_part
from market.settlement.queries.tasks import follow_ups
from market.settlement.queries.told import told, waiting_without_follow_up

__all__ = [
    "Desk",
    "desk",
    "follow_ups",
    "home_card",
    "money_of",
    "months_around",
    "one_part",
    "page_of",
    "place_of",
    "refunds_of",
    "shown_part",
    "told",
    "waiting_without_follow_up",
]
