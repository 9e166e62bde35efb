"""What staff see of the walk: each sale, the sums of everybody, and a workbook to take away."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from market.journey.client import StepFailed
from market.journey.selling import FIGURES, Sale, Way

_STEPS: Final = ("signed_up", "identified", "listed", "sold", "sold_again")
_IN_CASH: Final = "cod"
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET: Final = "xl/worksheets/sheet1.xml"
_LEAST_BYTES: Final = 4_000

Sales = Mapping[str, Sale]


def each_sale(way: Way) -> str:
    """Every paid order stands there once, with its source and what was kept; nothing else does."""
    client, token = way.client, way.staff_token

    def look() -> str:
        path = f"/api/v1/programme/producers?q={way.producer['code']}"
        found = client.call("GET", path, token=token)["items"]
        if [row["id"] for row in found] != [way.producer["id"]]:
            return f"the producer's code finds {found}"
        path = f"/api/v1/programme/sales?producer={way.producer['id']}"
        rows = client.call("GET", path, token=token)["items"]
        return wrong_seller(way.sales, found[0]) or wrong_rows(way.sales, rows)

    _until_right(way, look)
    per_source = Counter(sale.source for sale in way.sales.values())
    said = ", ".join(f"{count} from {source}" for source, count in sorted(per_source.items()))
    return f"{said}: {_sum_vnd(way.sales)} VND, all by strangers, sells again"


def sums_of_everybody(way: Way) -> str:
    """Funnel, revenue and cashless share hold what was sold, and agree with their lists."""
    client, token = way.client, way.staff_token
    shown: dict[str, Any] = {}

    def look() -> str:
        shown.update(client.call("GET", FIGURES, token=token))
        sales = client.call("GET", "/api/v1/programme/sales", token=token)
        path = "/api/v1/programme/producers?step="
        totals = {step: client.call("GET", path + step, token=token)["total"] for step in _STEPS}
        listed = {**totals, "orders": sales["total"], "revenue_vnd": sales["total_vnd"]}
        grown = wrong_growth(way.sales, way.figures_before, shown)
        return grown or wrong_sums(shown) or wrong_lists(shown, listed)

    _until_right(way, look)
    funnel, share = shown["funnel"], shown["cashless_ppm"]
    steps = " > ".join(str(funnel[step]) for step in _STEPS)
    return f"{steps}; {shown['paid']['revenue_vnd']} VND, cashless {share / 10_000:.1f} %"


def take_to_excel(way: Way) -> str:
    """The same rows as a workbook that opens."""
    path = f"/staff/tables/sales.xlsx?producer={way.producer['id']}"
    answer = way.client.fetch(path, token=way.staff_token)
    kind = answer.headers["Content-Type"]
    wrong = wrong_workbook(way.sales, answer.content)
    if wrong or kind != _WORKBOOK:
        raise StepFailed(f"sales.xlsx, {kind}: {wrong}")
    return f"sales.xlsx, {len(answer.content)} bytes, {len(way.sales)} rows"


def _until_right(way: Way, look: Callable[[], str]) -> None:
    """The worker counts behind the sale: wait until nothing is wrong. Raises with what still is."""
    wrong = ""

    def right() -> bool | None:
        nonlocal wrong
        wrong = look()
        return None if wrong else True

    try:
        way.client.wait_for("the figures", right)
    except StepFailed as late:
        raise StepFailed(f"{late}: {wrong}") from late


def _sum_vnd(sales: Sales) -> int:
    return sum(sale.amount_vnd for sale in sales.values())


def wrong_seller(sales: Sales, row: Mapping[str, Any]) -> str:
    """What the producer's row says otherwise than was sold; empty when nothing."""
    seen = row["stage"], row["sales"], row["days_to_sale"], row["silent_days"]
    expected = "sold_again", len(sales)
    counted = seen[:2] == expected and all(days in (0, 1) for days in seen[2:])
    return "" if counted else f"the producer is shown as {seen} after {len(sales)} sales"


def wrong_rows(sales: Sales, rows: list[dict[str, Any]]) -> str:
    """Which rows differ from what was sold; empty when none."""
    expected = {
        (number, sale.source, sale.method, sale.amount_vnd, sale.method != _IN_CASH, True)
        for number, sale in sales.items()
    }
    names = ("number", "source", "method", "amount_vnd", "is_cashless", "by_stranger")
    seen = [tuple(row[name] for name in names) for row in rows]
    if len(seen) == len(expected) and set(seen) == expected:
        return ""
    missing, more = expected - set(seen), set(seen) - expected
    return f"missing {sorted(missing)}, too much {sorted(more)}, {len(seen)} rows"


def wrong_growth(sales: Sales, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Which number has not grown by at least our part: others may sell at the same time."""
    cashless = sum(sale.method != _IN_CASH for sale in sales.values())
    least = {
        "orders": len(sales),
        "revenue_vnd": _sum_vnd(sales),
        "cashless": cashless,
        "strangers": len(sales),
    }
    grown = {name: after["paid"][name] - before["paid"][name] for name in least}
    # Signed up and identified had happened before the first look.
    least |= {"signed_up": 0, "identified": 0, "listed": 1, "sold": 1, "sold_again": 1}
    grown |= {step: after["funnel"][step] - before["funnel"][step] for step in _STEPS}
    few = {name: (grown[name], wanted) for name, wanted in least.items() if grown[name] < wanted}
    return f"grown by less than was sold (seen, expected): {few}" if few else ""


def wrong_sums(shown: Mapping[str, Any]) -> str:
    """Whether months, communes and the share add up to the whole that the same answer says."""
    paid = shown["paid"]
    for name in ("orders", "revenue_vnd", "cashless", "strangers"):
        if sum(month[name] for month in shown["months"]) != paid[name]:
            return f"the months do not add up to {paid[name]} {name}"
    for step in _STEPS:
        if sum(commune[step] for commune in shown["communes"]) != shown["funnel"][step]:
            return f"the communes do not add up to {shown['funnel'][step]} {step}"
        parts = shown["supported"][step] + shown["unsupported"][step]
        if parts != shown["funnel"][step]:
            return f"with and without support are {parts} {step}"
    share = (paid["cashless"] * 1_000_000 + paid["orders"] // 2) // max(paid["orders"], 1)
    return "" if shown["cashless_ppm"] == share else f"cashless {shown['cashless_ppm']} for {paid}"


def wrong_lists(shown: Mapping[str, Any], listed: Mapping[str, int]) -> str:
    """Which number differs from the total of the list that it opens; empty when none."""
    said = {**shown["funnel"], **shown["paid"]}
    unlike = {name: (said[name], total) for name, total in listed.items() if said[name] != total}
    return f"number and list differ: {unlike}" if unlike else ""


def wrong_workbook(sales: Sales, content: bytes) -> str:
    """Why this is no workbook of these sales; empty when it is."""
    if not content.startswith(b"PK\x03\x04") or len(content) < _LEAST_BYTES:
        return f"no workbook: {content[:8]!r}, {len(content)} bytes"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            sheet = book.read(_SHEET).decode()
    except (zipfile.BadZipFile, KeyError) as error:
        return f"a workbook that does not open: {error}"
    if (rows := sheet.count("<row ")) != len(sales) + 1:
        return f"{rows} rows for {len(sales)} sales and a head"
    numbers = Counter(map(int, re.findall(r'<c r="[A-Z]+\d+"(?: s="\d+")?><v>(\d+)</v>', sheet)))
    amounts = Counter(sale.amount_vnd for sale in sales.values())
    return "" if amounts <= numbers else f"amounts {dict(amounts)} are not in {dict(numbers)}"
