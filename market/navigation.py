"""The places that each kind of visitor can go to, and what every page shows of them."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from integrations.contracts.errors import N_
from integrations.runtime.pages import NavItem

NAV: Final[Mapping[str, tuple[NavItem, ...]]] = {
    "producer": (
        NavItem("goods", N_("Goods"), "/producer/goods", "goods"),
        NavItem("orders", N_("Orders"), "/producer/orders", "orders"),
        NavItem("money", N_("Money"), "/producer/money", "money"),
        NavItem("help", N_("Help me"), "/producer/help", "help"),
    ),
    "staff": (
        NavItem("review", N_("Goods to review"), "/staff/review", "goods"),
        NavItem("followups", N_("To do"), "/staff/follow-ups", "clock"),
    ),
}


def shared_context(request: Request) -> Mapping[str, Any]:
    """What layouts need besides the page's own: filled by pages through `request.state`."""
    return dict(getattr(request.state, "shared", {}))
