"""Shops and goods at marketplaces as a person sees them: sentences in the reader's language."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.ports import Ports
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import work
from integrations.runtime.i18n import Language, translate
from market.channels import queries
from market.channels.rules.states import CONNECTION_WORDS, ConnectionState
from market.channels.rules.sync import stock_to_show
from market.channels.rules.words import WHO, mend, told, words_differ
from market.channels.schemas import (
    ChannelsOut,
    ItemOut,
    ShopOut,
    SideOut,
    SilentOut,
    TroubleOut,
    TroublesOut,
)
from market.channels.service.run import here_of
from market.channels.service.tell import title_of


def shop_out(row: dict[str, Any], *, ports: Ports, language: Language) -> ShopOut:
    """A connected shop."""
    words, tint = CONNECTION_WORDS[ConnectionState(row["state"])]
    return ShopOut(
        **{name: row[name] for name in ("id", "channel", "shop_id", "shop_name", "state")},
        title=title_of(ports, row["channel"]),
        state_words=translate(language, words),
        tint=tint,
        last_ok_at=row["last_ok_at"],
        connected_at=row["connected_at"],
    )


_PLAIN = (
    *("id", "connection_id", "listing_id", "name", "unit", "shop_name", "wanted", "state"),
    *("problem_code", "problem_since", "category_id", "category_name", "weight_g", "keep_back"),
    *("item_id", "url", "thumb_key"),
)


def item_out(row: dict[str, Any], *, ports: Ports, language: Language) -> ItemOut:
    """Goods at a marketplace, both sides."""
    said, way = told(row), mend(row)
    return ItemOut(
        **{name: row[name] for name in _PLAIN},
        title=title_of(ports, row["channel"]),
        chip=translate(language, said.chip),
        tint=said.tint,
        sentence=translate(language, said.sentence, **said.params),
        who=said.who,
        who_words=translate(language, WHO[said.who]) if said.who else "",
        vendor_words=row["problem_vendor"],
        next_try_at=row["due_at"] if row["state"] == "due" else None,
        title_there=row["title"],
        ours=SideOut(
            price_vnd=row["price_vnd"],
            stock=stock_to_show(here_of(row)),
            state=row["listing_state"],
        ),
        theirs=SideOut(
            price_vnd=row["observed_price_vnd"],
            stock=row["observed_stock"],
            state=row["observed_state"],
            at=row["observed_at"],
        ),
        words_differ=words_differ(row),
        mend_words=translate(language, way[0]) if way else "",
        mend_url=way[1] if way else "",
    )


async def everything(
    viewer: Viewer,
    *,
    ports: Ports,
    language: Language,
    before: UUID | None = None,
    limit: int = 50,
) -> ChannelsOut:
    """A producer's shops and goods there. Two statements."""
    async with work(viewer):
        shops = await queries.connections(viewer)
        found = await queries.listings(viewer, before=before, limit=limit + 1)
    return ChannelsOut(
        shops=[shop_out(row, ports=ports, language=language) for row in shops],
        items=[item_out(row, ports=ports, language=language) for row in found[:limit]],
        next_cursor=found[limit - 1]["id"] if len(found) > limit else None,
    )


async def one_shop(
    viewer: Viewer, *, ports: Ports, language: Language, connection_id: UUID
) -> ShopOut:
    """One shop. Raises `NotFound`."""
    async with work(viewer):
        row = await queries.connection(viewer, connection_id)
    return shop_out(row, ports=ports, language=language)


async def one_item(
    viewer: Viewer, *, ports: Ports, language: Language, channel_listing_id: UUID
) -> ItemOut:
    """Goods at a marketplace, and why they are not there. Raises `NotFound`."""
    async with work(viewer):
        row = await queries.listing(viewer, channel_listing_id)
    return item_out(row, ports=ports, language=language)


async def to_offer(viewer: Viewer) -> list[dict[str, Any]]:
    """Live goods with the shops where they are not offered yet."""
    async with work(viewer):
        return await queries.not_offered(viewer)


@dataclass(frozen=True, slots=True)
class OfferForm:
    """Goods, the active shops, the one they are for, and how they are offered there or elsewhere.

    `known`: their offer in `shop`. `like`: the same or, while they are not there yet, the newest
    one in another shop of the same marketplace, from which much can be taken over.
    """

    goods: dict[str, Any]
    shops: list[dict[str, Any]]
    shop: dict[str, Any] | None
    known: dict[str, Any] | None
    like: dict[str, Any] | None


async def offer_form(viewer: Viewer, *, listing_id: UUID, shop_id: UUID | None) -> OfferForm:
    """What the form begins with; `shop_id` (a connection) if somebody chose one.

    Raises `NotFound`.
    """
    async with work(viewer):
        goods = await queries.goods(viewer, listing_id)
        shops = [row for row in await queries.connections(viewer) if row["state"] == "active"]
        offers = await queries.offers_of(viewer, goods["variant_id"])
    there = {row["connection_id"]: row for row in offers}
    chosen = [row for row in shops if row["id"] == shop_id]
    offered = [row for row in shops if row["id"] in there]
    shop = next(iter((*chosen, *offered, *shops)), None)
    if shop is None:
        return OfferForm(goods, shops, None, None, None)
    known = there.get(shop["id"])
    like = known or next((row for row in offers if row["channel"] == shop["channel"]), None)
    return OfferForm(goods, shops, shop, known, like)


async def troubles(
    viewer: Viewer,
    *,
    ports: Ports,
    language: Language,
    after: UUID | None = None,
    limit: int = 50,
) -> TroublesOut:
    """What stands still at marketplaces, within the staff's province. Two statements."""
    async with work(viewer):
        found = await queries.problems(viewer, after=after, limit=limit + 1)
        shops = [] if after else await queries.silent_shops(viewer)
    return TroublesOut(
        shops=[_silent(row, ports, language) for row in shops],
        items=[_trouble(row, ports, language) for row in found[:limit]],
        next_cursor=found[limit - 1]["id"] if len(found) > limit else None,
    )


def _silent(row: dict[str, Any], ports: Ports, language: Language) -> SilentOut:
    words, _ = CONNECTION_WORDS[ConnectionState(row["state"])]
    return SilentOut(
        **{
            name: row[name]
            for name in ("id", "shop_name", "producer_name", "producer_phone", "commune_name")
        },
        title=title_of(ports, row["channel"]),
        state_words=translate(language, words),
        since=row["problem_at"],
    )


def _trouble(row: dict[str, Any], ports: Ports, language: Language) -> TroubleOut:
    return TroubleOut(
        **{
            name: row[name]
            for name in (
                *("id", "name", "shop_name", "producer_name", "producer_phone"),
                "commune_name",
            )
        },
        title=title_of(ports, row["channel"]),
        sentence=translate(language, row["problem_message"], **row["problem_params"]),
        who_words=translate(language, WHO[row["problem_who"]]) if row["problem_who"] else "",
        code=row["problem_code"],
        vendor_words=row["problem_vendor"],
        since=row["problem_since"],
        next_try_at=row["due_at"] if row["state"] == "due" else None,
    )
