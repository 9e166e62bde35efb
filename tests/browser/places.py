"""Every page of the service, the state it is looked at in, and how one comes there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from playwright.async_api import Page

from market.checkout.rules.cart import COOKIE as CART
from market.checkout.rules.cart import CartLine, write_cart
from market.programme.rules import Step
from market.storefront.rules import cursor_after
from tests.browser.selling import codes_sent, newest_code
from tests.browser.world import World
from tests.kit.people import a_phone

Path = Callable[[World], str]
Steps = Callable[[Page, World], Awaitable[None]]


@dataclass(frozen=True)
class Place:
    """One page in one state: its route, who looks, where, and what is done there first."""

    name: str
    route: str
    path: Path | str
    who: str = ""
    steps: Steps | None = None
    status: int = 200
    cart: tuple[str, ...] = ()

    def address(self, world: World) -> str:
        """The path with its query."""
        return self.path if isinstance(self.path, str) else self.path(world)

    def cookies(self, world: World) -> dict[str, str]:
        """Session and cart of whoever looks."""
        found: dict[str, str] = {}
        if self.who:
            found["ganh"] = getattr(world, self.who).token
        if self.cart:
            lines = [CartLine(world.goods[n].variant_id, 2, 0) for n in self.cart]
            secret = world.stack.settings.secret_key.get_secret_value()
            found[CART] = write_cart(tuple(lines), secret)
        return found


async def send_empty(page: Page, world: World) -> None:
    """The form as it is: every field that is missing is said."""
    async with page.expect_navigation():
        await page.evaluate("for (const f of document.forms) f.noValidate = true")
        await page.locator("form[method=post] .btn.go").first.click()


async def without_giver(page: Page, world: World) -> None:
    """Everything stands there from the last entry; one field is emptied."""
    await page.locator('[name="giver"]').fill("")
    await send_empty(page, world)


async def send_back_nothing(page: Page, world: World) -> None:
    """Sent back without saying what is to be mended."""
    await unfold(page, world)
    async with page.expect_navigation():
        await page.locator('[value="mend"]').click()


async def make_link(page: Page, world: World) -> None:
    """The answer that shows the address, once."""
    await page.locator('[name="name"]').fill("Báo cáo tháng")
    await send_empty(page, world)


async def to_code(page: Page, world: World) -> None:
    """A number was sent."""
    await page.locator('[name="phone"]').fill("0" + a_phone()[3:])
    await send_empty(page, world)


async def to_wrong_code(page: Page, world: World) -> None:
    """A code that nobody was sent."""
    await to_code(page, world)
    await page.locator('[name="code"]').fill("12")
    await send_empty(page, world)


async def to_name(page: Page, world: World) -> None:
    """Somebody new, after the code."""
    await _through_code(page, world, a_phone())


async def to_choice(page: Page, world: World) -> None:
    """Somebody known who lets another person sign in."""
    await _through_code(page, world, world.other.phone)


async def _through_code(page: Page, world: World, phone: str) -> None:
    seen = len(codes_sent(world.stack, phone))
    await page.locator('[name="phone"]').fill("0" + phone[3:])
    await send_empty(page, world)
    await page.locator('[name="code"]').fill(await newest_code(world.stack, phone, seen=seen))
    await send_empty(page, world)


async def find_commune(page: Page, world: World) -> None:
    """Several communes of a name."""
    await page.locator('[name="commune_query"]').press_sequentially("tan")
    await page.locator('[name="commune_code"]').first.wait_for()


async def unfold(page: Page, world: World) -> None:
    """Everything that is folded stands open."""
    await page.evaluate("for (const it of document.querySelectorAll('details')) it.open = true")


async def shorten(page: Page, world: World) -> None:
    """One group and one shape: the others are written by the same lines."""
    await page.evaluate(
        """() => { const groups = [...document.querySelectorAll('main section')]
          groups.slice(1, -1).forEach(it => it.remove())
          const shapes = [...document.querySelectorAll('#shapes > div')]
          shapes.slice(2).forEach(it => it.remove())
          document.querySelector('details').open = true }"""
    )


def goods(name: str, before: str = "/producer/goods/") -> Path:
    """The page of a listing."""
    return lambda world: f"{before}{world.goods[name].id}"


def shared(name: str) -> Path:
    """Pictures of goods to pass on."""
    return lambda world: f"/producer/goods/{world.goods[name].id}/share"


def kinds(query: str = "") -> Path:
    """The page of goods in several kinds."""
    return lambda world: f"/producer/goods/{world.goods['kinds'].id}/variants{query}"


def order(name: str, after: str = "") -> Path:
    """The producer's page of an order."""
    return lambda world: f"/producer/orders/{world.orders[name].part_id}{after}"


