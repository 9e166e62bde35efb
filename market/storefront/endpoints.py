"""The shop as JSON: goods and those who make them, for anyone."""

from typing import Annotated

from fastapi import APIRouter, Query

from integrations.runtime.settings import Settings
from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheSettings
from market.storefront import service
from market.storefront.rules import PAGE_SIZE, QUERY_MAX
from market.storefront.schemas import GoodsPage, MakerPage, Product

router = APIRouter(prefix="/shop", tags=["Shop"])

Words = Annotated[
    str,
    Query(max_length=QUERY_MAX, description="Words to find, with or without diacritics."),
]
Cursor = Annotated[str | None, Query(max_length=60, description="`next_cursor` of a page.")]
PageLimit = Annotated[int, Query(ge=1, le=100)]


def _media(settings: Settings) -> str:
    """Addresses of pictures are whole: the reader is not on our pages."""
    return settings.media_url.rstrip("/") or settings.public_url


@router.get(
    "/listings",
    operation_id="shop_listings_list",
    summary="Goods on sale, newest first",
    responses={400: {"model": ProblemBody}},
)
async def list_goods(
    settings: TheSettings, q: Words = "", cursor: Cursor = None, limit: PageLimit = PAGE_SIZE
) -> GoodsPage:
    """All live goods, or those that hold every word of `q` (prefixes count)."""
    return await service.goods(query=q, cursor=cursor, limit=limit, media=_media(settings))


@router.get(
    "/listings/{code}",
    operation_id="shop_listings_get",
    summary="One of the goods",
    responses={404: {"model": ProblemBody}},
)
async def get_goods(settings: TheSettings, code: str) -> Product:
    """Price, what is left, who made it and where, pictures, how to pay."""
    return await service.product(code=code, media=_media(settings))


@router.get(
    "/producers/{code}",
    operation_id="shop_producers_get",
    summary="One producer with goods",
    responses={400: {"model": ProblemBody}, 404: {"model": ProblemBody}},
)
async def get_producer(
    settings: TheSettings, code: str, cursor: Cursor = None, limit: PageLimit = PAGE_SIZE
) -> MakerPage:
    """Who they are, and what they sell now."""
    return await service.producer(code=code, cursor=cursor, limit=limit, media=_media(settings))
