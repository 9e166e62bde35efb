"""The photo coach's sentences: on the form, in the API, to staff, and at the marketplace's door."""

import html
import io
from typing import Any

import pytest
from PIL import Image, ImageFilter

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.channels import queries as channels
from market.demo.pictures import draw
from market.photos import service as photos
from tests.kit.listings import Goods, a_listing
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.pictures import phone_jpeg
from tests.kit.stack import Stack


def goods_picture() -> Image.Image:
    with Image.open(io.BytesIO(draw("honey", 1))) as opened:
        return opened.convert("RGB")


async def shown(stack: Stack, seller: Seller, listing: Goods, image: Image.Image) -> dict[str, Any]:
    """The photo as the API shows it once it is prepared."""
    path = f"/api/v1/listings/{listing.id}/photos"
    async with stack.client(seller.token) as client:
        files = {"photo": ("a.jpg", phone_jpeg(image))}
        sent = (await client.post(path, files=files)).json()
        await stack.drain()
        seen: dict[str, Any] = (await client.get(f"{path}/{sent['id']}")).json()
    return seen


@pytest.fixture
async def blurred(stack: Stack) -> tuple[Seller, Goods, dict[str, Any]]:
    """Goods with a soft photo."""
    seller = await a_seller()
    listing = await a_listing(seller)
    soft = goods_picture().filter(ImageFilter.GaussianBlur(5))
    return seller, listing, await shown(stack, seller, listing, soft)


async def test_the_form_and_the_api_say_what_to_do_and_the_photo_is_shown(
    stack: Stack, blurred: tuple[Seller, Goods, dict[str, Any]]
) -> None:
    seller, listing, photo = blurred
    assert photo["state"] == "ready" and photo["problem"] is None
    assert [one["code"] for one in photo["advice"]] == ["photo.blurred"]
    async with stack.browser(seller.token) as browser:
        page = html.unescape((await browser.get(f"/producer/goods/{listing.id}")).text)
    assert page.count("Ảnh hơi mờ. Mời lau ống kính rồi chụp lại.") == 1
    assert photo["renditions"][0]["url"].rpartition("/")[2].partition(".")[0] in page


async def test_a_page_that_waits_is_told_too(
    stack: Stack, blurred: tuple[Seller, Goods, dict[str, Any]]
) -> None:
    seller, _, photo = blurred
    async with stack.browser(seller.token) as browser:
        answer = await browser.get(f"/producer/photos/{photo['id']}/state")
    assert answer.json()["text"] == "Ảnh hơi mờ. Mời lau ống kính rồi chụp lại."
    assert len(answer.content) <= 300


async def test_staff_see_it_at_review(
    stack: Stack, blurred: tuple[Seller, Goods, dict[str, Any]]
) -> None:
    seller, listing, _ = blurred
    async with stack.client(seller.token) as client:
        await client.post(f"/api/v1/listings/{listing.id}/submit")
    staff = await a_staff()
    async with stack.browser(staff.token) as browser:
        page = html.unescape((await browser.get(f"/staff/review/{listing.id}")).text)
    assert "Ảnh hơi mờ. Mời lau ống kính rồi chụp lại." in page


async def test_the_picture_of_other_goods_is_known_again_until_that_one_is_gone(
    stack: Stack,
) -> None:
    seller = await a_seller()
    first, second = await a_listing(seller), await a_listing(seller)
    original = await shown(stack, seller, first, goods_picture())
    again = await shown(stack, seller, second, goods_picture().resize((1200, 900)))
    assert [one["code"] for one in again["advice"]] == ["photo.twin"]
    other = await a_seller()
    elsewhere = await shown(stack, other, await a_listing(other), goods_picture())
    assert elsewhere["advice"] == []
    async with stack.client(seller.token) as client:
        await client.post(f"/api/v1/listings/{first.id}/photos/{original['id']}/remove")
    seen = await photos.look(seller.viewer, again["id"])
    assert seen["has_twin"] is False


async def test_a_small_photo_is_shown_here_and_refused_for_marketplaces_only(
    stack: Stack,
) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await shown(stack, seller, listing, goods_picture().resize((640, 480)))
    assert photo["state"] == "ready" and photo["marketplace_url"] is None
    assert [one["code"] for one in photo["advice"]] == ["photo.small"]
    async with work(seller.viewer):
        row = await channels.goods(seller.viewer, listing.id)
    assert (row["picture_key"], row["picture_taken"]) == ("", True)


async def test_the_marketplace_is_sent_the_square_one(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await shown(stack, seller, listing, goods_picture())
    async with work(SYSTEM):
        made = await rows(
            "SELECT key, width_px, height_px FROM rendition"
            " WHERE photo_id = $1 AND format = 'master'",
            [photo["id"]],
        )
    async with work(seller.viewer):
        row = await channels.goods(seller.viewer, listing.id)
    assert [(one["width_px"], one["height_px"]) for one in made] == [(1500, 1500)]
    assert row["picture_key"] == made[0]["key"]
    async with stack.client() as anyone:
        answer = await anyone.get(photo["marketplace_url"])
    with Image.open(io.BytesIO(answer.content)) as square:
        assert (square.format, square.size) == ("JPEG", (1500, 1500))
