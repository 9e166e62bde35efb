"""Why a file cannot be used, in words."""

from collections.abc import Mapping
from typing import Final

from integrations.contracts.errors import N_, Conflict, NotFound, Problem, TooLarge

FILE_MAX_MB: Final = 10
ZIP_MAX_MB, ZIP_FILES_MAX = 60, 600
ROWS_MAX: Final = 10_000
KEPT_DAYS: Final = 30  # a file, after its import ended

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
    "sheet.failed": N_(
        "We could not read this file: the fault is ours, not the file's. "
        "Please try again, or tell us."
    ),
}
_ZIPS: Final[Mapping[str, str]] = {
    "zip.unreadable": N_("This zip cannot be opened. Please pack the photos again and send it."),
    "zip.too_large": N_(
        "The zip is too large, at most {max_mb} MB. Please send the photos in parts."
    ),
    "zip.too_many": N_(
        "There are too many files in the zip, at most {max_files}. Please send them in parts."
    ),
    "zip.nested": N_("There is a zip inside the zip. Please unpack it first."),
    "zip.names": N_("A file in the zip has a name that we do not open. Please pack it again."),
    "zip.locked": N_("The zip has a password. Please pack it again without one."),
    "zip.no_list": N_("There is no price list in the zip. Please add it, as Excel or CSV."),
    "zip.many_lists": N_("There are several lists in the zip. Please leave one in it."),
    "zip.no_pictures": N_("There are no photos in the zip. Please add them as JPEG, PNG or WebP."),
    "zip.two": N_("Photos came in two zips. Please put them into one."),
}
# What a person knows better, and what may go well the next time.
OVERRULED: Final = ("sheet.sales_book", "sheet.people")
TRIED_AGAIN: Final = ("sheet.failed",)


def refusal(code: str) -> Problem:
    """The sentence for a file that cannot be used, at the field `file`."""
    kind = TooLarge if code == "sheet.too_large" else Problem
    params = {"max_mb": FILE_MAX_MB, "max_rows": ROWS_MAX}
    return kind(code, _REFUSALS[code], field="file", params=params)


def zip_refusal(code: str, *, field: str) -> Problem:
    """The sentence for a zip that cannot be used, at the field it was chosen in."""
    kind = TooLarge if code == "zip.too_large" else Problem
    params = {"max_mb": ZIP_MAX_MB, "max_files": ZIP_FILES_MAX}
    return kind(code, _ZIPS[code], field=field, params=params)


def which_kind() -> Problem:
    """A line about goods in several kinds that does not say which kind it means."""
    return Problem(
        "sheet.which_kind",
        N_(
            "These goods come in several kinds. Please give each kind a row with its code,"
            " as in the list that can be downloaded here."
        ),
    )


def row_left_out() -> Problem:
    """A photo whose row could not be added."""
    return Problem(
        "sheet.row_left_out", N_("Its row was not added. Please mend the row and send both again.")
    )


def no_such_sheet() -> NotFound:
    """Also for another's file: we do not say that it exists."""
    return NotFound("sheet.missing", N_("There is no such file here. Please go back."))


def file_gone() -> Conflict:
    """The file was kept for a month, and is needed no more."""
    return Conflict(
        "sheet.file_gone",
        N_(
            "The file is not kept any more. Please send the list again to get it with what to mend."
        ),
    )


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
