"""The headers that every page carries: what the browser may load, run and send."""

from typing import Final
from urllib.parse import urlsplit

_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:{media}; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "manifest-src 'self'"
)


def page_headers(media_url: str = "", *, https: bool = False) -> dict[str, str]:
    """Security headers of an HTML answer. `media_url`: another origin that holds pictures."""
    place = urlsplit(media_url)
    media = f" {place.scheme}://{place.netloc}" if place.netloc else ""
    headers = {
        "Content-Security-Policy": _POLICY.format(media=media),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def cache_headers(public_for_s: int | None) -> dict[str, str]:
    """Private pages are never kept; public ones differ by language and cart, both in cookies."""
    if public_for_s is None:
        return {"Cache-Control": "no-store"}
    return {
        "Cache-Control": f"public, max-age={public_for_s}",
        "Vary": "Accept-Language, Cookie",
    }
