"""The pictures of one of the producer's goods, drawn when they are asked for and then kept."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import asdict
from pathlib import Path
from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.money import format_vnd
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import translate
from market.catalog.rules import ListingState
from market.listing.queries import Goods
from market.listing.service import goods as listed
from market.share.rules import Card, Shape, card, not_on_sale, prefix

_PROGRAM: Final = Path(__file__).with_name("draw.py")
_DRAW_S: Final = 15
_drawers = asyncio.Semaphore(1)


async def look(viewer: Viewer, listing_id: UUID, *, public_url: str) -> tuple[Goods, Card | None]:
    """The goods, and what their pictures show; no card while buyers do not see them.

    Raises `NotFound` for another's goods.
    """
    goods = await listed.look(viewer, listing_id)
    photo = goods.picture()
    on_sale = goods.state is ListingState.LIVE and goods.cleared
    if not on_sale or goods.price_vnd is None or photo is None:
        return goods, None
    return goods, card(
        name=goods.name,
        price=_price(goods.price_vnd, lowest=goods.from_vnd),
        unit=goods.unit,
        code=goods.code,
        photo_key=photo.jpg[-1][0].removeprefix("/"),
        public_url=public_url,
    )


def _price(amount_vnd: int, *, lowest: bool) -> str:
    """The price in the buyers' language, whichever the seller reads; `lowest`: others cost more."""
    price = format_vnd(amount_vnd)
    return f"{translate('vi', N_('starting at'))} {price}" if lowest else price


async def picture(
    viewer: Viewer, *, storage: Storage, listing_id: UUID, shape: Shape, public_url: str
) -> tuple[Card, bytes]:
    """The picture as a JPEG: the kept one, or a new one that takes the place of older ones.

    Raises `NotFound` for another's goods, `Conflict` (`share.not_on_sale`), and `Unavailable`
    when the storage does not answer.
    """
    _, shown = await look(viewer, listing_id, public_url=public_url)
    if shown is None:
        raise not_on_sale()
    key = shown.key(listing_id, shape)
    try:
        return shown, await storage.get(key)
    except NotFound:
        photo = await storage.get(shown.photo_key)
    async with _drawers:
        body = await _draw(shown, shape, photo)
    older = await storage.list_keys(prefix(listing_id, shape))
    await storage.put(key, body, content_type="image/jpeg")
    for one in older:
        if one != key:
            await storage.delete(one)
    return shown, body


async def _draw(shown: Card, shape: Shape, photo: bytes) -> bytes:
    """Run the drawer; it never outlives this call."""
    orders = {**asdict(shown), "shape": shape, "sides_px": shape.sides_px}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_PROGRAM)), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(_DRAW_S):
            body, _ = await process.communicate(json.dumps(orders).encode() + b"\n" + photo)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not body:
        raise RuntimeError(f"the drawer ended with {process.returncode}")
    return body
