"""The shop as pages: front page, search, product, producer; and what robots ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from integrations.runtime.i18n import LANGUAGES, language_of
from integrations.runtime.pages.pictures import Picture
from integrations.runtime.settings import Settings
from integrations.runtime.web.kept import Kept
from integrations.runtime.web.state import Pages, TheSettings
from market.catalog.rules import ALLERGEN_WORDS, STORAGE_WORDS
from market.catalog.rules.seasons import said_season
from market.orders.rules import ACT_WITHIN_S, PartState
from market.storefront import service
from market.storefront.rules import address_of, local_path, lower_first, place_of, read_query
from market.storefront.schemas import Product
from sellers.accounts.guards import Anyone
from sellers.accounts.service import speak

router = APIRouter()

_KEEP_S: Final = 5
_YEAR_S: Final = 365 * 86_400
_QUANTITIES: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
_ROBOTS: Final = """User-agent: *
Disallow: /api/
Disallow: /cart
Disallow: /checkout
Disallow: /language
Disallow: /o/
Disallow: /producer
Disallow: /search
Disallow: /sign-in
Disallow: /staff
Sitemap: {base}/sitemap.xml
"""

Words = Annotated[str, Query()]
Cursor = Annotated[str | None, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class _Shop:
    """What every public page needs."""

    request: Request
    pages: Pages
    kept: Kept
    settings: TheSettings

    @property
    def media(self) -> str:
        """What stands before the key of a picture."""
        return self.settings.media_url.rstrip("/")

    def render(self, template: str, context: dict[str, Any]) -> Response:
        """A page that anybody may keep for some seconds."""
        words = {"lower_first": lower_first, "place_of": place_of}
        return self.pages.render(self.request, template, words | context, public_for_s=_KEEP_S)

    async def answer(self, make: Callable[[], Awaitable[Response]], *parts: str | None) -> Response:
        """The kept page of this address and language, or a new one."""
        key = "\n".join((language_of(self.request), *(part or "" for part in parts)))
        return await self.kept.answer(self.request, key, make)


async def _shop(request: Request, pages: Pages, kept: Kept, settings: TheSettings) -> _Shop:
    return _Shop(request, pages, kept, settings)


Shop = Annotated[_Shop, Depends(_shop)]


@router.get("/")
async def front(shop: Shop, after: Cursor = None) -> Response:
    """The newest goods."""

    async def make() -> Response:
        page = await service.goods(cursor=after, media=shop.media)
        context = {
            "page": page,
            "first": after is None,
            "canonical": shop.settings.public_url + "/",
        }
        return shop.render("storefront/shop.html", context)

    return await shop.answer(make, "/", after)


@router.get("/search")
async def search(shop: Shop, q: Words = "", after: Cursor = None) -> Response:
    """Goods with every word that was typed, with or without its marks."""
    query = read_query(q)

    async def make() -> Response:
        page = await service.goods(query=query, cursor=after, media=shop.media)
        back = "/search?" + urlencode({"q": query}) if query else "/search"
        context = {
            "page": page,
            "query": query,
            "again": back,
            "language_url": "/language?back=" + quote(back, safe=""),
        }
        return shop.render("storefront/search.html", context)

    return await shop.answer(make, "/search", query, after)


@router.get("/p/{reference}")
async def product(shop: Shop, reference: str) -> Response:
    """One of the goods; an old or mistyped ending leads to the right address."""

    async def make() -> Response:
        found = await service.product(code=reference, media=shop.media)
        if found.path != f"/p/{reference}":
            return RedirectResponse(found.path, 301)
        context = _product_context(found, shop.settings)
        return shop.render("storefront/product.html", context)

    return await shop.answer(make, "/p", reference)


@router.get("/s/{code}")
async def producer(shop: Shop, code: str, after: Cursor = None) -> Response:
    """Who makes the goods, and all of them."""

    async def make() -> Response:
        found = await service.producer(code=code, cursor=after, media=shop.media)
        if found.path != f"/s/{code}":
            return RedirectResponse(found.path, 301)
        first = found.goods[0].picture if found.goods else None
        context = {
            "maker": found,
            "chat_picture": _chat_picture(first, shop.settings),
            "canonical": shop.settings.public_url + found.path,
        }
        return shop.render("storefront/producer.html", context)

    return await shop.answer(make, "/s", code, after)


@router.get("/language")
async def language(
    request: Request, settings: TheSettings, viewer: Anyone, lang: str = "", back: str = "/"
) -> Response:
    """Remember the language for a year and go back to where the reader was.

    Whoever is signed in gets messages in it from now on, too.
    """
    answer = RedirectResponse(local_path(back), 303, {"Cache-Control": "no-store"})
    if lang in LANGUAGES:
        # A link on somebody else's page may lead here; it does not change a person.
        if viewer.person_id is not None and request.headers.get("sec-fetch-site") != "cross-site":
            await speak(viewer=viewer, language=lang)
        answer.set_cookie(
            "lang",
            lang,
            max_age=_YEAR_S,
            samesite="lax",
            secure=settings.public_url.startswith("https"),
        )
    return answer


@router.get("/robots.txt")
async def robots(settings: TheSettings) -> Response:
    """What search engines may read."""
    text = _ROBOTS.format(base=settings.public_url)
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=3600"})


@router.get("/sitemap.xml")
async def sitemap(shop: Shop) -> Response:
    """The address of every product page."""

    base = escape(shop.settings.public_url)

    async def make() -> Response:
        lines = [
            f"<url><loc>{base}{escape(path)}</loc><lastmod>{changed:%Y-%m-%d}</lastmod></url>"
            for path, changed in await service.sitemap()
        ]
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            f"<url><loc>{base}/</loc></url>{''.join(lines)}</urlset>"
        )
        headers = {"Cache-Control": "public, max-age=300"}
        return Response(body, media_type="application/xml", headers=headers)

    return await shop.answer(make, "/sitemap.xml")


@router.get("/favicon.ico")
async def favicon(pages: Pages) -> Response:
    """Browsers that do not read the page's own icon ask here."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return RedirectResponse(pages.assets.url("icon.svg"), 302, headers)


