"""Goods are found by the name and place that their seller has today."""

import asyncio
from uuid import UUID

from integrations.contracts.ids import short_code
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from market.listing.service import goods
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.people import COMMUNE, Seller, a_seller
from tests.kit.stack import Stack
from tests.kit.statements import statements

HANOI = "00004"  # Phường Ba Đình


async def change(stack: Stack, seller: Seller, **change: str) -> None:
    async with stack.client(seller.token) as client:
        answer = await client.patch("/api/v1/producers/me", json=change)
    assert answer.status_code == 200, answer.text


async def found(stack: Stack, words: str) -> list[str]:
    async with stack.client() as anyone:
        answer = await anyone.get("/api/v1/shop/listings", params={"q": words})
    return [one["name"] for one in answer.json()["items"]]


async def words_of(listing: Goods) -> str:
    async with work(SYSTEM):
        return str(await value("SELECT search_text FROM listing WHERE id = $1", [listing.id]))


async def test_a_renamed_seller_is_found_by_the_new_name_and_not_by_the_old(stack: Stack) -> None:
    old, new = f"Đồi Gió {short_code()}", f"Suối Mây {short_code()}"
    seller, other = await a_seller(name=old), await a_seller(name=f"{old} Hai")
    await a_live_listing(seller, name="Bưởi")
    await a_live_listing(seller, name="Ổi")
    await a_live_listing(other, name="Mít")
    assert sorted(await found(stack, old)) == ["Bưởi", "Mít", "Ổi"]
    await change(stack, seller, name=new)
    await stack.drain()
    assert await found(stack, new) == ["Ổi", "Bưởi"]
    assert await found(stack, new.replace("Suối Mây", "suoi may")) == ["Ổi", "Bưởi"]
    assert await found(stack, f"bưởi {new}") == ["Bưởi"]
    assert await found(stack, old) == ["Mít"]


async def test_goods_of_a_seller_who_moved_are_found_in_the_new_commune(stack: Stack) -> None:
    name = f"Vườn {short_code()}"
    seller = await a_seller(name=name)
    await a_live_listing(seller, name="Bưởi")
    for code, there, gone in (
        (HANOI, "ba đình", "can lộc"),
        (COMMUNE, "can loc", "ba dinh"),
    ):
        await change(stack, seller, commune_code=code)
        await stack.drain()
        assert await found(stack, f"{name} {there}") == ["Bưởi"]
        assert await found(stack, f"{name} {gone}") == []


async def test_goods_that_are_not_in_the_shop_yet_get_the_new_name_too(stack: Stack) -> None:
    seller = await a_seller()
    draft = await a_listing(seller, name="Mật ong", description="Hoa nhãn")
    await change(stack, seller, name="Trại ong Núi Hồng")
    await stack.drain()
    assert await words_of(draft) == "mat ong trai ong nui hong xa can loc hoa nhan"


async def test_words_about_a_seller_change_nothing_of_the_goods(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_live_listing(seller)
    await goods.rename_maker(seller.producer_id)
    async with work(SYSTEM):
        before = await rows("SELECT * FROM listing WHERE id = $1", [listing.id])
    await change(stack, seller, about="Ba đời trồng bưởi.")
    with statements() as sent:
        await goods.rename_maker(seller.producer_id)
    assert len(sent) == 1 and not sent[0].startswith("UPDATE")
    await stack.drain()
    async with work(SYSTEM):
        assert await rows("SELECT * FROM listing WHERE id = $1", [listing.id]) == before


async def test_many_goods_are_written_some_at_a_time_and_by_two_at_once(stack: Stack) -> None:
    seller = await a_seller(name="Nhà Cũ")
    made = [await a_listing(seller, name=f"Ổi {number}") for number in range(5)]
    async with work(SYSTEM):
        await rows(
            "UPDATE producer SET name = 'Nhà Mới' WHERE id = $1 RETURNING id", [seller.producer_id]
        )
    with statements() as sent:
        await goods.rename_maker(seller.producer_id, at_once=2)
    assert len(sent) == 6  # 2, 2 and 1, each read and written
    await asyncio.gather(
        *(goods.rename_maker(seller.producer_id, at_once=number) for number in (1, 2, 100))
    )
    said = {await words_of(one) for one in made}
    assert said == {f"oi {number} nha moi xa can loc" for number in range(5)}


async def test_a_change_of_the_goods_meanwhile_is_not_lost(stack: Stack) -> None:
    seller = await a_seller(name="Nhà Cũ")
    made = [await a_live_listing(seller, name=f"Bưởi {number}") for number in range(8)]
    ids: list[UUID] = [one.id for one in made]

    async def edit(listing_id: UUID) -> None:
        async with stack.client(seller.token) as client:
            await client.patch(f"/api/v1/listings/{listing_id}", json={"name": "Cam"})

    await change(stack, seller, name="Nhà Mới")
    await asyncio.gather(
        *(edit(one) for one in ids), *(goods.rename_maker(seller.producer_id) for _ in range(3))
    )
    await stack.drain()
    assert {await words_of(one) for one in made} == {"cam nha moi xa can loc"}
