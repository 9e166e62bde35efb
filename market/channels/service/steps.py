"""The steps towards a marketplace, one call each: intent before, answer after."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from integrations.contracts.channels import ChannelError, ChannelItem, Handling, ItemState
from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import database_now
from integrations.runtime.database import insert_once, rows, run, work
from market.channels.rules.ready import lacking
from market.channels.rules.states import AttemptState
from market.channels.rules.sync import (
    LOOK_AGAIN_S,
    Step,
    may_create_again,
    pictures_mark,
    stock_to_send,
    stock_to_show,
)
from market.channels.service.offer import offered
from market.channels.service.orders import NEWEST, pull
from market.channels.service.run import Run

LOCKED: Final = N_(
    "The marketplace keeps {reserved} for a sale of its own, so the number cannot go below that."
    " Nothing to do: we try again by ourselves."
)
GONE: Final = N_("It was taken away at the marketplace. Put it there again, or leave it.")
TAKEN_DOWN: Final = N_("The marketplace has taken it down: {reason}. Please mend it there.")
VARIANTS: Final = N_(
    "Somebody has added variants to it at the marketplace, so its price and number no longer"
    " follow. Please remove the variants there, then try again here."
)
NOT_READY: Final = N_("The photo is still being prepared. We try again by ourselves.")
NOT_FOUND_YET: Final = N_(
    "The marketplace did not answer whether it is there. We look again by ourselves."
)

_OBSERVED = """
UPDATE channel_listing SET observed_state = $3, observed_price_vnd = $4, observed_stock = $5,
  observed_reserved = $6, observed_reason = $7, url = $8, observed_at = now()
WHERE id = $1 AND fence = $2
"""
_MISSING = """
UPDATE channel_listing SET observed_state = 'deleted', observed_at = now()
WHERE id = $1 AND fence = $2
"""
_MADE = """
UPDATE channel_listing SET item_id = $3, sent_name = $4, sent_picture = $5, told_stock = $6
WHERE id = $1 AND fence = $2
"""
_FOUND = """
UPDATE channel_listing SET item_id = $3, told_stock = NULL,
  sent_name = CASE WHEN sent_name = '' THEN $4 ELSE sent_name END,
  sent_picture = CASE WHEN sent_picture = '' THEN $5 ELSE sent_picture END
WHERE id = $1 AND fence = $2
"""
_FORGOTTEN = """
UPDATE channel_listing SET item_id = '', url = '', told_stock = NULL, observed_state = '',
  observed_price_vnd = NULL, observed_stock = NULL, observed_reserved = NULL