def _chat_picture(picture: Picture | None, settings: Settings) -> tuple[str, int] | None:
    """Whole address and width of the JPEG that chats show beside a link."""
    if picture is None:
        return None
    url, width_px = picture.jpg_up_to(960)
    return (url if settings.media_url else settings.public_url + url), width_px


def _product_context(found: Product, settings: Settings) -> dict[str, Any]:
    whole = "" if settings.media_url else settings.public_url
    least = found.min_quantity
    choices = [n for n in sorted({least, *_QUANTITIES}) if least <= n <= found.most]
    return {
        "it": found,
        "canonical": settings.public_url + address_of(found.code, found.slug),
        "chat_picture": _chat_picture(found.picture, settings),
        "quantities": choices,
        "season": said_season(found.season),
        "storage_words": STORAGE_WORDS,
        "allergen_words": ALLERGEN_WORDS,
        "answer_within_h": ACT_WITHIN_S[PartState.PLACED] // 3_600,
        "data": _schema_org(found, settings.public_url, whole),
    }


def _availability(found: Product, available: int) -> str:
    """In schema.org's words, of goods or of one kind of them."""
    if not found.orderable(available):
        return "OutOfStock"
    return "PreOrder" if found.by_preorder else "InStock"


def _schema_org(found: Product, base: str, whole: str) -> dict[str, Any]:
    """Product and Offer in schema.org's words."""
    maker = {
        "@type": "Organization",
        "name": found.producer.name,
        "url": base + found.producer.path,
        "address": {
            "@type": "PostalAddress",
            "addressLocality": found.producer.commune,
            "addressRegion": found.producer.province,
            "addressCountry": "VN",
        },
    }
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": found.name,
        "sku": found.code,
        "description": found.description or found.name,
        "manufacturer": maker,
        "offers": _offers(found, base),
    }
    if found.gtin:
        data["gtin"] = found.gtin
    images = [whole + picture.jpg_up_to(960)[0] for picture in found.pictures]
    return data | ({"image": images} if images else {})


def _offers(found: Product, base: str) -> dict[str, Any]:
    """One Offer, or one for each kind with the lowest and the highest price."""

    def offer(price_vnd: int, available: int) -> dict[str, Any]:
        return {
            "@type": "Offer",
            "url": base + found.path,
            "priceCurrency": "VND",
            "price": price_vnd,
            "availability": "https://schema.org/" + _availability(found, available),
            "seller": {"@type": "Organization", "name": found.producer.name},
        }

    if not found.kinds:
        return offer(found.price_vnd, found.available)
    prices = [one.price_vnd for one in found.kinds]
    return {
        "@type": "AggregateOffer",
        "priceCurrency": "VND",
        "lowPrice": min(prices),
        "highPrice": max(prices),
        "offerCount": len(prices),
        "offers": [
            {
                **offer(one.price_vnd, one.available),
                "name": one.label,
                "sku": one.sku,
                **({"gtin": one.gtin} if one.gtin else {}),
            }
            for one in found.kinds
        ],
    }
