"""The places that each kind of visitor can go to, and what every page shows of them."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_
from integrations.contracts.viewer import STAFF_ROLES, Role
from integrations.runtime.pages import NavItem
from integrations.runtime.web.state import TheSettings
from market.listing.service.moderation import REVIEWERS
from market.programme.rules import READERS
from market.settlement.queries import home_card
from sellers.accounts.guards import Anyone, AsStaff, Device
from sellers.accounts.rules import home_of
from sellers.onboarding.rules import DECIDERS

router = APIRouter(include_in_schema=False)

NAV: Final[Mapping[str, tuple[NavItem, ...]]] = {
    "producer": (
        NavItem("goods", N_("Goods"), "/producer/goods", "goods"),
        NavItem("orders", N_("Orders"), "/producer/orders", "orders"),
        NavItem("money", N_("Money"), "/producer/money", "money"),
        NavItem("help", N_("Help me"), "/producer/help", "help"),
    ),
    "staff": (
        NavItem("review", N_("Goods to review"), "/staff/review", "goods"),
        NavItem("cases", N_("Sellers to confirm"), "/staff/cases", "check"),
        NavItem("producers", N_("Sellers"), "/staff/producers", "user"),
        NavItem("support", N_("Support"), "/staff/support", "help"),
        NavItem("figures", N_("Figures"), "/staff/figures", "file"),
        NavItem("followups", N_("To do"), "/staff/follow-ups", "clock"),
        NavItem("channels", N_("Marketplaces"), "/staff/channels", "goods"),
    ),
}

# Tabs that only some of the staff may open; the others are for everybody who is staff.
_ONLY_FOR: Final[Mapping[str, frozenset[Role]]] = {
    "review": REVIEWERS,
    "cases": DECIDERS,
    "producers": READERS,
    "support": READERS,
    "figures": READERS,
}


def tabs_of(role: Role) -> tuple[NavItem, ...]:
    """The places of staff that this role may open."""
    return tuple(item for item in NAV["staff"] if role in _ONLY_FOR.get(item.key, STAFF_ROLES))


@router.get("/staff")
async def staff_home(viewer: AsStaff) -> Response:
    """Where the mark of every staff page leads: the first place of the role."""
    return RedirectResponse(home_of(viewer), 303, {"Cache-Control": "no-store"})


async def orders_first(request: Request, viewer: Anyone, settings: TheSettings) -> None:
    """What waits for the producer stands on top of the goods too, and in the bar: one statement."""
    if request.method != "GET" or viewer.producer_id is None:
        return
    card = await home_card(viewer)
    request.state.shared = {
        "card": card,
        "card_template": "settlement/_home_card.html",
        "nav_counts": {"orders": card["asked"] if card else 0},
        "media_url": settings.media_url.rstrip("/"),
    }


def shared_context(request: Request) -> Mapping[str, Any]:
    """What layouts need besides the page's own: filled by pages through `request.state`."""
    shared: dict[str, Any] = dict(getattr(request.state, "shared", {}))
    device: Device | None = getattr(request.state, "device", None)
    if device is not None and device.viewer.is_staff:
        shared["nav"] = {**NAV, "staff": tabs_of(device.viewer.role)}
    return shared
