"""All photos of goods reach a marketplace in their order, and follow when they change here."""

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.channels.rules.sync import pictures_differ, pictures_mark
from market.listing.service import album
from tests.kit.channels import Elsewhere, Shelf, a_live_honey
from tests.kit.people import Seller, a_seller
from tests.kit.shop import a_picture


def told_apart(number: int) -> bytes:
    """A picture that the stand-in takes, another one for each number."""
    return b"\xff\xd8\xff\xe0" + bytes([number]) * 64


async def with_photos(there: Elsewhere, number: int) -> tuple[Shelf, Seller, list[bytes]]:
    """Goods there with several photos, each with bytes of its own."""
    seller = await a_seller()
    connection_id = await there.connect(seller)
    goods = await a_live_honey(seller)
    for position in range(1, number):
        await a_picture(seller, goods, position=position)
    async with work(SYSTEM):
        found = await rows(
            "SELECT r.key FROM rendition r JOIN photo p ON p.id = r.photo_id"
            " WHERE p.listing_id = $1 AND r.format = 'jpg' AND r.width_px = 1600"
            " ORDER BY p.position",
            [goods.id],
        )
    bodies = [told_apart(at) for at in range(number)]
    for row, body in zip(found, bodies, strict=True):
        await there.stack.ports.storage.put(row["key"], body, content_type="image/jpeg")
    listing_id = await there.offer(seller, goods, connection_id)
    await there.settle()
    return Shelf(there, seller, connection_id, goods, listing_id), seller, bodies


async def shown(shelf: Shelf) -> list[bytes]:
    """The pictures that buyers see there."""
    http = shelf.elsewhere.market.http
    return [(await http.get(f"img/{one}")).content for one in (await shelf.item())["picture_ids"]]


async def test_the_marketplace_has_all_in_order_and_a_new_order_is_sent_on(
    there: Elsewhere,
) -> None:
    shelf, seller, bodies = await with_photos(there, 3)
    assert await shown(shelf) == bodies
    _, photos = await album.look(seller.viewer, shelf.goods.id)
    ids = [one["photo_id"] for one in photos]
    await album.place(seller.viewer, listing_id=shelf.goods.id, photo_id=ids[2], position=0)
    await there.settle()
    assert await shown(shelf) == [bodies[2], bodies[0], bodies[1]]
    await album.remove(seller.viewer, listing_id=shelf.goods.id, photo_id=ids[0])
    await there.settle()
    assert await shown(shelf) == [bodies[2], bodies[1]]
    uploaded = await there.market.items(shelf.sku)
    assert len(uploaded) == 1  # the same item all along


async def test_nothing_is_sent_again_while_the_photos_stay(there: Elsewhere) -> None:
    shelf, seller, _ = await with_photos(there, 2)
    before = (await shelf.item())["picture_ids"]
    _, photos = await album.look(seller.viewer, shelf.goods.id)
    await album.place(
        seller.viewer, listing_id=shelf.goods.id, photo_id=photos[0]["photo_id"], position=0
    )
    await there.settle()
    assert (await shelf.item())["picture_ids"] == before
    assert (await shelf.row())["problem_code"] == ""


def test_pictures_differ_by_what_they_are_and_by_their_order() -> None:
    keys = ["r/a.jpg", "r/b.jpg"]
    mark = pictures_mark(keys)
    assert not pictures_differ(mark, keys)
    assert pictures_differ(mark, keys[::-1]) and pictures_differ(mark, keys[:1])
    assert not pictures_differ("r/a.jpg", keys)  # kept before there were several
    assert pictures_differ("r/b.jpg", keys)
    assert not pictures_differ("", keys) and not pictures_differ(mark, [])
