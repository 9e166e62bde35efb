"""What a producer wants at a marketplace: offer goods, take them down, try again."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from integrations.contracts.channels import ChannelError
from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Ports
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import insert_once, rows, run, work
from integrations.runtime.outbox import emit
from market.channels import queries
from market.channels.rules.ready import TITLE_MAX, Offered, lacking
from market.channels.rules.states import SHOP_CLOSED, ConnectionState, Wanted
from market.channels.service.connect import PATIENCE_S, as_problem, port_of, shop_of, silent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Offer:
    """One form: which goods in which shop, as what, how heavy, how many stay here."""

    listing_id: UUID
    connection_id: UUID
    category_id: str
    weight_g: int
    title: str = ""
    keep_back: int = 0


async def categories(viewer: Viewer, *, ports: Ports, connection_id: UUID) -> dict[str, str]:
    """Categories of a connected shop's marketplace: id to name. Raises `Problem`s."""
    async with work(viewer):
        shop = await queries.connection(viewer, connection_id)
    _must_be_active(shop)
    return await _asked(port_of(ports, shop["channel"]).categories(shop_of(shop)))


async def _asked(question: Awaitable[T]) -> T:
    """The marketplace's answer while a person waits. Raises what it says as a `Problem`."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await question
    except ChannelError as error:
        raise as_problem(error) from error
    except TimeoutError as late:
        raise silent() from late


def _must_be_active(shop: dict[str, Any]) -> None:
    if shop["state"] == ConnectionState.SUSPENDED:
        raise Conflict("channel.shop_closed", SHOP_CLOSED, who="marketplace")
    if shop["state"] != ConnectionState.ACTIVE:
        raise Conflict(
            "channel.needs_reauth",
            N_("The marketplace asks for your agreement again. Please connect the shop once more."),
        )


def offered(goods: dict[str, Any], *, title: str, weight_g: int) -> Offered:
    """What the pre-flight looks at, from a row of `queries.goods` or `queries.listing`."""
    return Offered(
        title=title or goods["name"],
        description=goods["description"],
        price_vnd=goods["price_vnd"],
        available=goods["available"],
        weight_g=weight_g,
        has_picture=bool(goods["picture_key"]),
        picture_taken=goods["picture_taken"],
        reach=goods["reach"],
        season=goods["season"],
        min_quantity=goods["min_quantity"],
        age_min=goods["age_min"],
        live=(goods.get("listing_state") or goods["state"]) == "live" and goods["cleared"],
        several=goods["several"],
    )


async def offer(
    viewer: Viewer, *, ports: Ports, wanted: Offer
) -> tuple[UUID | None, list[Problem]]:
    """Offer goods in a shop; its id, or what is lacking, each with its field.

    Raises `NotFound` for another's goods or shop, what the marketplace says as a `Problem`.
    """
    async with work(viewer):
        shop = await queries.connection(viewer, wanted.connection_id)
        goods = await queries.goods(viewer, wanted.listing_id)
    _must_be_active(shop)
    port = port_of(ports, shop["channel"])
    title = clean_line(wanted.title)[:TITLE_MAX]
    names = await _asked(port.categories(shop_of(shop)))
    if wanted.category_id not in names:
        return None, [
            Problem(
                "channel.category",
                N_("Please choose what kind of goods it is."),
                field="category_id",
            )
        ]
    needs = await _asked(port.needs(shop_of(shop), wanted.category_id))
    if problems := lacking(offered(goods, title=title, weight_g=wanted.weight_g), needs):
        return None, problems
    category_name = names[wanted.category_id][:200]
    async with work(viewer):
        made = await _keep(viewer, goods, wanted, title, category_name)
    return made, []


_CHANGE = """
UPDATE channel_listing SET wanted = 'listed', category_id = $2, category_name = $3, weight_g = $4,
  title = $5, keep_back = $6, state = 'due', due_at = now(), tries = 0, version = version + 1
WHERE id = $1
"""


async def _keep(
    viewer: Viewer, goods: dict[str, Any], wanted: Offer, title: str, category_name: str
) -> UUID:
    await insert_once(
        "channel_listing",
        {
            "id": new_id(),
            "connection_id": wanted.connection_id,
            "variant_id": goods["variant_id"],
            "producer_id": viewer.producer_id,
            "sku": f"GANH-{goods['code']}",
            "wanted": str(Wanted.LISTED),
            "state": "due",
            "problem_params": "{}",
        },
    )
    found = await rows(
        "SELECT id FROM channel_listing WHERE connection_id = $1 AND variant_id = $2",
        [wanted.connection_id, goods["variant_id"]],
    )
    made: UUID = found[0]["id"]
    await run(
        _CHANGE,
        [
            *(made, wanted.category_id, category_name, wanted.weight_g),
            *(title, max(0, wanted.keep_back)),
        ],
    )
    await emit("channel.listing_due", made)
    return made


async def withdraw(viewer: Viewer, *, channel_listing_id: UUID) -> None:
    """Buyers of the marketplace should not see the goods any more. Raises `NotFound`."""
    await _want(viewer, channel_listing_id, Wanted.UNLISTED)


async def try_again(viewer: Viewer, *, channel_listing_id: UUID) -> None:
    """Something was mended, or somebody is impatient: work it now. Raises `NotFound`."""
    await _want(viewer, channel_listing_id, None)


async def _want(viewer: Viewer, channel_listing_id: UUID, wanted: Wanted | None) -> None:
    async with work(viewer):
        await queries.listing(viewer, channel_listing_id)
        await run(
            "UPDATE channel_listing SET wanted = coalesce($2::varchar, wanted), state = 'due',"
            " due_at = now(), tries = 0, version = version + 1 WHERE id = $1",
            [channel_listing_id, wanted and str(wanted)],
        )
        await emit("channel.listing_due", channel_listing_id)


async def put_back(viewer: Viewer, *, channel_listing_id: UUID) -> None:
    """Show the goods at the marketplace again. Raises `NotFound`."""
    await _want(viewer, channel_listing_id, Wanted.LISTED)
