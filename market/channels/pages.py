"""The producer's shops at marketplaces, why goods are not there, and staff's list of both."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Problem, Unavailable
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import Language, language_of, translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage, ThePorts, TheSettings
from market.channels.rules.kinds import suggested
from market.channels.rules.ready import read_weight
from market.channels.service import connect, offer, shown, tell
from market.channels.service.offer import Offer
from sellers.accounts.guards import AsProducer, AsStaff, OfDevice

router = APIRouter()

# What was just done, said on the page that follows.
DONE: Final = {
    "connected": N_("Connected. Now choose what is shown there."),
    "ended": N_("Taken away. What stands in that shop stays there and is yours to look after."),
    "offered": N_("Noted. It is being put there."),
    "try-again": N_("It is being tried now."),
    "withdraw": N_("It is being hidden there."),
    "put-back": N_("It is being shown there again."),
}
Verb = Callable[..., Awaitable[None]]
VERBS: Final[dict[str, Verb]] = {
    "try-again": offer.try_again,
    "withdraw": offer.withdraw,
    "put-back": offer.put_back,
}


def _toast(language: Language, done: str) -> str | None:
    return translate(language, DONE[done]) if done in DONE else None


@router.get("/producer/channels")
async def channels(
    *,
    request: Request,
    pages: Pages,
    ports: ThePorts,
    viewer: AsProducer,
    settings: TheSettings,
    language: TheLanguage,
    after: UUID | None = None,
    done: str = "",
) -> Response:
    """Connected shops, what stands there, what could."""
    return await _list(
        request, pages, ports, viewer, media_url=settings.media_url, after=after,
        toast=_toast(language, done),
    )  # fmt: skip


async def _list(
    request: Request,
    pages: Renderer,
    ports: Ports,
    viewer: Viewer,
    *,
    media_url: str,
    after: UUID | None = None,
    toast: str | None = None,
    problem: Problem | None = None,
) -> Response:
    it = await shown.everything(viewer, ports=ports, language=language_of(request), before=after)
    context = {
        "it": it,
        "after": after,
        "could": await shown.to_offer(viewer) if it.shops else [],
        "marketplaces": [(code, port.title) for code, port in ports.channels.items()],
        "media_url": media_url.rstrip("/"),
        "toast": toast,
        "problem": problem,
    }
    return pages.render(request, "channels/list.html", context, problem.status if problem else 200)


@router.get("/producer/channels/connect/{channel}")
async def connect_page(
    *,
    request: Request,
    pages: Pages,
    ports: ThePorts,
    settings: TheSettings,
    viewer: AsProducer,
    device: OfDevice,
    channel: str,
) -> Response:
    """What will happen, and the way to the marketplace's own page."""
    url = connect.consent_url(
        ports=ports, settings=settings, session_id=device.session_id, channel=channel
    )
    context = {"consent": url, "marketplace": connect.port_of(ports, channel).title}
    return pages.render(request, "channels/connect.html", context)


