"""VietQR (NAPAS 247): the EMVCo text of a bank transfer, its check, and its pictures."""

import io
import re
from collections.abc import Sequence
from typing import Final

import segno

from integrations.contracts.ports import TransferRequest
from integrations.contracts.text import fold

Fields = dict[str, "str | Fields"]

NAPAS_GUID: Final = "A000000727"
TO_ACCOUNT: Final = "QRIBFTTA"
PURPOSE_MAX: Final = 25
QUIET_ZONE: Final = 4
PNG_MIN_PX: Final = 720

_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_AMOUNT_DIGITS_MAX = 13
_CRC_HEAD = "6304"
_TAG = re.compile(r"[0-9]{2}")
# Templates: these tags hold further fields; in 38 the beneficiary is a template once more.
_NESTED: dict[str, tuple[str, ...]] = {"": ("38", "62"), "38": ("01",), "62": ()}


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, not reflected."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def field(tag: str, value: str) -> str:
    """One TLV field: two digits of tag, two of length, the value (1 to 99 ASCII characters)."""
    if not _TAG.fullmatch(tag):
        raise ValueError(f"tag {tag!r} is not two digits")
    if not value.isascii() or not 1 <= len(value) <= 99:
        raise ValueError(f"field {tag} needs 1 to 99 ASCII characters")
    return f"{tag}{len(value):02d}{value}"


def render(fields: Sequence[tuple[str, str]]) -> str:
    """Fields in the given order, closed by 63 with the CRC over everything before it."""
    body = "".join(field(tag, value) for tag, value in fields) + _CRC_HEAD
    return f"{body}{crc16(body.encode('ascii')):04X}"


def ascii_purpose(text: str) -> str:
    """Words a bank app leaves alone: A-Z, 0-9 and spaces, at most 25 characters.

    Diacritics are dropped. Raises `ValueError` when nothing is left or it is too long.
    """
    purpose = fold(text).upper()
    if not 1 <= len(purpose) <= PURPOSE_MAX:
        raise ValueError(f"the purpose needs 1 to {PURPOSE_MAX} characters")
    return purpose


def parse_payload(text: str) -> Fields:
    """Read a VietQR text into nested fields by tag; `["38"]["01"]["01"]` is the account.

    Checks the CRC and every nested length: a text can carry a right CRC over broken fields.
    Raises `ValueError` that says what is wrong.
    """
    if not text.isascii():
        raise ValueError("only ASCII is allowed")
    if len(text) < 12 or text[-8:-4] != _CRC_HEAD:
        raise ValueError("the text does not end in field 63")
    if text[-4:] != f"{crc16(text[:-4].encode('ascii')):04X}":
        raise ValueError("the CRC does not match")
    fields = _read(text, "")
    if next(iter(fields)) != "00" or fields["00"] != "01":
        raise ValueError("field 00 must come first and be 01")
    if fields.get("01") not in ("11", "12"):
        raise ValueError("field 01 must be 11 or 12")
    return fields


def transfer_in(text: str) -> TransferRequest:
    """What a bank app would fill in from a text made by `VietQr.payload`.

    An absent amount is 0 and an absent purpose is empty. Raises `ValueError` for another QR.
    """
    fields = parse_payload(text)
    account = _template(fields, "38")
    if account.get("00") != NAPAS_GUID or account.get("02") != TO_ACCOUNT:
        raise ValueError("not a NAPAS transfer to an account")
    beneficiary = _template(account, "01")
    return TransferRequest(
        bank_bin=str(beneficiary["00"]),
        account=str(beneficiary["01"]),
        amount_vnd=int(str(fields.get("54", "0"))),
        reference=str(_template(fields, "62").get("08", "")) if "62" in fields else "",
    )


def _template(fields: Fields, tag: str) -> Fields:
    value = fields.get(tag)
    if not isinstance(value, dict):
        raise ValueError(f"field {tag} is missing")
    return value


def _read(text: str, within: str) -> Fields:
    """Fields of one level; a tag may stand once, and each length must fit exactly."""
    fields: Fields = {}
    at = 0
    while at < len(text):
        head = text[at : at + 4]
        if len(head) < 4 or not head.isdigit():
            raise ValueError(f"no tag and length at {within or 'top'}+{at}")
        tag, length = head[:2], int(head[2:])
        value = text[at + 4 : at + 4 + length]
        if length == 0 or len(value) != length:
            raise ValueError(f"field {within}{tag} is {length} long, {len(value)} are there")
        if tag in fields:
            raise ValueError(f"field {within}{tag} stands twice")
        fields[tag] = _read(value, tag) if tag in _NESTED.get(within, ()) else value
        at += 4 + length
    return fields


class VietQr:
    """The port `BankQr` by VietQR: text and pictures, nothing leaves the machine."""

    def payload(self, request: TransferRequest) -> str:
        """Dynamic transfer to an account, with amount and purpose.

        Layout: NAPAS "QR Switching, Part IV" 1.5.2. Raises `ValueError` for a field that
        cannot be encoded; the text never holds the account number.
        """
        if not _BIN.fullmatch(request.bank_bin):
            raise ValueError("the bank BIN needs six digits")
        if not _ACCOUNT.fullmatch(request.account):
            raise ValueError("the account needs 1 to 19 letters and digits")
        amount = str(request.amount_vnd)
        if request.amount_vnd <= 0 or len(amount) > _AMOUNT_DIGITS_MAX:
            raise ValueError("the amount must be above 0 and have at most 13 digits")
        beneficiary = field("00", request.bank_bin) + field("01", request.account)
        account = field("00", NAPAS_GUID) + field("01", beneficiary) + field("02", TO_ACCOUNT)
        purpose = field("08", ascii_purpose(request.reference))
        return render(
            (
                ("00", "01"),
                ("01", "12"),
                ("38", account),
                ("53", "704"),
                ("54", amount),
                ("58", "VN"),
                ("62", purpose),
            )
        )

    def svg(self, payload: str) -> str:
        """Two paths, white below black, in a `viewBox`; size, role and label come from the page."""
        return _symbol(payload).svg_inline(
            border=QUIET_ZONE,
            omitsize=True,
            dark="#000",
            light="#fff",
            svgclass=None,
            lineclass=None,
        )

    def png(self, payload: str) -> bytes:
        """Black on white, whole pixels per module, at least 720 px wide."""
        symbol = _symbol(payload)
        modules = symbol.symbol_size(border=QUIET_ZONE)[0]
        out = io.BytesIO()
        symbol.save(out, kind="png", border=QUIET_ZONE, scale=-(-PNG_MIN_PX // modules))
        return out.getvalue()


def _symbol(payload: str) -> segno.QRCode:
    # Level M: read well from a bent or scratched screen, still few modules.
    return segno.make_qr(payload, error="m", boost_error=False)