WHERE id = $1 AND fence = $2
"""
_END = """
UPDATE channel_attempt SET state = $2, item_id = $3, said = $4, ended_at = now()
WHERE id = $1 AND state IN ('intended', 'unknown')
"""


async def observe(it: Run) -> None:
    """What the marketplace shows now."""
    seen = await it.port.observe(it.shop, [it.row["item_id"]])
    async with work(SYSTEM):
        if not seen:
            await run(_MISSING, [it.id, it.fence])
        for one in seen[:1]:
            await run(
                _OBSERVED,
                [
                    *(it.id, it.fence, str(one.state), one.price_vnd, one.stock, one.reserved),
                    *(one.reason[:300], one.url[:300]),
                ],
            )
    it.fresh = True


async def look_up(it: Run) -> None:
    """A create is open: take the item that carries our SKU, or prove that none was made."""
    found = await it.port.find_by_sku(it.shop, it.row["sku"])
    async with work(SYSTEM):
        if found is not None:
            await run(_END, [it.row["attempt_id"], "done", found, "looked up"])
            name, mark = it.row["title"] or it.row["name"], pictures_mark(it.row["picture_keys"])
            await run(_FOUND, [it.id, it.fence, found, name, mark])
            return
        if may_create_again(it.row["attempted_at"], await database_now()):
            await run(_END, [it.row["attempt_id"], "refused", "", "not there"])
            return
    raise ChannelError(
        Handling.WAIT,
        "channel.not_found_yet",
        NOT_FOUND_YET,
        who="marketplace",
        retry_after_s=LOOK_AGAIN_S,
    )


async def create(it: Run) -> None:
    """Pre-flight, picture, intent, then the one call that must never be repeated blindly."""
    row, stock = it.row, stock_to_show(it.here)
    if stock is None:
        return
    needs = await it.port.needs(it.shop, row["category_id"])
    goods = offered(row, title=row["title"], weight_g=row["weight_g"])
    for lack in lacking(goods, needs)[:1]:
        raise ChannelError(
            Handling.FIX_DATA, lack.code, lack.message, who="you", params=lack.params
        )
    keys = row["picture_keys"][: needs.pictures_max]
    picture_ids = [await _picture(it, key) for key in keys]
    attempt_id = await _intend(it)
    if attempt_id is None:
        return  # another run has begun it: the next look at the row says so
    try:
        item_id = await it.port.create(
            it.shop,
            ChannelItem(
                sku=row["sku"],
                name=row["title"] or row["name"],
                description=row["description"],
                category_id=row["category_id"],
                price_vnd=row["price_vnd"],
                stock=min(stock, needs.stock_max),
                weight_g=row["weight_g"],
                picture_ids=picture_ids,
                gtin=row["gtin"],
            ),
        )
    except ChannelError as refused:
        await _not_made(attempt_id, refused)
        raise
    async with work(SYSTEM):
        await run(_END, [attempt_id, "done", item_id, ""])
        await run(
            _MADE,
            [
                *(it.id, it.fence, item_id, row["title"] or row["name"]),
                *(pictures_mark(row["picture_keys"]), min(stock, needs.stock_max)),
            ],
        )


async def _intend(it: Run) -> UUID | None:
    attempt_id = new_id()
    async with work(SYSTEM):
        first = await insert_once(
            "channel_attempt",
            {
                "id": attempt_id,
                "channel_listing_id": it.id,
                "producer_id": it.row["producer_id"],
                "verb": "create",
                "state": str(AttemptState.INTENDED),
            },
        )
    return attempt_id if first else None


# After these nothing was made; anything else may have been.
_REFUSED: Final = frozenset(
    {
        *(Handling.FIX_DATA, Handling.PARK, Handling.LOCKED, Handling.WAIT, Handling.RETRY),
        *(Handling.REAUTH, Handling.REFRESH, Handling.GONE),
    }
)


async def _not_made(attempt_id: UUID, refused: ChannelError) -> None:
    said = f"{refused.code} {refused.vendor_code}"[:200]
    async with work(SYSTEM):
        if refused.handling in _REFUSED:
            await run(_END, [attempt_id, "refused", "", said])
        else:
            await run(
                "UPDATE channel_attempt SET state = 'unknown', said = $2"
                " WHERE id = $1 AND state = 'intended'",
                [attempt_id, said],
            )


async def _picture(it: Run, key: str) -> str:
    """The marketplace's id of our picture; sent once for each content and shop."""
    connection_id = UUID(it.shop.connection_id)
    async with work(SYSTEM):
        known = await rows(
            "SELECT picture_id FROM channel_picture WHERE connection_id = $1 AND content_hash = $2",
            [connection_id, _hash_of(key)],
        )
    if known:
        return str(known[0]["picture_id"])
    try:
        jpeg = await it.ports.storage.get(key)
    except Problem as unready:
        raise ChannelError(
            Handling.RETRY, "channel.picture_unready", NOT_READY, vendor_text=unready.code
        ) from unready
    picture_id = await it.port.upload_picture(it.shop, jpeg)
    async with work(SYSTEM):
        await insert_once(
            "channel_picture",
            {
                "id": new_id(),
                "connection_id": connection_id,
                "producer_id": it.row["producer_id"],
                "content_hash": _hash_of(key),
                "picture_id": picture_id,
            },
        )
    return picture_id


def _hash_of(key: str) -> str:
    """A rendition's key is named by its content: r/<hash>.jpg."""
    return key.removeprefix("r/").partition(".")[0][:64]


