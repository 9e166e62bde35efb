"""A bounded number of GET requests over a few kept connections, every body looked at."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

CONNECTIONS = 8
REQUESTS = 400


class WrongBody(AssertionError):
    """The answer was not what is being measured."""


async def get(url: str) -> tuple[dict[str, str], bytes]:
    """Headers (lower case) and body of one 200."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        return await _ask(reader, writer, _request(url))
    finally:
        writer.close()


async def burst(url: str, is_right: Callable[[bytes], bool], requests: int = REQUESTS) -> float:
    """Seconds for `requests` answers. Raises `WrongBody` for any that is not right."""
    where = urlsplit(url)
    request = _request(url)
    left = iter(range(requests))

    async def one() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            for _ in left:
                _, body = await _ask(reader, writer, request)
                if not is_right(body):
                    raise WrongBody(f"{url}: {body[:80]!r}")
        finally:
            writer.close()

    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return loop.time() - began


def _request(url: str) -> bytes:
    where = urlsplit(url)
    path = where.path + (f"?{where.query}" if where.query else "")
    lines = (f"GET {path or '/'} HTTP/1.1", f"Host: {where.netloc}", "Accept-Language: vi", "", "")
    return "\r\n".join(lines).encode()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[dict[str, str], bytes]:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:]) if n}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    if head[0].split()[1] != "200":
        raise WrongBody(f"{head[0]}: {body[:120]!r}")
    return headers, body
