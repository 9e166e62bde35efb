"""What differs between us and a marketplace, and the one next step about it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from integrations.contracts.channels import VISIBLE_STATES, Handling, ItemState
from market.channels.rules.states import AttemptState, Wanted

# A create whose answer was lost may still show up a little later at the marketplace.
LOOK_AGAIN_S: Final = 30
# What was not looked at for this long is looked at again, though nothing changed here.
STALE_S: Final = 900
LOCKED_RETRY_S: Final = 900
REVIEW_RETRY_S: Final = 900
RETRY_S: Final = (5, 30, 120, 600, 1_800)
WAIT_S: Final = 60


class Step(StrEnum):
    """What is done next; one at a time, each from freshly read rows."""

    NOTHING = "nothing"
    LOOK_UP = "look_up"  # a create is open: is the item there?
    CREATE = "create"
    OBSERVE = "observe"
    GONE = "gone"  # the item is not there any more
    TAKEN_DOWN = "taken_down"
    VARIANTS = "variants"  # somebody has added some there
    WAIT_FOR_REVIEW = "wait_for_review"
    PULL_ORDERS = "pull_orders"  # the marketplace has sold what we have not heard of
    PRICE = "price"
    STOCK = "stock"
    PICTURES = "pictures"  # others, or in another order
    LOCKED = "locked"  # all that a campaign allows is done
    LIST = "list"
    UNLIST = "unlist"


@dataclass(frozen=True, slots=True)
class Here:
    """Our side, read in one statement just before the step."""

    wanted: Wanted
    live: bool
    price_vnd: int | None
    available: int | None
    keep_back: int
    attempt: AttemptState | None


@dataclass(frozen=True, slots=True)
class There:
    """The marketplace's side as last seen; `fresh`: seen in this very run."""

    item_id: str
    fresh: bool
    state: ItemState | None
    price_vnd: int | None
    stock: int | None
    reserved: int
    told_stock: int | None
    orders_pulled: bool
    pictures_differ: bool = False
    put_off: frozenset[Step] = frozenset()  # refused in this run, for a while


def shown(here: Here) -> bool:
    """Whether buyers of the marketplace should see the goods."""
    return here.wanted is Wanted.LISTED and here.live and here.price_vnd is not None


def stock_to_show(here: Here) -> int | None:
    """Units to show there; None when it is not known, and then nothing is sent."""
    return None if here.available is None else max(0, here.available - here.keep_back)


def next_step(here: Here, there: There) -> Step:
    """The one thing to do now; NOTHING when both sides are in step."""
    if not there.item_id:
        return _not_there_yet(here)
    if not there.fresh:
        return Step.OBSERVE
    if there.state in (None, ItemState.DELETED):
        return Step.GONE
    if not shown(here):
        visible = there.state in VISIBLE_STATES
        return Step.UNLIST if visible and Step.UNLIST not in there.put_off else Step.NOTHING
    if there.state in (ItemState.VARIANTS, ItemState.VARIANTS_HIDDEN):
        return Step.VARIANTS
    return Step.TAKEN_DOWN if there.state is ItemState.REFUSED else _in_sight(here, there)


def _not_there_yet(here: Here) -> Step:
    if here.attempt is not None:
        return Step.LOOK_UP
    return Step.CREATE if shown(here) and stock_to_show(here) is not None else Step.NOTHING


def _in_sight(here: Here, there: There) -> Step:
    # A stock that is too high sells what is not there: first of all. Then the price.
    about_stock = _about_stock(here, there)
    if about_stock is not None and _is_lowering(here, there):
        return about_stock
    if there.price_vnd != here.price_vnd and Step.PRICE not in there.put_off:
        return Step.PRICE
    if about_stock is not None:
        return about_stock
    if there.pictures_differ and Step.PICTURES not in there.put_off:
        return Step.PICTURES
    if there.state is ItemState.UNLISTED and Step.LIST not in there.put_off:
        return Step.LIST
    if _floor(here, there) != stock_to_show(here):
        return Step.LOCKED
    return Step.WAIT_FOR_REVIEW if there.state is ItemState.REVIEWING else Step.NOTHING


def stock_to_send(here: Here, there: There) -> int | None:
    """What is sent: never below what a campaign holds, since that would be refused whole."""
    return _floor(here, there)


def _floor(here: Here, there: There) -> int | None:
    want = stock_to_show(here)
    return None if want is None else max(want, there.reserved)


def _is_lowering(here: Here, there: There) -> bool:
    want = _floor(here, there)
    return want is not None and there.stock is not None and want < there.stock


def _about_stock(here: Here, there: There) -> Step | None:
    want = _floor(here, there)
    if want is None or there.stock == want or Step.STOCK in there.put_off:
        return None
    # Somebody has bought there, or nobody has: the orders say. An old number would undo a sale.
    if there.stock != there.told_stock and not there.orders_pulled:
        return Step.PULL_ORDERS
    raising = there.stock is None or want > there.stock
    return Step.PULL_ORDERS if raising and not there.orders_pulled else Step.STOCK


def pictures_mark(keys: Sequence[str]) -> str:
    """Short for these pictures in this order; what is kept of them once they were sent."""
    return f"{len(keys)}:{hashlib.sha256(' '.join(keys).encode()).hexdigest()[:32]}"


def pictures_differ(sent: str, keys: Sequence[str]) -> bool:
    """Other pictures were sent, or in another order. Once only the key of the main one was kept."""
    return bool(sent and keys) and sent not in (pictures_mark(keys), keys[0])


def again_in_s(handling: Handling, tries: int, retry_after_s: int | None) -> int | None:
    """When the same is tried again; None: not before a person has done something."""
    match handling:
        case Handling.FIX_DATA | Handling.REAUTH | Handling.PARK | Handling.GONE:
            return None
        case Handling.LOCKED:
            return retry_after_s or LOCKED_RETRY_S
        case Handling.WAIT:
            return retry_after_s or WAIT_S
        case Handling.UNKNOWN_OUTCOME:
            return RETRY_S[0]
        case _:
            return max(RETRY_S[min(tries, len(RETRY_S) - 1)], retry_after_s or 0)


def may_create_again(attempted_at: datetime, now: datetime) -> bool:
    """A look-up that finds nothing proves something only after a while."""
    return now - attempted_at >= timedelta(seconds=LOOK_AGAIN_S)
