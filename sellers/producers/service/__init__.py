"""Verbs of producers: become one, change, say where the money goes."""

from sellers.producers.service.payout import set_payout_account
from sellers.producers.service.producers import change_producer, create_producer, my_producer

__all__ = ["change_producer", "create_producer", "my_producer", "set_payout_account"]
