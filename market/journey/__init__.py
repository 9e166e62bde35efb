"""`ganh journey`: the whole way over the JSON API, as an outside client would walk it."""

from market.journey.walk import walk

__all__ = ["walk"]