def staff_order(name: str) -> Path:
    """Staff's page of an order."""
    return lambda world: f"/staff/order-parts/{world.orders[name].part_id}"


def link(name: str, after: str = "") -> Path:
    """The buyer's page of an order."""
    return lambda world: world.link(name) + after


def product(name: str) -> Path:
    """A page of the shop."""
    return lambda world: f"/p/{world.goods[name].code}-{world.goods[name].slug}"


def shop_of(who: str) -> Path:
    """A producer's page in the shop."""
    return lambda world: world.shops[who]


def way_of(who: str, after: str = "") -> Path:
    """Staff's page of a producer."""
    return lambda world: f"{_PRODUCERS}{getattr(world, who).producer_id}{after}"


def who_sells_again(world: World) -> str:
    """Staff's page of one who has come all the way, with support."""
    [first, *_] = [one for one in world.province if one.stage is Step.SOLD_AGAIN and one.supported]
    return f"{_PRODUCERS}{first.producer_id}"


_PRODUCERS, PRODUCER = "/staff/producers/", "/staff/producers/{producer_id}"


def there(name: str) -> Path:
    """Goods at a marketplace."""
    return lambda world: f"/producer/channels/{world.elsewhere[name]}"


def case(name: str) -> Path:
    """The desk's page of a seller."""
    return lambda world: f"/staff/cases/{world.cases[name]}"


def sheet(name: str) -> Path:
    """The page of a price list."""
    return lambda world: f"/producer/sheets/{world.sheets[name]}"


CASE = "/staff/cases/{case_id}"
SHEET = "/producer/sheets/{sheet_id}"
THERE, CONNECT = "/producer/channels/{channel_listing_id}", "/producer/channels/connect/"
OFFER = "/producer/channels/offer/"
STAFF_PART = "/staff/order-parts/{part_id}"
GOODS, ORDER, LINK = "/producer/goods/{listing_id}", "/producer/orders/{part_id}", "/o/{token}"
IN, S = "/sign-in", "seller"
BOTH = ("live", "other")
LAST = cursor_after(datetime(2000, 1, 1, tzinfo=UTC), UUID(int=0))

