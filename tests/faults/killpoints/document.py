"""The list of kill points in docs/reliability.md: `python -m tests.faults.killpoints.document`."""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.faults.killpoints.flows import FLOWS

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "reliability.md"
_START: Final = "<!-- kill points: generated -->"
_END: Final = "<!-- kill points: end -->"
_POINT: Final = re.compile(r"(before|during|after) (.+)")


def section(points: Mapping[str, Iterable[str]]) -> str:
    """The list for people: flow, what comes again after a crash, each place with its moments."""
    number = sum(len(list(names)) for names in points.values())
    lines = [
        f"{number} points in {len(points)} flows.",
        "",
        "| Flow | After a crash | Points |",
        "|---|---|---|",
    ]
    for flow in FLOWS:
        places: dict[str, list[str]] = {}
        for name in points.get(flow.name, ()):
            moment, place = _POINT.fullmatch(name).groups()  # type: ignore[union-attr]
            places.setdefault(place, []).append(moment)
        said = " · ".join(f"{', '.join(moments)} `{place}`" for place, moments in places.items())
        lines.append(f"| {flow.name} | {flow.about} | {said} |")
    return "\n".join(lines)


def written() -> str:
    """What stands in the document."""
    return PAGE.read_text("utf-8").partition(_START)[2].partition(_END)[0].strip()


def write(verdicts: Iterable[Mapping[str, Any]]) -> None:
    """Put the points of a campaign's report into the document."""
    before, _, rest = PAGE.read_text("utf-8").partition(_START)
    after = rest.partition(_END)[2]
    new = section({one["flow"]: one["points"] for one in verdicts})
    PAGE.write_text(f"{before}{_START}\n{new}\n{_END}{after}", "utf-8")


if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text()))
