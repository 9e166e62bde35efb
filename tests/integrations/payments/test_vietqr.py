"""VietQR: published texts, broken ones, and pictures that a scanner reads back."""

import io
import json
import re
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from integrations.contracts.ports import BankQr, TransferRequest
from integrations.payments.vietqr import (
    Fields,
    VietQr,
    ascii_purpose,
    crc16,
    field,
    parse_payload,
    render,
    transfer_in,
)

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "vietqr.json").read_text("utf-8"))
GOOD = [row["text"] for row in VECTORS["good"]]
QR: BankQr = VietQr()


def flat(fields: Fields) -> str:
    return "".join(field(t, v if isinstance(v, str) else flat(v)) for t, v in fields.items())


def test_crc_check_value() -> None:
    check = VECTORS["crc_check"]
    assert f"{crc16(check['text'].encode()):04X}" == check["crc"]


@pytest.mark.parametrize("text", GOOD)
def test_published_text_parses_and_renders_back(text: str) -> None:
    fields = parse_payload(text)
    pairs = [(t, v if isinstance(v, str) else flat(v)) for t, v in fields.items() if t != "63"]
    assert render(pairs) == text


def test_payload_equals_the_published_text() -> None:
    request = TransferRequest("970405", "3700205123456", 185_000, "OCOP7K2M9Q")
    assert QR.payload(request) == GOOD[-1]


@pytest.mark.parametrize("row", VECTORS["broken_fields_right_crc"], ids=("outer", "nested"))
def test_a_right_crc_does_not_save_broken_fields(row: dict[str, str]) -> None:
    assert f"{crc16(row['text'][:-4].encode()):04X}" == row["text"][-4:]
    with pytest.raises(ValueError, match=row["words"]):
        parse_payload(row["text"])


@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("at", [0, 5, 20, 40, -1])
def test_one_changed_character_is_seen(text: str, at: int) -> None:
    place = at % len(text)
    other = "1" if text[place] != "1" else "2"
    with pytest.raises(ValueError):
        parse_payload(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("01", "12"), ("00", "01")], "00 must come first"),
        ([("00", "02"), ("01", "12")], "00 must come first"),
        ([("00", "01"), ("01", "13")], "01 must be"),
        ([("00", "01"), ("01", "12"), ("01", "12")], "stands twice"),
        ([("00", "01"), ("01", "12"), ("38", "00x1")], "no tag and length"),
        ([("00", "01"), ("01", "12"), ("38", "0000")], "3800 is 0 long"),
    ],
)
def test_wrong_structure_is_named(pairs: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_payload(render(pairs))


@pytest.mark.parametrize("text", ["", "6304", "khoai lang", "đ" * 20, "0" * 10_000])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_payload(text)


def test_transfer_in_refuses_another_kind_of_qr() -> None:
    card = next(text for text in GOOD if "QRIBFTTC" in text)
    with pytest.raises(ValueError, match="to an account"):
        transfer_in(card)
    with pytest.raises(ValueError, match="38 is missing"):
        transfer_in(render([("00", "01"), ("01", "12"), ("26", "x")]))
    assert transfer_in(GOOD[0]) == TransferRequest("970416", "257678859", 0, "")


requests = st.builds(
    TransferRequest,
    bank_bin=st.from_regex(r"\A[0-9]{6}\Z"),
    account=st.from_regex(r"\A[0-9A-Za-z]{1,19}\Z"),
    amount_vnd=st.integers(1, 9_999_999_999_999),
    reference=st.from_regex(r"\A[A-Z0-9]{1,25}\Z"),
)


@given(requests)
def test_every_payload_reads_back_as_asked(request: TransferRequest) -> None:
    assert transfer_in(QR.payload(request)) == request


@pytest.mark.parametrize(
    "request_",
    [
        TransferRequest("97041", "1", 1, "A"),
        TransferRequest("97041٦", "1", 1, "A"),
        TransferRequest("970416", "", 1, "A"),
        TransferRequest("970416", "1" * 20, 1, "A"),
        TransferRequest("970416", "12 34", 1, "A"),
        TransferRequest("970416", "1", 0, "A"),
        TransferRequest("970416", "1", -5, "A"),
        TransferRequest("970416", "1", 10**13, "A"),
        TransferRequest("970416", "1", 1, ""),
        TransferRequest("970416", "1", 1, "!!"),
        TransferRequest("970416", "1", 1, "A" * 26),
    ],
)
def test_what_cannot_be_encoded_is_refused(request_: TransferRequest) -> None:
    with pytest.raises(ValueError):
        QR.payload(request_)


def test_purpose_loses_its_marks() -> None:
    assert ascii_purpose("Bưởi Đường — đơn 7") == "BUOI DUONG DON 7"


@pytest.mark.parametrize("value", ["", "x" * 100, "đ"])
def test_field_refuses_what_has_no_length(value: str) -> None:
    with pytest.raises(ValueError):
        field("08", value)


def test_field_refuses_a_tag_of_letters() -> None:
    with pytest.raises(ValueError, match="two digits"):
        field("8", "x")


@pytest.mark.parametrize("text", GOOD)
def test_png_is_large_enough_and_scans(text: str) -> None:
    image = Image.open(io.BytesIO(QR.png(text)))
    assert image.format == "PNG" and image.width == image.height >= 720
    assert [code.text for code in zxingcpp.read_barcodes(image.convert("L"))] == [text]


def test_svg_is_inline_paths_only() -> None:
    svg = QR.svg(GOOD[-1])
    assert re.match(r'<svg viewBox="0 0 45 45"><path ', svg)
    assert set(re.findall(r"<([a-z]+)", svg)) == {"svg", "path"}
    assert not re.search(r"width=|height=|style=|class=|<\?xml|role=", svg)
    # 37 modules of version 5 and four of quiet zone on each side.
    assert 'd="M4 4.5' in svg and "M0 0h45v45h-45z" in svg
