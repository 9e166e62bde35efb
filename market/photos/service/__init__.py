"""Verbs on photos: take one in, tie it to a listing, prepare it, clean up behind."""

from market.photos.service.album import look, place, remove, restore
from market.photos.service.complete import call_incomplete, complete
from market.photos.service.intake import Original, attach, take_in
from market.photos.service.prepare import prepare
from market.photos.service.shelf import Shelf, public_type
from market.photos.service.tidy import give_up_old, remove_orphans

__all__ = [
    "Original",
    "Shelf",
    "attach",
    "call_incomplete",
    "complete",
    "give_up_old",
    "look",
    "place",
    "prepare",
    "public_type",
    "remove",
    "remove_orphans",
    "restore",
    "take_in",
]
