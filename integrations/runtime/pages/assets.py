"""Static files under names that carry the hash of their content, compressed once, in memory.

Several small files of one kind travel as one request: `copy+countdown.<hash>.js`. Scripts travel
without their comments and indentation.
"""

import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rjsmin import jsmin
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_NAME: Final = re.compile(r"^([a-z0-9_+-]{1,80})(?:\.([0-9a-f]{12}))?\.([a-z0-9]{2,5})$")
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "txt": "text/plain; charset=utf-8",
    "png": "image/png",
    "ico": "image/x-icon",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "woff2": "font/woff2",
}
_PACKED: Final = frozenset({"css", "js", "svg", "json", "webmanifest", "txt"})
_JOINED_MAX: Final = 6
# The source of the icons: pages carry the symbols they use, never the whole file.
_NEVER_SENT: Final = frozenset({"icons.svg"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One answer, ready to send."""

    body: bytes
    packed: bytes | None
    digest: str
    content_type: str


class Assets:
    """An ASGI application for `/static`, and the addresses that pages write."""

    def __init__(self, folders: Sequence[Path], *, prefix: str = "/static") -> None:
        """`folders`: the first one that holds a name wins."""
        self._folders = tuple(folders)
        self._prefix = prefix
        self._kept: dict[str, Asset] = {}

    def url(self, *names: str) -> str:
        """Address of one file, or of several of one kind joined: `url("copy.js", "poll.js")`.

        Raises `FileNotFoundError` for a name that no folder holds.
        """
        kind = names[0].rpartition(".")[2]
        stems = sorted({name.removesuffix(f".{kind}") for name in names})
        stem = "+".join(stems)
        asset = self._load(stem, kind)
        if asset is None:
            raise FileNotFoundError(f"no static file {', '.join(names)}")
        return f"{self._prefix}/{stem}.{asset.digest}.{kind}"

    @property
    def app(self) -> ASGIApp:
        """What is mounted at the prefix."""
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file: for ever when the hash is right, briefly when the page was older."""
        request = Request(scope)
        response = self.answer(request)
        await response(scope, receive, send)

    def answer(self, request: Request) -> Response:
        """One file, or 404; 304 for a browser that has it."""
        name = request.url.path.rpartition("/")[2]
        match = _NAME.match(name)
        asset = self._load(match[1], match[3]) if match else None
        if asset is None or match is None:
            return PlainTextResponse("Not found", 404, {"Cache-Control": "no-store"})
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Method not allowed", 405, {"Allow": "GET, HEAD"})
        right = match[2] == asset.digest
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if right else "no-cache",
            "ETag": f'"{asset.digest}"',
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        body = asset.body
        if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = asset.packed, "gzip"
        return Response(body, headers=headers, media_type=asset.content_type)

    def _load(self, stem: str, kind: str) -> Asset | None:
        """Read, join and compress at the first use. Only sorted joins of real names exist, so
        strangers cannot fill the memory with combinations."""
        key = f"{stem}.{kind}"
        if key in self._kept:
            return self._kept[key]
        stems = stem.split("+")
        if kind not in _TYPES or stems != sorted(set(stems)) or len(stems) > _JOINED_MAX:
            return None
        if len(stems) > 1 and kind not in ("css", "js"):
            return None
        parts = [self._find(f"{part}.{kind}") for part in stems]
        if None in parts:
            return None
        body = b"\n".join(part for part in parts if part is not None)
        if kind == "js":
            body = bytes(jsmin(body))
        self._kept[key] = Asset(
            body=body,
            packed=gzip.compress(body, 9, mtime=0) if kind in _PACKED else None,
            digest=hashlib.sha256(body).hexdigest()[:12],
            content_type=_TYPES[kind],
        )
        return self._kept[key]

    def _find(self, name: str) -> bytes | None:
        if name in _NEVER_SENT:
            return None
        for folder in self._folders:
            path = folder / name
            if path.is_file():
                return path.read_bytes()
        return None
