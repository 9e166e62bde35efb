"""The floors as programs: an ASGI application without anything, and photos decoded per size."""

import io
import os
import sys
from pathlib import Path
from typing import Any

Scope = dict[str, Any]
_SHOWN_WITHOUT = {"date", "content-length", "content-encoding"}


def bare_page(body: bytes, headers: dict[str, str]) -> Any:
    """Answers the same bytes with the same headers, whatever is asked."""
    said = [(n.encode(), v.encode()) for n, v in headers.items() if n not in _SHOWN_WITHOUT]
    said.append((b"content-length", str(len(body)).encode()))

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": said})
        await send({"type": "http.response.body", "body": body})

    return app


def bare_query(url: str, sql: str, others: int) -> Any:
    """Runs the same statement on a pool of the same size and answers the row as JSON."""
    import asyncpg
    import orjson

    pool: Any = None

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        nonlocal pool
        if scope["type"] != "http":
            return
        pool = pool or await asyncpg.create_pool(url, min_size=1, max_size=10)
        async with pool.acquire() as connection:
            row = dict(await connection.fetchrow(sql, scope["path"].rpartition("/")[2], others))
        row |= {name: orjson.loads(row[name]) for name in ("pictures", "others")}
        body = orjson.dumps(row, default=str)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def decode_per_size(widths_px: list[int]) -> None:
    """The usual way: for each width open, decode, turn, scale, save. Photo on stdin."""
    from PIL import Image, ImageOps

    original = sys.stdin.buffer.read()
    sizes = []
    for width in widths_px:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(original))).convert("RGB")
        height = round(image.height * width / image.width)
        small = image.resize((width, height), Image.Resampling.LANCZOS)
        for kind, options in (
            ("JPEG", {"quality": 80, "progressive": True, "optimize": True}),
            ("WEBP", {"quality": 78, "method": 4}),
        ):
            out = io.BytesIO()
            small.save(out, kind, **options)
            sizes.append((small.width, small.height, len(out.getvalue())))
    print(len(sizes), *(f"{w}x{h}" for w, h, _ in sizes))


def decode_by_vips(widths_px: list[int]) -> None:
    """As libvips is meant to be used: a thumbnail for each width, which reads at a fraction."""
    import pyvips

    original = sys.stdin.buffer.read()
    sizes = []
    for width in widths_px:
        small = pyvips.Image.thumbnail_buffer(original, width, height=10 * width).copy_memory()
        for kind, options in (
            (".jpg", {"Q": 80, "interlace": True, "optimize_coding": True}),
            (".webp", {"Q": 78, "effort": 4}),
        ):
            body = small.write_to_buffer(kind, keep="none", **options)
            sizes.append((small.width, small.height, len(body)))
    print(len(sizes), *(f"{w}x{h}" for w, h, _ in sizes))


def main() -> None:
    """`page FILE PORT`, `query SQL_FILE OTHERS PORT` (BENCH_URL), `photo WIDTH …` or `vips …`."""
    import uvicorn

    what, *words = sys.argv[1:]
    if what in ("photo", "vips"):
        decode = decode_per_size if what == "photo" else decode_by_vips
        return decode([int(word) for word in words])
    if what == "page":
        head, _, body = Path(words[0]).read_bytes().partition(b"\n\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        app = bare_page(body, headers)
    else:
        app = bare_query(os.environ["BENCH_URL"], Path(words[0]).read_text(), int(words[1]))
    uvicorn.run(
        app, host="127.0.0.1", port=int(words[-1]), loop="uvloop", http="httptools",
        log_level="warning", access_log=False, ws="none",
    )  # fmt: skip
    return None


if __name__ == "__main__":
    main()
