"""Verbs of producers: become one, change, say where the money goes and who answers."""

from sellers.producers.service.identity import (
    confirm_identity,
    keep_identity,
    look_at_number,
    set_cleared,
)
from sellers.producers.service.payout import set_payout_account
from sellers.producers.service.producers import change_producer, create_producer, my_producer

__all__ = [
    "change_producer",
    "confirm_identity",
    "create_producer",
    "keep_identity",
    "look_at_number",
    "my_producer",
    "set_cleared",
    "set_payout_account",
]
