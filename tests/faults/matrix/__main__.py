"""Write the matrix into docs/reliability.md (`--write`), or show it."""

import sys
from pathlib import Path

from tests.faults.matrix.render import section, written_into

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "reliability.md"

if "--write" in sys.argv[1:]:
    DOCUMENT.write_text(written_into(DOCUMENT.read_text("utf-8")), "utf-8")
else:
    print(section())  # noqa: T201 - a person reads it
