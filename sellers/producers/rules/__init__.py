"""Who sells, decided without tables: kinds in plain words, accounts, holders, place names."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import clean_line, clean_text, fold

ABOUT_MAX: Final = 2_000
HOLDER_MAX: Final = 70
HAMLET_MAX: Final = 120
_QUERY_WORDS_MAX: Final = 8

# Best known first: where most farm households keep their money.
BEST_KNOWN_BANKS: Final = (
    "970405",  # Agribank
    "970436",  # Vietcombank
    "970415",  # VietinBank
    "970418",  # BIDV
    "970422",  # MB
    "970449",  # LPBank, the one of the post offices
    "970407",  # Techcombank
    "970416",  # ACB
    "970403",  # Sacombank
    "970432",  # VPBank
)

# kind -> what it is called, and what it means in one plain sentence (tax depends on it).
KIND_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "household": (
        N_("A household"),
        N_("A family or one person sells and answers for it. Most choose this."),
    ),
    "group": (
        N_("A cooperative group"),
        N_("Some households work together by a contract, without a company."),
    ),
    "cooperative": (
        N_("A cooperative"),
        N_("Registered as a cooperative, with its own tax number and books."),
    ),
    "firm": (
        N_("A company"),
        N_("Registered as a company, with its own tax number and books."),
    ),
}

# Words for levels of government: people write them, the table of places does not repeat them.
_LEVELS = re.compile(r"\b(thanh pho|thi xa|thi tran|tp|tx|tt|huyen|quan|(?<!ha )tinh)\b")
_KINDS_OF_PLACE = re.compile(r"^(xa|phuong|dac khu) ")
_ACCOUNT = re.compile(r"(?=.*[0-9])[0-9A-Z]{4,19}")


def commune_words(folded: str) -> tuple[str, list[str]]:
    """A folded query as (the phrase that a name may begin with, the words that must all occur).

    "xa can loc tinh ha tinh" -> ("can loc ha tinh", ["xa", "can", "loc", "ha", "tinh"]).
    """
    short = " ".join(_LEVELS.sub(" ", folded).split()) or folded
    words = list(dict.fromkeys(short.split()))[:_QUERY_WORDS_MAX]
    return _KINDS_OF_PLACE.sub("", short), words


def says_district(folded: str) -> bool:
    """True when a folded query calls a place a district or a town, which ended in July 2025."""
    return re.search(r"\b(huyen|thi xa|thanh pho|tp|tx)\b", folded) is not None


def bare_name(full_name: str) -> str:
    """A place's folded name without its kind: "Xã Thiên Lộc" -> "thien loc"."""
    return re.sub(r"^(xa|phuong|thi tran|dac khu) ", "", fold(full_name))


def read_bank(text: str) -> str:
    """A bank's BIN, six digits. Raises `Problem` (code `bank.unknown`, field bank_bin)."""
    if not re.fullmatch(r"[0-9]{6}", text):
        raise bank_unknown()
    return text


def bank_unknown() -> Problem:
    """No bank of ours has this BIN, or it takes no transfers."""
    return Problem("bank.unknown", N_("Please choose the bank from the list."), field="bank_bin")


def tidy_account(text: str) -> str:
    """An account number without spaces, dots and dashes, capitals, ASCII digits."""
    return re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text[:80])).upper()


def read_account(text: str) -> str:
    """4 to 19 digits (some banks put letters among them).

    Raises `Problem` (code `account.unreadable`, field account).
    """
    account = tidy_account(text)
    if len(text) > 60 or not _ACCOUNT.fullmatch(account):
        raise Problem(
            "account.unreadable",
            N_("Please type the account number as the bank card or app shows it."),
            field="account",
        )
    return account


def read_holder(text: str) -> str:
    """The holder's name as banks write it: capitals without marks.

    "Trần Văn Hòa" -> "TRAN VAN HOA". Raises `Problem` (code `holder.unreadable`, field holder).
    """
    holder = fold(text[: HOLDER_MAX * 4]).upper()
    if len(text) > HOLDER_MAX * 2 or not 2 <= len(holder) <= HOLDER_MAX or "<" in text:
        holder = ""
    if not any(c.isalpha() for c in holder):
        raise Problem(
            "holder.unreadable",
            N_("Please type the holder's name as the bank shows it, such as TRAN VAN HOA."),
            field="holder",
        )
    return holder


def read_kind(text: str) -> str:
    """One of the four kinds. Raises `Problem` (code `kind.missing`, field kind)."""
    if text not in KIND_WORDS:
        raise Problem("kind.missing", N_("Please choose who is selling."), field="kind")
    return text


def read_about(text: str) -> str:
    """Some words about the producer, up to 2,000 characters.

    Raises `Problem` (code `about.too_long`, field about).
    """
    if len(text) > ABOUT_MAX * 2 or len(about := clean_text(text)) > ABOUT_MAX:
        raise Problem(
            "about.too_long",
            N_("This text is too long. Please use at most {max} letters."),
            field="about",
            params={"max": ABOUT_MAX},
        )
    return about


def read_hamlet(text: str) -> str:
    """Hamlet, street or house as people write it, up to 120 characters; may be empty.

    Raises `Problem` (code `hamlet.too_long`, field hamlet).
    """
    if len(text) > HAMLET_MAX * 4 or len(hamlet := clean_line(text)) > HAMLET_MAX:
        raise Problem(
            "hamlet.too_long",
            N_("This name of a hamlet is too long. Please use at most {max} letters."),
            field="hamlet",
            params={"max": HAMLET_MAX},
        )
    return hamlet
