"""Phone numbers as people write them, kept as +84…"""

import re
import unicodedata

import phonenumbers

from integrations.contracts.errors import N_, Problem

# Numbers that a message can reach and that cost nothing special (not 1900, 1800, 113).
_TYPES = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)


def parse_phone(text: str) -> str:
    """A Vietnamese mobile or landline (or a foreign number with +) as E.164.

    Understands spaces, dots, brackets, full-width digits, 84… and 0084….
    Raises `Problem` (code `phone.unreadable`).
    """
    digits = re.sub(r"[^\d+]", "", unicodedata.normalize("NFKC", text))[:24]
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("84") and len(digits) >= 11:
        digits = "+" + digits
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or phonenumbers.number_type(number) not in _TYPES:
        raise Problem(
            "phone.unreadable",
            N_("This phone number does not look complete. Please type it like 0912 345 678."),
            field="phone",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def format_phone(e164: str) -> str:
    """+84912345678 -> "0912 345 678"; foreign numbers keep their country code."""
    number = phonenumbers.parse(e164, None)
    if number.country_code != 84:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = "0" + str(number.national_number)
    return " ".join((national[:-6], national[-6:-3], national[-3:]))


def mask_phone(e164: str) -> str:
    """+84912345678 -> "09•• ••• 678": enough to recognise, not enough to call."""
    shown = format_phone(e164)
    keep = {0, 1, len(shown) - 3, len(shown) - 2, len(shown) - 1}
    return "".join(c if i in keep or not c.isdigit() else "•" for i, c in enumerate(shown))
