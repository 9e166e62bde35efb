"""What the shop answers: lists, one product, one producer, the map for search engines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.measures import unit_price
from integrations.runtime.clock import local_date, now
from integrations.runtime.pages.pictures import Picture, picture_of
from market.catalog.queries import content_of
from market.catalog.rules.seasons import comes_on, out_of_season
from market.storefront import queries
from market.storefront.rules import (
    OTHERS,
    PAGE_SIZE,
    address_of,
    cursor_after,
    read_code,
    read_cursor,
    read_query,
    words_to_find,
)
from market.storefront.schemas import Axis, Card, GoodsPage, Kind, Maker, MakerPage, Product

SITEMAP_MAX = 20_000
_SOLD: Final = ("min_quantity", "reach", "preorder", "description_en")


async def goods(
    *, query: str = "", cursor: str | None = None, limit: int = PAGE_SIZE, media: str = ""
) -> GoodsPage:
    """Live goods, newest first; with `query` those that have every word of it.

    A query without a single letter or digit finds nothing. Raises `Problem` for a broken cursor.
    """
    after = read_cursor(cursor)
    typed = read_query(query)
    words = words_to_find(typed)
    if typed and words is None:
        return GoodsPage(items=[])
    return _page(await queries.goods(words, after, limit + 1), limit, media)


async def product(*, code: str, media: str = "") -> Product:
    """One live listing by its code. Raises `NotFound` (code `goods.missing`)."""
    known = read_code(code)
    row = await queries.product(known, OTHERS) if known else None
    if row is None:
        raise NotFound(
            "goods.missing", N_("These goods are not on sale here any more. Please look further.")
        )
    pictures = [picture_of(one, alt=row["name"], base=media) for one in row["pictures"]]
    shown = [one for one in pictures if one is not None]
    card = _card(row, media, picture=shown[0] if shown else None)
    return Product(
        **card.model_dump(exclude={"picture", "producer"}),
        producer=card.producer,
        picture=card.picture,
        description=row["description"],
        slug=row["slug"],
        updated_at=row["updated_at"],
        pictures=shown,
        axes=[Axis(**one) for one in row["axes"]],
        kinds=[_kind(one, row["unit"]) for one in row["variants"] or ()],
        weight_g=None if row["variants"] else row["weight_g"],
        shelf_life_days=row["shelf_life_days"],
        storage=row["storage"],
        allergens=row["allergens"].split(),
        age_min=row["age_min"],
        content=None if row["variants"] else content_of(row),
        gtin=None if row["variants"] else row["gtin"],
        comes_on=comes_on(row["season"], local_date(now())),
        **{name: row[name] for name in _SOLD},
        methods=["bank_qr", "cod"] if row["takes_transfer"] else ["cod"],
        others=[_card(one, media) for one in row["others"]],
    )


async def producer(
    *, code: str, cursor: str | None = None, limit: int = PAGE_SIZE, media: str = ""
) -> MakerPage:
    """One producer with goods. Raises `NotFound` (code `producer.unknown`)."""
    known = read_code(code)
    row = await queries.producer(known, read_cursor(cursor), limit + 1) if known else None
    if row is None:
        raise NotFound("producer.unknown", N_("This seller is not on Gánh any more."))
    page = _page(row["goods"], limit, media)
    return MakerPage(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        commune=row["commune_name"],
        province=row["province_name"],
        path=f"/s/{row['code']}",
        about=row["about"],
        since=row["created_at"],
        goods=page.items,
        next_cursor=page.next_cursor,
    )


async def sitemap() -> list[tuple[str, datetime]]:
    """Path and last change of every product page, newest first."""
    return [
        (address_of(row["code"], row["slug"]), row["updated_at"])
        for row in await queries.addresses(SITEMAP_MAX)
    ]


def _page(found: list[dict[str, Any]], limit: int, media: str) -> GoodsPage:
    """One row more than the limit was asked for: it says that there is a next page."""
    items = [_card(row, media) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    cursor = None
    if last is not None:
        cursor = cursor_after(items[-1].live_at, UUID(str(last["id"])))
    return GoodsPage(items=items, next_cursor=cursor)


def _kind(one: Mapping[str, Any], unit: str) -> Kind:
    content = content_of(one)
    per = unit_price(one["price_vnd"], unit=unit, content=content) or (None, None)
    plain = {name: value for name, value in one.items() if not name.startswith("content_")}
    return Kind(**plain, content=content, unit_price_vnd=per[0], unit_price_of=per[1])


def _card(row: Mapping[str, Any], media: str, *, picture: Picture | None = None) -> Card:
    kinds = row["variants"] or (row,)
    there = [one for one in kinds if one["available"] >= row["min_quantity"]] or kinds
    first = min(there, key=lambda one: int(one["price_vnd"]))
    per = unit_price(first["price_vnd"], unit=row["unit"], content=content_of(first))
    return Card(
        code=row["code"],
        name=row["name"],
        path=address_of(row["code"], row["slug"]),
        variant_id=str(first["variant_id"]),
        price_vnd=first["price_vnd"],
        unit=row["unit"],
        available=sum(one["available"] for one in kinds),
        price_is_lowest=len({one["price_vnd"] for one in there}) > 1,
        unit_price_vnd=per[0] if per else None,
        unit_price_of=per[1] if per else None,
        name_en=row["name_en"],
        season=row["season"],
        in_season=not out_of_season(row["season"], local_date(now())),
        producer=Maker(
            code=row["producer_code"],
            name=row["producer_name"],
            kind=row["producer_kind"],
            commune=row["commune_name"],
            province=row["province_name"],
            path=f"/s/{row['producer_code']}",
        ),
        picture=picture or picture_of(row.get("picture"), alt=row["name"], base=media),
        live_at=row["live_at"],
    )
