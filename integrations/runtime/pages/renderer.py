"""Templates to answers: autoescaped, strict about names, with only the icons a page uses."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from integrations.contracts.errors import N_, Problem
from integrations.contracts.phone import format_phone
from integrations.runtime.i18n import catalogue, formats
from integrations.runtime.i18n.language import (
    Language,
    current_language,
    language_of,
    using_language,
)
from integrations.runtime.pages.assets import Assets
from integrations.runtime.pages.headers import cache_headers, page_headers
from integrations.runtime.pages.icons import Icons
from integrations.runtime.pages.typed import Typed

OWN: Final = Path(__file__).resolve().parents[2]
_SYMBOLS: Final = Markup("<!--symbols-->")
_SCRIPTS: Final = Markup("<!--scripts-->")
_MACROS: Final = {"ui": "macros/ui.html", "form": "macros/form.html", "pics": "macros/pics.html"}
_WHO: Final = {
    "you": N_("You can put this right yourself."),
    "helper": N_("A helper can put this right with you."),
    "staff": N_("The programme staff can put this right."),
    "marketplace": N_("The marketplace has to put this right. Nothing to do for now."),
    "us": N_("We are putting this right."),
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place of the bottom bar or the tabs. `label` is a catalogue key."""

    key: str
    label: str
    url: str
    icon: str = "goods"


@dataclass(slots=True)
class _Page:
    """What one rendering has used so far."""

    icons: set[str] = field(default_factory=set)
    scripts: set[str] = field(default_factory=set)


_page: ContextVar[_Page] = ContextVar("page")
_bytecode: dict[str, bytes] = {}


