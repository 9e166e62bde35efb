"""A photo in pieces: begun, two pieces stored and counted, made a photo, prepared."""

from dataclasses import dataclass
from typing import Any

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.faults.killpoints.flows.flow import Flow
from tests.faults.killpoints.world import Hands
from tests.kit.listings import Goods, a_listing
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import pattern, phone_jpeg
from tests.kit.uploads import ADDRESS, PIECE, SPOKEN, id_in, metadata

# As small as that of the photo sent whole.
_FILE = phone_jpeg(pattern(640, 480))
_HALF = len(_FILE) // 2


@dataclass(frozen=True)
class Begun:
    """A listing without a photo, and the number that the phone gave the photo."""

    seller: Seller
    goods: Goods
    client_id: str


async def _draft(hands: Hands) -> Begun:
    seller = await a_seller()
    return Begun(seller, await a_listing(seller), str(new_id()))


async def _send(hands: Hands, begun: Begun) -> None:
    """The phone begins again under the same number and goes on from where the file stands."""
    token = begun.seller.token
    said = metadata(filename="IMG_1.jpg", client_id=begun.client_id)
    headers = {**SPOKEN, "Upload-Length": str(len(_FILE)), "Upload-Metadata": said}
    answer = await hands.post(ADDRESS, token, headers=headers)
    assert answer.status_code == 201, answer.text
    place, stands = answer.headers["location"], int(answer.headers["upload-offset"])
    while stands < len(_FILE):
        piece = _FILE[stands : _HALF if stands < _HALF else None]
        headers = {**PIECE, "Upload-Offset": str(stands)}
        answer = await hands.patch(place, token, headers=headers, content=piece)
        assert answer.status_code == 204, answer.text
        stands = int(answer.headers["upload-offset"])
    answer = await hands.post(
        f"/api/v1/listings/{begun.goods.id}/photos", token, json={"upload_id": id_in(place)}
    )
    assert answer.status_code == 202, answer.text
    await hands.drain()


_UPLOAD = """
SELECT count(*)::int AS uploads, sum(u.received_bytes)::int AS bytes,
  (SELECT count(*)::int FROM upload_chunk c JOIN upload o ON o.id = c.upload_id
   WHERE o.producer_id = $1) AS pieces,
  (SELECT count(*)::int FROM photo p WHERE p.producer_id = $1) AS photos,
  (SELECT min(p.state) FROM photo p WHERE p.producer_id = $1) AS state,
  (SELECT count(*)::int FROM photo p JOIN upload o ON o.used_id = p.id
   WHERE p.producer_id = $1 AND p.original_bytes = o.length_bytes) AS became
FROM upload u WHERE u.producer_id = $1
"""


async def _kept(hands: Hands, begun: Begun) -> dict[str, Any]:
    async with work(SYSTEM):
        return dict((await rows(_UPLOAD, [begun.seller.producer_id]))[0])


UPLOAD = Flow(
    name="photo in pieces",
    about="the phone begins again and goes on from where the file stands",
    prepare=_draft,
    act=_send,
    effects=_kept,
    expected={
        "uploads": 1,
        "bytes": len(_FILE),
        "pieces": 2,
        "photos": 1,
        "state": "ready",
        "became": 1,
    },
)
