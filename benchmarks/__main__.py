"""`make bench`: everything, or what is named (start, web, …); prints one table."""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import avif, form, outbox, photos, programme, sheets, start, web
from benchmarks.measure import Row
from integrations.runtime.embedded.stack import read_environment, servers

PARTS = ("start", "web", "form", "outbox", "photos", "sheets", "programme")


async def measured(wanted: set[str], scratch: Path, console: Console) -> list[Row]:
    """Rows of the parts that are wanted, in the order in which they need the machine."""
    home, found = scratch / "home", []
    home.mkdir()
    if wanted & {"start", "web", "form", "outbox"}:
        console.print("first start, with the demo province …")
        found += await start.first_start(home)
    if wanted & {"start", "web", "form"}:
        later_s = []
        for _ in range(2):
            async with start.up(home) as (_, _, took_s):
                later_s.append(took_s)
        async with start.up(home) as (process, base, took_s):
            found += await start.idle_memory(process, [*later_s, took_s])
            if "form" in wanted:
                console.print("the form of goods, in a browser …")
                found += await form.rows(base, scratch)
            if "web" in wanted:
                console.print("pages and JSON …")
                api = json.loads((home / "run" / "children.json").read_text())["api"]["pid"]
                found += await web.rows(base, int(api), read_environment(home) or {}, scratch)
    if "outbox" in wanted:
        console.print("outbox …")
        async with servers(home) as env:
            found += await outbox.rows(env)
    if "photos" in wanted:
        console.print("photos …")
        found += await photos.rows()
        found += await avif.rows()
    if "sheets" in wanted:
        console.print("price lists …")
        found += await sheets.rows()
    if "programme" in wanted:
        console.print("staff's pages, over a scratch database …")
        apart = scratch / "province"
        apart.mkdir()
        async with servers(apart) as env:
            found += await programme.rows(env)
    return found


def table(found: list[Row]) -> Table:
    """The figures as people read them."""
    shown = Table(title="Gánh, beside floors of the same run (medians)")
    for name in ("what", "unit", "ours", "floor", "ours / floor (least–most)", "n", "floor is"):
        shown.add_column(name, justify="left" if name in ("what", "unit", "floor is") else "right")
    for row in found:
        ratio = "{:.2f} ({:.2f}–{:.2f})".format(*row.ratio) if row.ratio else ""
        floor = "" if row.floor is None else f"{row.floor:.3g}"
        shown.add_row(
            row.what, row.unit, f"{row.ours:.3g}", floor, ratio, str(row.pairs), row.floor_is
        )
    return shown


def main() -> None:
    """Measure and print; nothing is written."""
    wanted = set(sys.argv[1:]) or set(PARTS)
    if unknown := wanted - set(PARTS):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    console = Console(width=150)
    with tempfile.TemporaryDirectory(prefix="ganh-bench-") as scratch:
        found = asyncio.run(measured(wanted, Path(scratch), console))
    console.print(table(found))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    console.print(f"{os.cpu_count()} processors; load average {load} (others included)")


if __name__ == "__main__":
    main()