@router.get("/producer/channels/connected/{channel}")
async def connected(
    *,
    request: Request,
    pages: Pages,
    ports: ThePorts,
    settings: TheSettings,
    viewer: AsProducer,
    device: OfDevice,
    channel: str,
    code: Annotated[str, Query(max_length=300)] = "",
    shop_id: Annotated[str, Query(max_length=40)] = "",
    state: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """The seller comes back from the marketplace with its answer."""
    try:
        await connect.connect(
            viewer,
            ports=ports,
            settings=settings,
            session_id=device.session_id,
            channel=channel,
            code=code,
            shop_id=shop_id,
            state=state,
        )
    except Problem as problem:
        return await _list(
            request, pages, ports, viewer, media_url=settings.media_url, problem=problem
        )
    return RedirectResponse("/producer/channels?done=connected", 303)


@router.post("/producer/channels/shops/{connection_id}/disconnect")
async def disconnect(viewer: AsProducer, connection_id: UUID) -> Response:
    """Take a shop away."""
    await connect.disconnect(viewer, connection_id=connection_id)
    return RedirectResponse("/producer/channels?done=ended", 303)


@router.get("/producer/channels/offer/{listing_id}")
async def offer_page(
    *,
    request: Request,
    pages: Pages,
    ports: ThePorts,
    settings: TheSettings,
    viewer: AsProducer,
    listing_id: UUID,
    shop: UUID | None = None,
) -> Response:
    """In which shop (`shop`: a connection), as what kind of goods, how heavy."""
    return await _offer(request, pages, ports, viewer, listing_id, settings.media_url, None, shop)


@router.post("/producer/channels/offer/{listing_id}")
async def offer_goods(
    *,
    request: Request,
    pages: Pages,
    ports: ThePorts,
    settings: TheSettings,
    viewer: AsProducer,
    listing_id: UUID,
    connection_id: Annotated[str, Form(max_length=40)] = "",
    category_id: Annotated[str, Form(max_length=40)] = "",
    weight_g: Annotated[str, Form(max_length=20)] = "",
    title: Annotated[str, Form(max_length=255)] = "",
    keep_back: Annotated[str, Form(max_length=7)] = "0",
) -> Response:
    """The pre-flight, then it is put there by itself."""
    values = {
        "connection_id": connection_id,
        "category_id": category_id,
        "weight_g": weight_g,
        "title": title,
        "keep_back": keep_back,
    }
    shop: UUID | None = None
    try:
        shop = _uuid(connection_id)
        wanted = Offer(
            listing_id=listing_id,
            connection_id=shop,
            category_id=category_id,
            weight_g=read_weight(weight_g) or 0,
            title=title,
            keep_back=int(keep_back) if keep_back.isdecimal() else 0,
        )
        made, lacking = await offer.offer(viewer, ports=ports, wanted=wanted)
    except Problem as problem:
        made, lacking = None, [problem]
    if made is None:
        typed = Typed.of(values, *lacking)
        return await _offer(
            request, pages, ports, viewer, listing_id, settings.media_url, typed, shop
        )
    return RedirectResponse(f"/producer/channels/{made}?done=offered", 303)


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Problem(
            "channel.shop", N_("Please choose the shop."), field="connection_id"
        ) from None


async def _offer(  # noqa: PLR0917 - private, read beside its calls
    request: Request,
    pages: Renderer,
    ports: Ports,
    viewer: Viewer,
    listing_id: UUID,
    media_url: str,
    typed: Typed | None,
    shop_id: UUID | None = None,
) -> Response:
    it = await shown.offer_form(viewer, listing_id=listing_id, shop_id=shop_id)
    categories: dict[str, str] = {}
    said = typed.problems if typed else ()
    problem: Problem | None = next((p for p in said if isinstance(p, Unavailable)), None)
    # Silent a moment ago, it is not asked again while a person waits.
    if it.shop and problem is None:
        try:
            categories = await offer.categories(viewer, ports=ports, connection_id=it.shop["id"])
        except Problem as silent:
            problem = silent
    likely = suggested(it.goods["name"], categories, it.goods["category_code"])
    context = {
        "f": typed or _begun(it, likely),
        "goods": it.goods,
        "shops": [
            (str(row["id"]), f"{tell.title_of(ports, row['channel'])} · {row['shop_name']}")
            for row in it.shops
        ],
        "categories": [
            *((one, categories[one]) for one in likely),
            *sorted((one for one in categories.items() if one[0] not in likely),
                    key=lambda one: one[1]),
        ],
        "guessed": bool(likely) and typed is None and not (it.like and it.like["category_id"]),
        "problem": problem,
        "media_url": media_url.rstrip("/"),
        "known": it.known,
    }  # fmt: skip
    wrong = typed is not None or problem is not None
    status = (problem.status if problem else 400) if wrong else 200
    return pages.render(request, "channels/offer.html", context, status)


def _begun(it: shown.OfferForm, likely: list[str]) -> Typed:
    """What is known or can be guessed, before anything was typed."""
    like = it.like or {"category_id": "", "weight_g": 0, "title": "", "keep_back": 0}
    return Typed.of(
        {
            "connection_id": str(it.shop["id"]) if it.shop else "",
            "category_id": like["category_id"] or next(iter(likely), ""),
            "weight_g": str(like["weight_g"] or it.goods["weight_g"] or ""),
            "title": like["title"],
            "keep_back": str(like["keep_back"]),
        }
    )


@router.get("/producer/channels/{channel_listing_id}")
async def why(
    *,
    request: Request,
    pages: Pages,
    ports: ThePorts,
    settings: TheSettings,
    viewer: AsProducer,
    language: TheLanguage,
    channel_listing_id: UUID,
    done: str = "",
) -> Response:
    """Why is it not there? What stands where, who acts, when it is tried again."""
    it = await shown.one_item(
        viewer, ports=ports, language=language, channel_listing_id=channel_listing_id
    )
    context: dict[str, Any] = {
        "it": it,
        "media_url": settings.media_url.rstrip("/"),
        "toast": _toast(language, done),
    }
    return pages.render(request, "channels/why.html", context)


@router.post("/producer/channels/{channel_listing_id}/{verb}")
async def act(viewer: AsProducer, channel_listing_id: UUID, verb: str) -> Response:
    """Try again, hide there, show there again."""
    if verb not in VERBS:
        raise Problem("channel.step", N_("There is no such step. Please open the page again."))
    await VERBS[verb](viewer, channel_listing_id=channel_listing_id)
    return RedirectResponse(f"/producer/channels/{channel_listing_id}?done={verb}", 303)


@router.get("/staff/channels")
async def staff(
    *,
    request: Request,
    pages: Pages,
    ports: ThePorts,
    viewer: AsStaff,
    language: TheLanguage,
    after: UUID | None = None,
) -> Response:
    """What stands still at marketplaces, the longest first."""
    it = await shown.troubles(viewer, ports=ports, language=language, after=after)
    return pages.render(request, "channels/staff.html", {"it": it, "after": after})
