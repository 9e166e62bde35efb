"""Numbers under a barcode: they tell goods apart, and say nothing about where goods are from."""

from integrations.contracts.errors import N_, Problem


def read_gtin(text: str) -> str:
    """A GTIN-8, -12, -13 or -14 without spaces, its check digit right (GS1 General
    Specifications, 7.9).

    Raises `Problem` (`gtin.length`, `gtin.check_digit`).
    """
    from stdnum import ean
    from stdnum.exceptions import InvalidChecksum, ValidationError

    try:
        return str(ean.validate(text))
    except InvalidChecksum:
        raise Problem(
            "gtin.check_digit",
            N_("A digit of this barcode number is not right. Please compare it with the pack."),
        ) from None
    except ValidationError:
        raise Problem(
            "gtin.length",
            N_("A barcode number has 8, 12, 13 or 14 digits. Please type all of them."),
        ) from None
