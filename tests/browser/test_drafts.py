"""Nothing typed or taken is lost: drafts in the phone, sent by themselves, once."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, Request

from tests.browser.conftest import phone_context
from tests.browser.selling import pomelo_photo
from tests.browser.test_whole_way import upright
from tests.kit.crash import until
from tests.kit.drafts import (
    STRONG,
    WEAK,
    Line,
    a_phone_of,
    bytes_of_photos,
    goods_of,
    kept,
    kill_tab,
    picture,
    some_moment,
    typed,
    until_kept,
)
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import phone_jpeg
from tests.kit.screens import Hand, Watch, shot, vi
from tests.kit.service import Service, eventually

pytestmark = pytest.mark.browser


async def signed_in(page: Page, service: Service) -> Seller:
    seller = await a_seller()
    await page.context.add_cookies(
        [{"name": "ganh", "value": seller.token, "url": service.base_url}]
    )
    return seller


async def arrived(seller: Seller, *, photos: int = 1) -> dict[str, object]:
    """The one listing, once its photos are there."""

    async def there() -> bool:
        return [one["photos"] for one in await goods_of(seller)] == [photos]

    await until(there, within_s=60, what="the goods with their photo")
    return (await goods_of(seller))[0]


async def test_typed_words_go_by_themselves(service: Service, phone: Page) -> None:
    watch, seller = Watch(service.base_url).over(phone.context), await signed_in(phone, service)
    hand = Hand(phone)
    await hand.open("/producer/goods/new", service.base_url)
    await hand.type("name", "Cu đơ gừng")
    await hand.type("price", "50.000")
    await phone.wait_for_url("**/producer/goods/*-*")
    await phone.locator("[data-carry]:not(.wait)").wait_for()
    goods = await goods_of(seller)
    assert [(one["name"], one["price_vnd"], one["state"]) for one in goods] == [
        ("Cu đơ gừng", 50_000, "draft")
    ]
    assert (await kept(phone))["drafts"] == []
    watch.assert_quiet()


async def test_half_a_price_waits_until_it_is_left(service: Service, phone: Page) -> None:
    watch, seller = Watch(service.base_url).over(phone.context), await signed_in(phone, service)
    hand, sent = Hand(phone), list[tuple[object, ...]]()

    def on_request(request: Request) -> None:
        if "/api/v1/listings" in request.url and (body := request.post_data_json):
            sent.append((request.method, body.get("name"), body.get("price")))

    phone.on("request", on_request)
    await hand.open("/producer/goods/new", service.base_url)
    await hand.type("name", "Cu đơ gừng")
    await hand.type("price", "5")
    await phone.wait_for_url("**/producer/goods/*-*")
    await phone.locator('[name="price"]').press_sequentially("0k")
    await phone.locator('[name="price"]').blur()
    await phone.locator("[data-carry]:not(.wait)").wait_for()
    assert sent == [("POST", "Cu đơ gừng", None), ("PATCH", None, "50k")]
    assert [one["price_vnd"] for one in await goods_of(seller)] == [50_000]
    watch.assert_quiet()


async def test_killed_tab_loses_nothing_typed_offline(service: Service, phone: Page) -> None:
    seller, hand = await signed_in(phone, service), Hand(phone)
    await hand.open("/producer/goods/new", service.base_url)
    line = await Line.of(phone)
    await line.cut()
    await hand.type("name", "Mật ong rừng")
    await hand.type("price", "300k")
    await phone.locator('[name="photo"]').set_input_files(picture(pomelo_photo()))
    await until_kept(phone, lambda it: it["photos"] == 1 and typed(it, "price", "300k"))
    await hand.sees("No line. Kept in this phone, sent by itself later.")
    await shot(phone, "drafts-1-offline")
    fresh = await kill_tab(phone)
    await fresh.goto(f"{service.base_url}/producer/goods/new")

    async def back() -> bool:
        fields = [fresh.locator(f'[name="{name}"]') for name in ("name", "price")]
        return [await one.input_value() for one in fields] == ["Mật ong rừng", "300k"]

    await until(back, what="what was typed before")
    await shot(fresh, "drafts-2-back")
    goods = await arrived(seller)
    assert (goods["name"], goods["price_vnd"]) == ("Mật ong rừng", 300_000)
    await until_kept(fresh, lambda it: it == {"drafts": [], "photos": 0})


async def test_first_page_sends_what_the_phone_kept(service: Service, phone: Page) -> None:
    seller, hand = await signed_in(phone, service), Hand(phone)
    await hand.open("/producer/goods/new", service.base_url)
    line = await Line.of(phone)
    await line.cut()
    await hand.type("name", "Chè xanh Hương Khê")
    await hand.type("price", "20k")
    await phone.locator('[name="photo"]').set_input_files(picture(pomelo_photo()))
    await until_kept(phone, lambda it: it["photos"] == 1 and typed(it, "price", "20k"))
    await hand.tap(phone.get_by_role("button", name=vi("Send for review"), exact=True))
    await until_kept(phone, lambda it: typed(it, "intent", "submit"))
    fresh = await kill_tab(phone)
    await fresh.goto(f"{service.base_url}/producer/goods")
    await Hand(fresh).sees("Sent. Programme staff will look at it.")
    await shot(fresh, "drafts-3-first-page")
    assert (await arrived(seller))["state"] == "in_review"


async def test_cut_in_mid_upload_sends_at_most_one_piece_again(
    service: Service, phone: Page
) -> None:
    seller, hand = await signed_in(phone, service), Hand(phone)
    await hand.open("/producer/goods/new", service.base_url)
    line = await Line.of(phone)
    await line.become(WEAK)
    offsets: list[int] = []

    def on_request(request: Request) -> None:
        if request.method == "PATCH" and "/uploads/" in request.url:
            offsets.append(int(request.headers["upload-offset"]))

    phone.on("request", on_request)
    await hand.type("name", "cu do gung")
    await phone.locator('[name="photo"]').set_input_files(picture(grainy_photo()))
    await eventually(lambda: len(offsets) >= 2, what="the second piece")
    await line.cut_for(4)
    await line.become(STRONG)
    await arrived(seller)
    [size_bytes] = await bytes_of_photos(seller)
    assert offsets == sorted(offsets) and len(set(offsets)) > 2
    assert max(offsets) < size_bytes <= 600 * 1024
    assert len(offsets) - len(set(offsets)) <= 1


def grainy_photo() -> bytes:
    """Fine grain that JPEG cannot make small: several pieces."""
    return phone_jpeg(Image.effect_noise((1600, 1200), 60).convert("RGB"))


async def test_list_a_portrait_picture_through_kills_cuts_and_a_restart(
    service: Service, chromium: Browser, tmp_path: Path
) -> None:
    seller = await a_seller()
    async with a_phone_of(chromium, tmp_path / "phone", seller, service) as context:
        page = await context.new_page()
        line = await Line.of(page)
        await line.become(WEAK)
        hand = Hand(page)
        await hand.open("/producer/goods/new", service.base_url)
        await hand.type("name", "cu do gung")
        await hand.type("price", "50.000")
        await page.locator('[name="photo"]').set_input_files(picture(pomelo_photo()))
        await until_kept(page, lambda it: it["photos"] == 1)
        page = await kill_tab(page)
        line = await Line.of(page)
        await line.become(WEAK)
        await page.goto(f"{service.base_url}/producer/goods")
        async with page.expect_request(lambda it: it.method == "PATCH"):
            pass
        await line.cut_for(4)
    async with a_phone_of(chromium, tmp_path / "phone", seller, service) as context:
        page = await context.new_page()
        await page.goto(f"{service.base_url}/producer/goods")
        goods = await arrived(seller)
        await page.goto(f"{service.base_url}/producer/goods/{goods['id']}")
        assert await upright(page)
        await shot(page, "drafts-4-arrived")
    assert goods["name"] == "cu do gung"
    assert goods["template_code"] == "cu-do"
    assert (goods["weight_g"], goods["category_code"]) == (300, "sweets")
    assert "mật mía" in str(goods["description"])


async def test_the_form_opens_without_a_line(service: Service, phone: Page) -> None:
    seller, hand = await signed_in(phone, service), Hand(phone)
    await hand.open("/producer/goods/new", service.base_url)
    await hand.type("name", "Lạc rang")
    await phone.wait_for_url("**/producer/goods/*-*")

    async def shelved() -> bool:
        return bool(await phone.evaluate("caches.match('/producer/goods/new').then(Boolean)"))

    await until(shelved, what="the page on the shelf")
    await phone.context.set_offline(True)
    await phone.goto(f"{service.base_url}/producer/goods/new")
    await hand.type("name", "Bánh gai")
    await until_kept(phone, lambda it: typed(it, "name", "Bánh gai"))
    await hand.sees("No line. Kept in this phone, sent by itself later.")
    await phone.context.set_offline(False)

    async def both() -> bool:
        return [one["name"] for one in await goods_of(seller)] == ["Lạc rang", "Bánh gai"]

    await until(both, what="both goods")


async def test_two_phones_edit_one_draft_offline(service: Service, chromium: Browser) -> None:
    seller = await a_seller()
    pages = []
    for _ in range(2):
        context = await phone_context(chromium)
        cookie = {"name": "ganh", "value": seller.token, "url": service.base_url}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        pages.append(await context.new_page())
    first, second = Hand(pages[0]), Hand(pages[1])
    await first.open("/producer/goods/new", service.base_url)
    await first.type("name", "Mật ong")
    await pages[0].wait_for_url("**/producer/goods/*-*")
    place = pages[0].url.removeprefix(service.base_url)
    await second.open(place, service.base_url)
    lines = [await Line.of(page) for page in pages]
    for line in lines:
        await line.cut()
    await first.type("name", "Mật ong rừng")
    await first.type("price", "300k")
    await second.type("name", "Mật ong hoa nhãn")
    await second.tap(pages[1].locator("summary", has_text="Thêm"))
    await second.type("unit", "chai")
    for page in pages:
        await until_kept(page, lambda it: len(it["drafts"]) == 1)
    await lines[0].back()
    await pages[0].locator("[data-carry]:not(.wait)").wait_for()
    await lines[1].back()
    await second.sees("Saved, but one field needs a look.")
    await second.go(pages[1].locator("[data-carry] a"))
    await shot(pages[1], "drafts-5-question")
    [goods] = await goods_of(seller)
    assert (goods["name"], goods["price_vnd"]) == ("Mật ong rừng", 300_000)
    buttons = pages[1].locator('[name="answer"]')
    assert await buttons.count() == 2
    await second.go(buttons.filter(has_text="Mật ong hoa nhãn"))
    [goods] = await goods_of(seller)
    assert (goods["name"], goods["price_vnd"]) == ("Mật ong hoa nhãn", 300_000)
    for page in pages:
        await page.context.close()


async def test_signing_out_takes_the_drafts_along(service: Service, phone: Page) -> None:
    await signed_in(phone, service)
    hand = Hand(phone)
    await hand.open("/producer/goods/new", service.base_url)
    line = await Line.of(phone)
    await line.cut()
    await hand.type("name", "Bánh gai")
    await until_kept(phone, lambda it: typed(it, "name", "Bánh gai"))
    await line.back()
    fresh = await kill_tab(phone)
    other = await Line.of(fresh)
    await fresh.goto(f"{service.base_url}/who")
    await other.cut()
    asked: list[str] = []

    async def on_dialog(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]
        await dialog.accept()  # type: ignore[attr-defined]

    await other.back()
    fresh.on("dialog", on_dialog)
    await Hand(fresh).press("Sign out")
    assert asked == [
        vi(
            "{n} drafts in this phone have not been sent. They are lost by signing out."
            " Sign out all the same?",
            n=1,
        )
    ]
    assert await kept(fresh) == {"drafts": [], "photos": 0}


@pytest.mark.parametrize("seed", range(10))
async def test_random_kills_and_cuts(
    service: Service, chromium: Browser, tmp_path: Path, seed: int
) -> None:
    await one_history(service, chromium, tmp_path, seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 300))
async def test_many_random_kills_and_cuts(
    service: Service, chromium: Browser, tmp_path: Path, seed: int
) -> None:
    await one_history(service, chromium, tmp_path, seed)


Fits = Callable[[dict[str, Any]], bool]


async def safe(page: Page, seller: Seller, here: Fits, there: Fits) -> None:
    """Wait until it is in the phone, or has arrived already."""

    async def look() -> bool:
        return here(await kept(page)) or any(there(one) for one in await goods_of(seller))

    await until(look, what="what was typed or taken, in the phone or at the server")


async def one_history(service: Service, chromium: Browser, folder: Path, seed: int) -> None:
    """Type, take a photo, and be hit three times at random moments; all arrives, once."""
    chance, seller = random.Random(seed), await a_seller()
    name, price = f"Kẹo lạc mẻ {seed}", 10_000 + seed * 1000
    steps = ["name", "price", "photo", *chance.choices(["kill", "cut", "restart"], k=3)]
    first = steps[:3]
    chance.shuffle(first)
    steps = [*first, *steps[3:]]
    chance.shuffle(steps)
    browser = a_phone_of(chromium, folder / "phone", seller, service)
    context = await browser.__aenter__()
    page = await context.new_page()
    await page.goto(f"{service.base_url}/producer/goods/new")
    for step in steps:
        line = await Line.of(page)
        if step == "name":
            await page.locator('[name="name"]').fill(name)
            await safe(
                page, seller, lambda it: typed(it, "name", name), lambda one: one["name"] == name
            )
        elif step == "price":
            await page.locator('[name="price"]').fill(str(price))
            await safe(
                page,
                seller,
                lambda it: typed(it, "price", str(price)),
                lambda one: one["price_vnd"] == price,
            )
        elif step == "photo":
            await page.locator('[name="photo"]').set_input_files(picture(pomelo_photo()))
            await safe(page, seller, lambda it: it["photos"] == 1, lambda one: one["photos"] == 1)
        elif step == "cut":
            await line.cut_at_some_moment(chance)
        elif step == "kill":
            await some_moment(chance)
            page = await kill_tab(page)
        else:
            await some_moment(chance)
            await browser.__aexit__(None, None, None)
            browser = a_phone_of(chromium, folder / "phone", seller, service)
            context = await browser.__aenter__()
            page = await context.new_page()
        if step in ("kill", "restart"):
            known = await goods_of(seller)
            place = f"/producer/goods/{known[0]['id'] if known else 'new'}"
            await page.goto(service.base_url + place)
    await page.goto(service.base_url + "/producer/goods")
    goods = await arrived(seller)
    await until_kept(page, lambda it: it == {"drafts": [], "photos": 0})
    await browser.__aexit__(None, None, None)
    goods = (await goods_of(seller))[0]
    assert (goods["name"], goods["price_vnd"], goods["photos"]) == (name, price, 1)