PLACES: Final[tuple[Place, ...]] = (
    Place("sign-in", IN, IN),
    Place("sign-in-missing", IN, IN, steps=send_empty, status=400),
    Place("sign-in-other", IN, IN + "?other=1"),
    Place("code", IN, IN, steps=to_code),
    Place("code-wrong", IN, IN, steps=to_wrong_code, status=400),
    Place("name", IN, IN, steps=to_name),
    Place("choice", IN, IN + "?other=1", steps=to_choice),
    Place("who", "/who", "/who", "newcomer"),
    Place("who-missing", "/who", "/who", "newcomer", send_empty, 400),
    Place("who-found", "/who", "/who", "newcomer", find_commune),
    Place("me", "/who", "/who", S),
    Place("me-staff", "/who", "/who", "staff"),
    Place("me-edit", "/who/edit", "/who/edit", S),
    Place("case", "/who/case", "/who/case", S),
    Place("case-new", "/who/case", "/who/case", "fresh"),
    Place("case-mend", "/who/case", "/who/case", "mender"),
    Place("identity", "/who/identity", "/who/identity", "fresh"),
    Place("identity-again", "/who/identity", "/who/identity", "mender"),
    Place("identity-missing", "/who/identity", "/who/identity", "fresh", send_empty, 400),
    Place("account", "/who/account", "/who/account", S),
    Place("account-missing", "/who/account", "/who/account", S, send_empty, 400),
    Place("goods", "/producer/goods", "/producer/goods", S),
    Place("goods-open", "/producer/goods", "/producer/goods", S, unfold),
    Place("goods-none", "/producer/goods", "/producer/goods", "fresh"),
    Place("new", "/producer/goods/new", "/producer/goods/new", S, unfold),
    Place("new-missing", "/producer/goods/new", "/producer/goods/new", S, send_empty, 400),
    Place("draft", GOODS, goods("draft"), S, unfold),
    Place("photo-waits", GOODS, goods("waits"), S),
    Place("goods-live", GOODS, goods("live"), S, unfold),
    Place("goods-asked", GOODS, goods("asked"), S),
    Place("goods-away", GOODS, goods("away"), S),
    Place(
        "history",
        GOODS + "/history",
        lambda world: f"/producer/goods/{world.goods['asked'].id}/history",
        S,
    ),
    Place("away", "/producer/goods/away", "/producer/goods/away", S),
    Place("away-none", "/producer/goods/away", "/producer/goods/away", "fresh"),
    Place("goods-mend", GOODS, goods("mend"), S),
    Place("goods-review", GOODS, goods("review"), S),
    Place("share", GOODS + "/share", shared("live"), S),
    Place("share-long", GOODS + "/share", shared("long"), "other"),
    Place("share-not-yet", GOODS + "/share", shared("paused"), S),
    Place("goods-kinds", GOODS, goods("kinds"), "other"),
    Place("kinds", GOODS + "/variants", kinds(), "other", unfold),
    Place("kinds-missing", GOODS + "/variants", kinds("?values_1=250+g"), "other", status=400),
    Place("sheets", "/producer/sheets", "/producer/sheets", S, unfold),
    Place("sheets-missing", "/producer/sheets", "/producer/sheets", S, send_empty, 400),
    Place("sheet", SHEET, sheet("ready"), S, unfold),
    Place("sheet-strange", SHEET, sheet("strange"), S),
    Place("sheet-refused", SHEET, sheet("refused"), S),
    Place("sheet-done", SHEET, sheet("done"), S),
    Place("orders", "/producer/orders", "/producer/orders", S),
    Place("orders-none", "/producer/orders", "/producer/orders", "fresh"),
    Place("order-awaiting", ORDER, order("awaiting"), S),
    Place("order-short", ORDER, order("short"), S, unfold),
    Place("order-paid", ORDER, order("paid"), S),
    Place("order-card", ORDER, order("card"), S),
    Place("order-card-paid", ORDER, order("card-paid"), S),
    Place("order-placed", ORDER, order("placed"), S),
    Place("order-confirmed", ORDER, order("confirmed"), S, unfold),
    Place("order-sent", ORDER, order("sent"), S),
    Place("order-done", ORDER, order("done"), S),
    Place("order-refused", ORDER, order("refused"), S),
    Place("order-back", ORDER, order("back"), S),
    Place("order-expired", ORDER, order("expired"), S),
    Place("cannot", ORDER + "/cannot", order("placed", "/cannot"), S),
    Place("money", "/producer/money", "/producer/money", S),
    Place("money-none", "/producer/money", "/producer/money", "fresh"),
    Place("help", "/producer/help", "/producer/help", S, unfold),
    Place("review", "/staff/review", "/staff/review", "staff"),
    Place("review-one", "/staff/review/{listing_id}", goods("review", "/staff/review/"), "staff"),
    Place("review-kinds", "/staff/review/{listing_id}", goods("kinds", "/staff/review/"), "staff"),
    Place(
        "review-history",
        "/staff/review/{listing_id}/history",
        lambda world: f"/staff/review/{world.goods['kinds'].id}/history",
        "staff",
    ),
    Place("review-gone", "/staff/review/{listing_id}", goods("live", "/staff/review/"), "staff"),
    Place("cases", "/staff/cases", "/staff/cases", "decider"),
    Place("cases-none", "/staff/cases", "/staff/cases?state=closed", "decider"),
    Place("case-one", CASE, case("waiting"), "decider", unfold),
    Place("case-stopped", CASE, case("stopped"), "decider"),
    Place("case-sent-back", CASE, case("mend"), "decider"),
    Place("case-nothing", CASE, case("waiting"), "decider", send_back_nothing, 400),
    Place("follow-ups", "/staff/follow-ups", "/staff/follow-ups", "staff"),
    Place("card-part", STAFF_PART, staff_order("card-paid"), "finance"),
    Place("qr-part", STAFF_PART, staff_order("paid"), "staff"),
    Place("back-part", STAFF_PART, staff_order("back"), "finance"),
    Place("figures", "/staff/figures", "/staff/figures", "staff"),
    Place(
        "figures-none", "/staff/figures", "/staff/figures?from=2020-01-01&to=2020-01-02", "staff"
    ),
    Place("producers", "/staff/producers", "/staff/producers", "staff"),
    Place("producers-none", "/staff/producers", "/staff/producers?q=xe+may", "staff"),
    Place("producer-way", PRODUCER, way_of("seller"), "staff"),
    Place("producer-sells", PRODUCER, who_sells_again, "staff"),
    Place("support", "/staff/support", "/staff/support", "staff"),
    Place("support-give", PRODUCER + "/support", way_of("other", "/support"), "staff"),
    Place(
        "support-missing",
        PRODUCER + "/support",
        way_of("other", "/support"),
        "staff",
        without_giver,
        400,
    ),
    Place(
        "support-cancel",
        PRODUCER + "/support/{event_id}/cancel",
        lambda world: way_of("seller", f"/support/{world.given}/cancel")(world),
        "staff",
    ),
    Place("sales", "/staff/sales", "/staff/sales", "staff"),
    Place("links", "/staff/links", "/staff/links", "staff"),
    Place("links-made", "/staff/links", "/staff/links", "staff", make_link),
    Place("channels", "/producer/channels", "/producer/channels", S, unfold),
    Place("channels-none", "/producer/channels", "/producer/channels", "fresh"),
    Place("channel-connect", CONNECT + "{channel}", CONNECT + "shopee", S),
    Place("channel-no-shop", OFFER + "{listing_id}", goods("other", OFFER), "other"),
    Place("channel-shown", THERE, there("shown"), S),
    Place("channel-kept", THERE, there("kept"), S),
    Place("channel-mend", THERE, there("mend"), S),
    Place("channel-gone", THERE, there("gone"), S),
    Place("channels-staff", "/staff/channels", "/staff/channels", "staff"),
    Place("shop", "/", "/"),
    Place(
        "shop-end", "/", "/?after=" + cursor_after(datetime(2000, 1, 1, tzinfo=UTC), UUID(int=0))
    ),
    Place("search", "/search", "/search?q=buoi"),
    Place("search-nothing", "/search", "/search?q=xe+may"),
    Place("product-kinds", "/p/{reference}", product("kinds")),
    Place("product", "/p/{reference}", product("live")),
    Place("product-plain", "/p/{reference}", product("other")),
    Place("sold-out", "/p/{reference}", product("sold_out")),
    Place("producer", "/s/{code}", shop_of("seller")),
    Place("producer-none", "/s/{code}", shop_of("fresh")),
    Place("cart", "/cart", "/cart", cart=BOTH),
    Place("cart-empty", "/cart", "/cart"),
    Place("cart-sold-out", "/cart", "/cart", cart=("live", "sold_out", "paused")),
    Place("checkout", "/checkout", "/checkout", cart=BOTH),
    Place("checkout-missing", "/checkout", "/checkout", "", send_empty, 400, BOTH),
    Place("link-card", LINK, link("card"), steps=unfold),
    Place("link-card-paid", LINK, link("card-paid"), steps=unfold),
    Place("link-awaiting", LINK, link("awaiting"), steps=unfold),
    Place("link-short", LINK, link("short")),
    Place("link-paid", LINK, link("paid"), steps=unfold),
    Place("link-placed", LINK, link("placed")),
    Place("link-confirmed", LINK, link("confirmed")),
    Place("link-sent", LINK, link("sent"), steps=unfold),
    Place("link-done", LINK, link("done")),
    Place("link-refused", LINK, link("refused")),
    Place("link-cancelled", LINK, link("cancelled")),
    Place("link-expired", LINK, link("expired")),
    Place("link-code", LINK, link("code")),
    Place("link-code-wrong", LINK, link("code"), steps=send_empty, status=400),
    Place("messages", "/dev/messages", "/dev/messages"),
    Place("bank", "/dev/bank", "/dev/bank"),
    Place("docs", "/docs", "/docs", steps=shorten),
    Place("nothing", "", "/no-such-page", status=404),
    Place("not-mine", "", "/staff/review", "newcomer", status=403),
    Place("link-broken", "", "/o/not-a-link", status=404),
)

# GET routes that answer with something else than a page.
NO_PAGES: Final = {
    "/healthz", "/readyz", "/metrics", "/robots.txt", "/sitemap.xml", "/favicon.ico",  # machines
    "/r/{name}", "/o/{token}/{letter}/qr.png",  # pictures
    "/producer/goods/{listing_id}/share/{shape}.jpg",
    "/producer/photos/{photo_id}/state", "/o/{token}/state",  # polls
    "/places/communes",  # a part of a page, looked at in who-found
    "/producer/sheets/{sheet_id}/state",  # polls
    "/producer/sheets/goods.xlsx", "/producer/sheets/{sheet_id}/marked.xlsx",  # files
    "/producer/sw.js",  # a script
    "/staff/tables/{table}.{form}", "/figures/{token}/{table}.{form}",  # files
    "/o/{token}/card/done",  # leads on to the order's page
    "/language", "/sign-in/who", "/sign-in/again", "/sign-in/code", "/staff",  # lead on to a page
    "/producer/channels/connected/{channel}",  # the same
}  # fmt: skip
