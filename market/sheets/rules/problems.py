"""Why a file cannot be used, in words."""

from collections.abc import Mapping
from typing import Final

from integrations.contracts.errors import N_, Conflict, NotFound, Problem, TooLarge

FILE_MAX_MB: Final = 10
ROWS_MAX: Final = 10_000

_REFUSALS: Final[Mapping[str, str]] = {
    "sheet.empty": N_("Please choose a file: Excel or CSV."),
    "sheet.too_large": N_(
        "The file is too large to open, at most {max_mb} MB. "
        "Please keep only the sheet with the goods and send it again."
    ),
    "sheet.too_many_rows": N_(
        "The sheet has too many rows or columns, at most {max_rows} rows and 60 columns. "
        "Please send it in parts."
    ),
    "sheet.unreadable": N_(
        "This file cannot be opened. Please save it in Excel as .xlsx and send it again."
    ),
    "sheet.no_table": N_("There is nothing in this file. Please look whether it is the right one."),
    "sheet.sales_book": N_(
        "This looks like a book of sales, not a price list. Please choose the list of goods."
    ),
    "sheet.people": N_(
        "This looks like a list of people or firms. Please choose the list of goods."
    ),
}


def refusal(code: str) -> Problem:
    """The sentence for a file that cannot be used, at the field `file`."""
    kind = TooLarge if code == "sheet.too_large" else Problem
    params = {"max_mb": FILE_MAX_MB, "max_rows": ROWS_MAX}
    return kind(code, _REFUSALS[code], field="file", params=params)


def no_such_sheet() -> NotFound:
    """Also for another's file: we do not say that it exists."""
    return NotFound("sheet.missing", N_("There is no such file here. Please go back."))


def moved_on() -> Conflict:
    """A press that came too late."""
    return Conflict(
        "sheet.moved_on", N_("This was already done or stopped. Please open the page again.")
    )


def nothing_good() -> Problem:
    """An import without a single good line."""
    return Problem(
        "sheet.nothing_good",
        N_("No row can be added yet. Please mend the file, or say what the columns are."),
    )
