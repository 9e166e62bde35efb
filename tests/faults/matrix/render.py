"""The matrix as it stands in docs/reliability.md, between two marks."""

import re
from typing import Final

from tests.faults.matrix.cells import ACTIONS, PARTS, TOXICS, Outcome, cells, row_of, said_of
from tests.kit.toxic import Toxic

BEGIN: Final = "<!-- matrix: written by python -m tests.faults.matrix --write -->"
END: Final = "<!-- /matrix -->"
_FAULTS: Final = {
    Toxic.DOWN: "down",
    Toxic.SLOW: "5 s slow",
    Toxic.RESET: "resets",
    Toxic.GARBAGE: "garbage",
}
_MEANS: Final = {
    Outcome.UNCONCERNED: "the part is not needed for it, which is tried all the same",
    Outcome.WORKS: "it is done, within the bound",
    Outcome.LATER: "it is accepted at once; messages, pictures and bookings that follow from it"
    " come by themselves when the part is well",
    Outcome.WITHOUT: "all but what the ill part itself gives: pictures, cards, the bank's notice",
    Outcome.AGAIN: "503 with our sentence in the reader's language and `Retry-After`; nothing is"
    " lost, and the same form sent again is done once",
}


def section() -> str:
    """From mark to mark."""
    head = "| Part | Fault | " + " | ".join(ACTIONS) + " | What the service does |"
    lines = [head, "|---|---|" + "---|" * (len(ACTIONS) + 1)]
    for part in PARTS:
        for toxic in TOXICS:
            row = row_of(part, toxic)
            seen = " | ".join(row[action].outcome for action in ACTIONS)
            lines.append(f"| {part} | {_FAULTS[toxic]} | {seen} | {said_of(part, toxic)} |")
    longest = max(one.within_s for one in cells())
    legend = [f"- **{outcome}**: {meaning}." for outcome, meaning in _MEANS.items()]
    closing = f"{len(cells())} cells. Nobody waits longer than {longest:g} s for any answer."
    return "\n".join([BEGIN, "", *lines, "", *legend, "", closing, "", END])


def written_into(document: str) -> str:
    """The document with its section renewed. Raises `ValueError` when it has no marks."""
    found = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.S)
    renewed, count = found.subn(lambda _: section(), document)
    if count != 1:
        raise ValueError("docs/reliability.md needs the two marks of the matrix once")
    return renewed
