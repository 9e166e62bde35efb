"""The steps in order, one table line each; the first that fails ends the walk."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from market.journey import buying, figures, outside, selling
from market.journey.client import Client, StepFailed
from market.journey.selling import Way

Step = Callable[[Way], str]

STEPS: Final[Sequence[tuple[str, Step]]] = (
    ("Sign in by phone", selling.sign_in),
    ("Say who sells", selling.say_who),
    ("Name and price", selling.list_product),
    ("Photo through the worker", selling.send_photo),
    ("Send for review", selling.submit),
    ("Staff approve", selling.approve),
    ("Staff confirm who sells", selling.confirm_seller),
    ("Shop and search", selling.look_at_shop),
    ("Cart across producers", buying.fill_cart),
    ("Order: QR and cash", buying.order_by_qr_and_cash),
    ("Bank's notice settles", buying.pay_by_bank),
    ("Confirm, send, complete", buying.confirm_and_send),
    ("The seller's word settles", buying.pay_by_the_sellers_word),
    ("Cash on delivery, paid", buying.pay_in_cash),
    ("Cash on delivery, refused", buying.refuse_at_the_door),
    ("A shop at the marketplace", outside.connect_shop),
    ("The goods stand there", outside.offer_there),
    ("Sold there, sold here", outside.sell_on_both_sides),
    ("Card: paid on its page", outside.pay_by_card),
    ("Card: half goes back", outside.give_half_back),
    ("Stock and books agree", buying.agree),
    ("Figures: each sale", figures.each_sale),
    ("Figures: sums and lists", figures.sums_of_everybody),
    ("Figures: to Excel", figures.take_to_excel),
)


def walk(base: str, photo: Path) -> int:
    """Walk all steps against `base` with the picture `photo`; exit code 0, or 1 at a failure."""
    console = Console()
    table = Table(title=f"{base}", show_lines=False)
    for title in ("", "step", "what came back", "ms"):
        table.add_column(title, justify="right" if title == "ms" else "left", overflow="fold")
    way = Way(Client(base), photo)
    failed = False
    for name, step in STEPS:
        started = time.perf_counter()
        try:
            said = step(way)
        except (StepFailed, httpx.HTTPError, LookupError, StopIteration) as error:
            said, failed = f"{type(error).__name__}: {error}", True
        took_ms = round((time.perf_counter() - started) * 1000)
        table.add_row("✗" if failed else "✓", name, said, str(took_ms))
        if failed:
            break
    console.print(table)
    return 1 if failed else 0