class _MemoryCache(jinja2.BytecodeCache):
    """Compiled templates, shared by every renderer of the process."""

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if bucket.key in _bytecode:
            bucket.bytecode_from_string(_bytecode[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        _bytecode[bucket.key] = bucket.bytecode_to_string()


class Renderer:
    """Renders pages of every floor with one look."""

    def __init__(
        self,
        template_dirs: Sequence[Path] = (),
        *,
        assets: Assets | None = None,
        media_url: str = "",
        https: bool = False,
        shared: Callable[[Request], Mapping[str, Any]] | None = None,
    ) -> None:
        """Upper floors' `template_dirs` are searched before this floor's own.

        `assets`: static files of all floors (this floor's own by default). `media_url`: origin of
        pictures when it is not ours. `shared(request)`: what layouts need on every page, such
        as `nav_counts`, `cart_count`, `who`, `who_place`.
        """
        self.assets = assets or Assets([OWN / "static"])
        self._icons = Icons(OWN / "static" / "icons.svg")
        self._headers = page_headers(media_url, https=https)
        self._shared = shared
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*template_dirs, OWN / "templates"]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_MemoryCache(),
        )
        self.environment.globals.update(self._globals())
        self.environment.filters.update(upfirst=_upfirst, attrs=_attrs)
        for name, template in _MACROS.items():
            self.environment.globals[name] = self.environment.get_template(template).module

    def render(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any] | None = None,
        status: int = 200,
        *,
        public_for_s: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One page as an answer.

        `public_for_s`: seconds that anybody may keep it (with an ETag, so that the next look
        costs 304); left out, the page is private and never stored. Raises
        `jinja2.UndefinedError` for a name that the context does not hold.
        """
        language = language_of(request)
        body = self.text(template, self._context(request, context), language).encode()
        kept = cache_headers(public_for_s)
        if public_for_s is not None:
            kept["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
        later = _come_again(context or {})
        sent = {**self._headers, **kept, "Content-Language": language, **later, **(headers or {})}
        if "ETag" in kept and request.headers.get("if-none-match") == kept["ETag"]:
            return Response(status_code=304, headers=sent)
        return HTMLResponse(body, status, sent)

    def text(self, template: str, context: Mapping[str, Any], language: Language) -> str:
        """The bare text of a template, with its icons and scripts put in."""
        page = _Page()
        token = _page.set(page)
        try:
            with using_language(language):
                written = self.environment.get_template(template).render(context)
        finally:
            _page.reset(token)
        scripts = ""
        if page.scripts:
            scripts = f'<script src="{self.assets.url(*sorted(page.scripts))}" defer></script>'
        written = written.replace(_SCRIPTS, scripts, 1)
        return written.replace(_SYMBOLS, self._icons.sheet(page.icons), 1)

    def problem(self, request: Request, problem: Problem) -> Response:
        """The page for a refusal: what is wrong, how to mend it, who can, the code in small."""
        context = {"problem": problem, "who_mends": _WHO[problem.who]}
        return self.render(request, _error_template(problem.status), context, problem.status)

    def error(self, request: Request, status: int, *, code: str) -> Response:
        """The page for a failure without a `Problem`: unknown addresses (404), our faults (500)."""
        context = {"problem": None, "who_mends": None, "code": code}
        return self.render(request, _error_template(status), context, status)

    def _context(self, request: Request, own: Mapping[str, Any] | None) -> dict[str, Any]:
        """Layout names that always exist, then the app's shared ones, then the page's own."""
        path = request.url.path
        context: dict[str, Any] = {
            "lang": language_of(request),
            "path": path,
            "nav": getattr(request.app.state, "nav", {}) if "app" in request.scope else {},
            "nav_counts": {},
            "cart_count": 0,
            "who": None,
            "who_place": None,
            "account_url": None,
            "toast": None,
            "language_url": "/language?back=" + quote(path),
        }
        if self._shared is not None:
            context.update(self._shared(request))
        context.update(own or {})
        return context

    def _globals(self) -> dict[str, Any]:
        return {
            "_": _translate,
            "pgettext": _pgettext,
            "ngettext": _ngettext,
            "language": current_language,
            "say": _say,
            "url": self.assets.url,
            "icon": self._icon,
            "script": _script,
            "symbols": lambda: _SYMBOLS,
            "scripts": lambda: _SCRIPTS,
            "jsonld": _jsonld,
            "money": formats.money,
            "number": formats.number,
            "percent": formats.percent,
            "weight": formats.weight,
            "clock": formats.clock,
            "day": formats.day,
            "month": formats.month,
            "when": formats.when,
            "left": formats.left,
            "ago": formats.ago,
            "iso": _iso,
            "phone": format_phone,
            "typed": Typed(),
        }

    def _icon(self, name: str) -> Markup:
        reference = self._icons.use(name)
        _page.get().icons.add(name)
        return reference


def _error_template(status: int) -> str:
    known = (400, 401, 403, 404, 409, 413, 429, 500, 503)
    return f"errors/{status if status in known else 400 if status < 500 else 500}.html"


def _come_again(context: Mapping[str, Any]) -> dict[str, str]:
    """`Retry-After`, when a page shows a refusal that says when to come back."""
    shown: list[Any] = []
    for value in context.values():
        shown += value.problems if isinstance(value, Typed) else (value,)
    waits = [p.retry_after_s for p in shown if isinstance(p, Problem) and p.retry_after_s]
    return {"Retry-After": str(max(waits))} if waits else {}


def _fill(text: str, params: Mapping[str, Any]) -> str:
    """Placeholders filled; when one of them is markup, all the others are escaped."""
    if any(hasattr(value, "__html__") for value in params.values()):
        return escape(text).format(**params)
    return text.format(**params) if params else text


def _translate(message: str, /, **params: Any) -> str:
    return _fill(catalogue.translate(current_language(), message), params)


def _pgettext(msgctxt: str, message: str, /, **params: Any) -> str:
    return _fill(catalogue.translate(current_language(), message, msgctxt=msgctxt), params)


def _ngettext(one: str, many: str, count: int, /, **params: Any) -> str:
    return catalogue.ngettext(current_language(), one, many, count, **params)


def _say(problem: Problem) -> str:
    """A problem's sentence in the reader's language."""
    return catalogue.translate(current_language(), problem.message, **problem.params)


def _script(name: str) -> str:
    """Ask for a small script of ours; all of a page travel as one deferred request."""
    _page.get().scripts.add(name)
    return ""


def _jsonld(data: Mapping[str, Any]) -> Markup:
    """schema.org data as a block that the browser never runs."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for risky in "<>&\u2028\u2029":
        text = text.replace(risky, f"\\u{ord(risky):04x}")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704


def _iso(moment: datetime) -> str:
    return formats.local(moment).isoformat(timespec="seconds")


def _upfirst(text: str) -> str:
    """The first letter large, the rest as it is ("thứ Bảy" -> "Thứ Bảy")."""
    return text[:1].upper() + text[1:]


def _attrs(extra: Mapping[str, Any]) -> Markup:
    """Attributes by name: `data_copy="…"` -> ` data-copy="…"`; None and False are left out."""
    written = Markup()
    for name, value in extra.items():
        if value is None or value is False:
            continue
        written += Markup(" ") + name.replace("_", "-")
        if value is not True:
            written += Markup('="{}"').format(value)
    return written
