"""What a marketplace says of a shop's agreement by itself reaches the people who can renew it."""

from typing import Any
from uuid import UUID

from integrations.channels.shopee.signing import PUSH_HEADER, sign_push
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.settlement.rules import CHANNEL_REAUTH
from tests.kit.channels import Elsewhere
from tests.kit.people import a_seller
from tests.kit.shopee import PUSH_KEY


async def _shop_id(connection_id: UUID) -> int:
    async with work(SYSTEM):
        found = await rows("SELECT shop_id FROM channel_connection WHERE id = $1", [connection_id])
    return int(found[0]["shop_id"])


async def _asked(connection_id: UUID) -> list[dict[str, Any]]:
    async with work(SYSTEM):
        return await rows(
            "SELECT kind, details->>'code' AS code, producer_id FROM follow_up"
            " WHERE subject_id = $1 AND closed_at IS NULL",
            [connection_id],
        )


async def test_an_agreement_that_ends_soon_is_somebodys_work(there: Elsewhere) -> None:
    seller = await a_seller()
    connection_id = await there.connect(seller)
    for _ in range(2):  # said every day until it ends
        await there.market.control(f"shops/{await _shop_id(connection_id)}", warn=True)
        await there.drain()
    assert await _asked(connection_id) == [
        {
            "kind": CHANNEL_REAUTH,
            "code": "channel.authorisation_ends",
            "producer_id": seller.producer_id,
        }
    ]
    async with work(SYSTEM):
        state = await rows("SELECT state FROM channel_connection WHERE id = $1", [connection_id])
    assert state == [{"state": "active"}]


async def test_one_notice_speaks_of_several_shops(there: Elsewhere) -> None:
    made = [await there.connect(await a_seller()) for _ in range(2)]
    spared = await there.connect(await a_seller())
    numbers = [await _shop_id(one) for one in made]
    raw = (
        '{"code":12,"timestamp":1764250000,"data":{"merchant_expire_soon":[],"shop_expire_soon":'
        f'[{numbers[0]},424242,{numbers[1]}],"page_no":1,"total_page":1}}}}'
    ).encode()
    signed = sign_push(PUSH_KEY, raw, url="https://ganh.example/hooks/shopee", signs="url|body")
    async with there.stack.client() as client:
        answer = await client.post("/hooks/shopee", content=raw, headers={PUSH_HEADER: signed})
    assert answer.status_code == 200
    await there.drain()
    for one in made:
        assert [row["kind"] for row in await _asked(one)] == [CHANNEL_REAUTH]
    assert await _asked(spared) == []
