"""When the form of goods is painted on a weak line and a slow phone, beside a small static page."""

import asyncio
import random
import shutil
from pathlib import Path
from typing import Any

from benchmarks.measure import PAIRS, Row, compared, in_turn
from benchmarks.web import floor
from market.journey.client import Client

# 400 kbps both ways, 400 ms, a processor six times slower: a cheap phone in the hills.
LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER, MOST = 6, 2.0
_SMALL = """<!doctype html><html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Trang tĩnh</title>
<style>body{font:18px/1.5 system-ui,sans-serif;margin:16px;color:#1c1917;background:#fffdf8}
label{display:block;margin:16px 0 4px}input{font:inherit;padding:12px;width:100%%}</style></head>
<body><h1>Chỉ cần ảnh, tên và giá</h1><form><label>Ảnh<input type="file"></label>
<label>Tên<input name="name"></label><label>Giá<input name="price"></label>
<button>Lưu</button></form><p>%s</p></body></html>"""
_PAINTED = """() => new Promise(yes => new PerformanceObserver(
  all => yes(all.getEntries().pop().startTime)
).observe({ type: 'largest-contentful-paint', buffered: true }))"""


def small_page(size_bytes: int = 1300) -> bytes:
    """A static page of that many bytes with three inputs, drawn without another request."""
    empty = len((_SMALL % "").encode())
    return (_SMALL % ("." * max(0, size_bytes - empty))).encode()


def _sign_in(base: str) -> str:
    """A new seller's token, by the public API."""
    client = Client(base)
    phone = f"+8491{random.randrange(10**7):07d}"
    code = client.ask_code(
        phone, lambda: client.call("POST", "/api/v1/sign-in-codes", json={"phone": phone})
    )
    opened = client.call("POST", "/api/v1/sessions", json={"phone": phone, "code": code})
    choice = {"ticket": opened["ticket"], "name": "Trần Văn Hòa"}
    opened = client.call("POST", "/api/v1/sessions/choice", json=choice)
    who = {"kind": "household", "name": "Nhà vườn Đồi Gió", "commune_code": "18406"}
    client.call("POST", "/api/v1/producers", json=who, token=opened["token"])
    return str(opened["token"])


async def rows(base: str, scratch: Path) -> list[Row]:
    """Largest contentful paint, a fresh profile each time; one row. Raises above the bar."""
    from playwright.async_api import async_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("not run: this machine has no Chromium (Debian: apt install chromium)")
    token = await asyncio.to_thread(_sign_in, base)
    kept = scratch / "small"
    kept.write_bytes(b"content-type: text/html; charset=utf-8\n\n" + small_page())
    args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    async with floor("page", str(kept)) as (_, bare), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=args)

        async def painted_ms(url: str) -> float:
            context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="vi")
            cookie: Any = {"name": "ganh", "value": token, "url": base}
            await context.add_cookies([cookie])
            page = await context.new_page()
            wire = await context.new_cdp_session(page)
            await wire.send("Network.enable")
            await wire.send("Network.emulateNetworkConditions", LINE)
            await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            await page.goto(url, wait_until="load")
            await page.wait_for_timeout(500)
            found = float(await page.evaluate(_PAINTED))
            await context.close()
            return found

        ours, small = await in_turn(
            lambda: painted_ms(f"{base}/producer/goods/new"),
            lambda: painted_ms(f"{bare}/"),
            PAIRS,
        )
        await browser.close()
    row = compared("form of goods painted (LCP)", "ms", ours, small, "static page of 1.3 KB")
    assert row.ratio is not None
    if row.ratio[0] > MOST:
        raise AssertionError(f"the form is painted {row.ratio[0]:.2f} times as late")
    return [row]