async def price(it: Run) -> None:
    """Our price, absolute."""
    await it.port.set_price(it.shop, it.row["item_id"], it.row["price_vnd"])
    async with work(SYSTEM):
        await run(
            "UPDATE channel_listing SET observed_price_vnd = $3 WHERE id = $1 AND fence = $2",
            [it.id, it.fence, it.row["price_vnd"]],
        )
    it.wrote = True


async def pictures(it: Run) -> None:
    """All photos, in the order in which they are here."""
    needs = await it.port.needs(it.shop, it.row["category_id"])
    keys = it.row["picture_keys"]
    ids = [await _picture(it, key) for key in keys[: needs.pictures_max]]
    await it.port.set_pictures(it.shop, it.row["item_id"], ids)
    async with work(SYSTEM):
        await run(
            "UPDATE channel_listing SET sent_picture = $3 WHERE id = $1 AND fence = $2",
            [it.id, it.fence, pictures_mark(keys)],
        )


async def stock(it: Run) -> None:
    """What is left here, absolute; written down as told before and after, whatever comes back."""
    number = stock_to_send(it.here, it.there)
    if number is None:
        return
    # Should the answer be lost, the next look must not take the new number for a sale.
    async with work(SYSTEM):
        await run(
            "UPDATE channel_listing SET told_stock = NULL WHERE id = $1 AND fence = $2",
            [it.id, it.fence],
        )
    await it.port.set_stock(it.shop, it.row["item_id"], number)
    async with work(SYSTEM):
        await run(
            "UPDATE channel_listing SET told_stock = $3, observed_stock = $3"
            " WHERE id = $1 AND fence = $2",
            [it.id, it.fence, number],
        )
    it.wrote = True


async def show(it: Run) -> None:
    """Visible again."""
    await _listed(it, True)


async def hide(it: Run) -> None:
    """Out of the buyers' sight."""
    await _listed(it, False)


async def _listed(it: Run, listed: bool) -> None:
    await it.port.set_listed(it.shop, it.row["item_id"], listed)
    state = ItemState.LIVE if listed else ItemState.UNLISTED
    async with work(SYSTEM):
        await run(
            "UPDATE channel_listing SET observed_state = $3 WHERE id = $1 AND fence = $2",
            [it.id, it.fence, str(state)],
        )
    it.wrote = True


async def gone(it: Run) -> None:
    """The item is no more: the producer decides whether it is put there again."""
    async with work(SYSTEM):
        await run(_FORGOTTEN, [it.id, it.fence])
    if it.row["wanted"] == "unlisted":
        return
    raise ChannelError(Handling.FIX_DATA, "channel.deleted", GONE, who="you")


async def taken_down(it: Run) -> None:
    """The marketplace has hidden it for a reason of its own."""
    raise ChannelError(
        Handling.FIX_DATA,
        "channel.taken_down",
        TAKEN_DOWN,
        who="you",
        params={"reason": it.row["observed_reason"] or "–"},
    )


async def variants(it: Run) -> None:
    """Goods here have one price and one number."""
    raise ChannelError(Handling.FIX_DATA, "channel.variants", VARIANTS, who="you")


async def locked(it: Run) -> None:
    """All that a campaign allows was sent; the rest waits for its end."""
    raise ChannelError(
        Handling.LOCKED,
        "channel.locked",
        LOCKED,
        who="marketplace",
        params={"reserved": it.row["observed_reserved"]},
    )


async def pull_orders(it: Run) -> None:
    """Hear of what was sold there before a number is sent."""
    await pull(it.ports, UUID(it.shop.connection_id), overlap=NEWEST)
    it.orders_pulled = True
    # What was just heard may have changed both sides.
    it.fresh = False


DO: Final[Mapping[Step, Callable[[Run], Awaitable[None]]]] = {
    Step.LOOK_UP: look_up,
    Step.CREATE: create,
    Step.OBSERVE: observe,
    Step.GONE: gone,
    Step.TAKEN_DOWN: taken_down,
    Step.VARIANTS: variants,
    Step.PULL_ORDERS: pull_orders,
    Step.PRICE: price,
    Step.STOCK: stock,
    Step.PICTURES: pictures,
    Step.LOCKED: locked,
    Step.LIST: show,
    Step.UNLIST: hide,
}
