"""A photo: sent, stored, decoded, its pictures put and shown."""

from dataclasses import dataclass
from typing import Any

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.faults.killpoints.flows.flow import Flow
from tests.faults.killpoints.world import Hands
from tests.kit.listings import Goods, a_listing
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import pattern, phone_jpeg

# Small enough for hundreds of runs: five pictures of it, where a large one has eleven.
_FILE = phone_jpeg(pattern(640, 480))


@dataclass(frozen=True)
class Draft:
    """A listing without a photo."""

    seller: Seller
    goods: Goods


async def _draft(hands: Hands) -> Draft:
    seller = await a_seller()
    return Draft(seller, await a_listing(seller))


async def _send(hands: Hands, draft: Draft) -> None:
    """The producer sends the same photo again; the worker prepares it."""
    answer = await hands.post(
        f"/api/v1/listings/{draft.goods.id}/photos",
        draft.seller.token,
        files={"photo": ("IMG_1.jpg", _FILE, "image/jpeg")},
    )
    assert answer.status_code == 202, answer.text
    await hands.drain()


_PHOTO = """
SELECT count(DISTINCT p.id)::int AS photos, min(p.state) AS state, count(r.id)::int AS pictures,
  count(DISTINCT (r.format, r.width_px))::int AS kinds,
  array_agg(DISTINCT p.original_key) || array_agg(DISTINCT r.key) AS keys
FROM photo p LEFT JOIN rendition r ON r.photo_id = p.id WHERE p.listing_id = $1
"""


async def _shown(hands: Hands, draft: Draft) -> dict[str, Any]:
    async with work(SYSTEM):
        found = dict((await rows(_PHOTO, [draft.goods.id]))[0])
    there = 0
    for key in filter(None, found.pop("keys")):
        there += bool(await hands.ports.storage.get(key))
    return found | {"files": there}


PHOTO = Flow(
    name="photo",
    about="the producer sends the photo again",
    prepare=_draft,
    act=_send,
    effects=_shown,
    expected={"photos": 1, "state": "ready", "pictures": 5, "kinds": 5, "files": 6},
)
