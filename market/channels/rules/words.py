"""Where goods stand at a marketplace, in one sentence, with who acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.contracts.channels import VISIBLE_STATES, ItemState
from integrations.contracts.errors import N_
from market.channels.rules.ready import AGE, SEVERAL, may_be_there
from market.channels.rules.states import SHOP_CLOSED, ConnectionState, SyncState, Wanted
from market.channels.rules.sync import Here, shown, stock_to_show

WHO: Final[Mapping[str, str]] = {
    "you": N_("You"),
    "helper": N_("Your helper"),
    "staff": N_("Programme staff"),
    "marketplace": N_("The marketplace"),
    "us": N_("Gánh, by itself"),
}
# What the page offers beside the sentence: words and where they lead, {…} filled in from the row.
_THERE: Final = "/producer/channels/offer/{listing_id}?shop={connection_id}"
_GOODS: Final = "/producer/goods/{listing_id}"
# By the last word of the code, whichever marketplace said it.
MEND: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(
        ("title_short", "title_long", "name", "similar"), (N_("Change the name there"), _THERE)
    ),
    "weight": (N_("Type the weight"), _THERE),
    **dict.fromkeys(
        ("category", "attributes", "attribute"), (N_("Choose the kind of goods"), _THERE)
    ),
    **dict.fromkeys(("description_short", "description"), (N_("Write more about it"), _GOODS)),
    "description_long": (N_("Shorten the text"), _GOODS),
    **dict.fromkeys(("picture", "picture_small"), (N_("Take a photo"), _GOODS)),
    **dict.fromkeys(("price",), (N_("Change the price"), _GOODS)),
    "needs_reauth": (N_("Connect the shop again"), "/producer/channels"),
}
# What is mended at the marketplace, or by the button below.
_MENDED_THERE: Final = frozenset(
    {"deleted", "taken_down", "variants", "shipping", "shop_full", "holiday"}
)
# For any other refusal that asks for other data.
MEND_GOODS: Final = (N_("Change the goods"), _GOODS)


@dataclass(frozen=True, slots=True)
class Told:
    """A chip (words, state) and a sentence with its parameters; who acts, if anybody has to."""

    chip: str
    tint: str
    sentence: str
    params: Mapping[str, Any] = field(default_factory=dict)
    who: str = ""


def told(row: Mapping[str, Any]) -> Told:
    """What to say of a row of `queries.listing`."""
    if row["connection_state"] == ConnectionState.NEEDS_REAUTH:
        return Told(
            N_("Waits for your agreement"),
            "stop",
            N_("The marketplace asks for your agreement again. Please connect the shop once more."),
            who="you",
        )
    if row["connection_state"] == ConnectionState.SUSPENDED:
        return Told(N_("Shop is closed"), "stop", SHOP_CLOSED, who="marketplace")
    if row["connection_state"] != ConnectionState.ACTIVE:
        return Told(N_("Shop taken away"), "", N_("This shop was taken away here."))
    if row["problem_code"]:
        return _problem(row)
    if row["wanted"] == Wanted.UNLISTED or not may_be_there(row):
        return _hidden(row)
    return _wanted(row)


def _problem(row: Mapping[str, Any]) -> Told:
    who = row["problem_who"]
    if row["problem_code"] == "channel.locked":
        chip, tint = N_("Kept by a sale there"), "wait"
    elif row["state"] == SyncState.BLOCKED:
        chip, tint = (N_("To mend"), "stop") if who == "you" else (N_("Stands still"), "stop")
    else:
        chip, tint = N_("Is tried again"), "wait"
    return Told(chip, tint, row["problem_message"], row["problem_params"], who)


def _hidden(row: Mapping[str, Any]) -> Told:
    visible = row["item_id"] and row["observed_state"] in VISIBLE_STATES
    if visible:
        return Told(N_("Is being hidden"), "wait", N_("It is being hidden there."), who="us")
    if row["wanted"] == Wanted.UNLISTED:
        return Told(N_("Not shown there"), "", N_("You have taken it down there."))
    if row["several"]:
        return Told(N_("Not shown there"), "", SEVERAL)
    if row["age_min"] is not None and row["listing_state"] == "live":
        return Told(N_("Not shown there"), "", AGE, {"age": row["age_min"]})
    return Told(
        N_("Not shown there"), "", N_("It is not on sale here, so it is not shown there either.")
    )


def _wanted(row: Mapping[str, Any]) -> Told:
    if not row["item_id"]:
        return Told(N_("Is being put there"), "wait", N_("It is being put there."), who="us")
    if row["observed_state"] == ItemState.REVIEWING:
        return Told(
            N_("Being looked at there"),
            "wait",
            N_("The marketplace is looking at it. Nothing to do."),
            who="marketplace",
        )
    if row["state"] == SyncState.IN_STEP and in_step(row):
        if row["observed_stock"] == 0:
            return Told(N_("Sold out there"), "wait", N_("Nothing is left, here and there."))
        return Told(N_("Shown there"), "ok", N_("Both sides show the same."))
    return Told(
        N_("Is being brought into step"),
        "wait",
        N_("The two sides differ. It is being brought into step."),
        who="us",
    )


def in_step(row: Mapping[str, Any]) -> bool:
    """Both sides were the same when last looked at."""
    here = Here(
        wanted=Wanted(row["wanted"]),
        live=may_be_there(row),
        price_vnd=row["price_vnd"],
        available=row["available"],
        keep_back=row["keep_back"],
        attempt=None,
    )
    if not shown(here):
        return row["observed_state"] not in VISIBLE_STATES
    seen = (row["observed_price_vnd"], row["observed_stock"])
    return seen == (row["price_vnd"], stock_to_show(here))


def words_differ(row: Mapping[str, Any]) -> bool:
    """The name has changed here since it was put there; it is changed by hand."""
    name = row["title"] or row["name"]
    return bool(row["item_id"] and row["sent_name"]) and row["sent_name"] != name


def mend(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Words and address of what the producer can do about a problem; None when nothing."""
    if row["problem_who"] != "you" or not row["problem_code"]:
        return None
    last = row["problem_code"].rpartition(".")[2]
    if last in _MENDED_THERE:
        return None
    words, where = MEND.get(last, MEND_GOODS)
    return words, where.format(**row)
