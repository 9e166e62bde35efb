"""A renderer over templates that a test writes itself, and requests to render them for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from integrations.contracts.errors import N_
from integrations.runtime.pages import NavItem, Renderer

HOSTILE = '<script>alert("x")</script>\' onload="y'
NAV = {
    "producer": (NavItem("goods", N_("Search"), "/g"), NavItem("orders", N_("Cart"), "/o", "cart")),
    "staff": (NavItem("review", N_("Search"), "/staff/review"),),
}
PICTURE: Mapping[str, Any] = {
    "alt": "Bưởi",
    "width": 400,
    "height": 300,
    "webp": [("/m/a-160.webp", 160), ("/m/a-480.webp", 480)],
    "jpg": [("/m/a-160.jpg", 160), ("/m/a-480.jpg", 480)],
    "placeholder": "data:image/webp;base64,AA==",
}


def request(path: str = "/", method: str = "GET", **headers: str) -> Request:
    """A request as the server makes it; header names with underscores for dashes."""
    return Request(
        {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "scheme": "http",
            "server": ("test", 80),
            "headers": [
                (key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()
            ],
            "app": SimpleNamespace(state=SimpleNamespace(nav=NAV)),
        }
    )


class Bench:
    """Write a template, see the page."""

    def __init__(self, folder: Path, shared: Callable[[Request], Mapping[str, Any]] | None) -> None:
        self._folder = folder
        self._count = 0
        self.renderer = Renderer([folder], shared=shared)

    def answer(
        self, template: str, context: Mapping[str, Any] | None = None, **options: Any
    ) -> Response:
        """The whole answer for a template's text."""
        self._count += 1
        name = f"bench{self._count}.html"
        (self._folder / name).write_text(template, encoding="utf-8")
        seen = options.pop("request", None) or request()
        return self.renderer.render(seen, name, context, **options)

    def page(self, template: str, context: Mapping[str, Any] | None = None, **options: Any) -> str:
        """The body alone."""
        return bytes(self.answer(template, context, **options).body).decode()
