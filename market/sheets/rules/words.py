"""What the heads of columns mean, as people write them, and which files are something else."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from integrations.contracts.errors import N_
from integrations.contracts.text import fold

# What a column can be, in the order of the choices; "" is a column that is left alone.
FIELDS: Final[Mapping[str, str]] = {
    "name": N_("Name of the goods"),
    "price": N_("Price"),
    "unit": N_("Sold by"),
    "size": N_("Pack or weight"),
    "stock": N_("How many are left"),
    "sku": N_("Goods code"),
    "description": N_("About it"),
    "note": N_("Note"),
    "content": N_("How much is in one"),
    "minimum": N_("Sold from how many on"),
    "gtin": N_("Number under the barcode"),
    "reach": N_("How far it is sent"),
    "season": N_("Season"),
    "preorder": N_("May be ordered before the season"),
    "name_en": N_("Name in English"),
    "description_en": N_("About it, in English"),
    "category": N_("Kind of goods at Gánh"),
    "weight": N_("Weight of one with its wrapping"),
    "parcel": N_("Size of one with its wrapping"),
    "keeps": N_("Days it keeps"),
    "storage": N_("How to keep it, as Gánh says"),
    "allergens": N_("Contains (allergens)"),
    "age": N_("Only from this age"),
}
# What is read as the form reads it, word for word.
BY_THE_FORM: Final = (
    *("content", "minimum", "gtin", "reach", "season", "preorder", "name_en", "description_en"),
)
LEFT_ALONE: Final = ""
MARK: Final = "mark"
MARK_HEAD: Final = N_("Mark of the export (please leave it)")

# Folded heads by field. One word alone counts only when it is the whole head: "gia nhap" (bought
# for) must not become a price, nor "ten khach" (buyer) a name.
_HEADS: Final[Mapping[str, str]] = {
    "name": "ten san pham|ten sp|san pham|ten hang|ten hang hoa|ten mat hang|mat hang|hang hoa"
    "|ten nong san|ten|ten goi|product|product name|name of the goods|name|item",
    "price": "gia ban le|gia ban|gia le|don gia|don gia ban|gia niem yet|gia tien|gia|price",
    "unit": "dvt|don vi tinh|dv tinh|don vi|dv|unit|sold by|ban theo",
    "size": "quy cach|quy cach dong goi|trong luong|khoi luong|dung tich"
    "|kich co|dong goi|size|weight|pack|pack or weight",
    "stock": "so luong con|so luong ton|so luong|ton kho|con lai|con hang|ton|sl con|sl ton|sl"
    "|con|stock|quantity|how many are left",
    "sku": "ma hang|ma hang hoa|ma sp|ma san pham|ma|sku|goods code",
    "description": "mo ta|mo ta san pham|gioi thieu|description|about it",
    "note": "ghi chu|chu thich|note|notes",
    "content": "luong trong mot don vi|luong ben trong|luong tinh|tinh luong|khoi luong tinh"
    "|khoi luong net|net|net weight|net content|content|how much is in one",
    "minimum": "ban it nhat|dat toi thieu|so luong toi thieu|so luong dat toi thieu|toi thieu"
    "|mua toi thieu|ban tu|moq|minimum|minimum order|sold from how many on",
    "gtin": "so ma vach|ma vach|ma so ma vach|ma gtin|gtin|ean|barcode|number under the barcode",
    "reach": "giao den dau|giao toi dau|pham vi giao|pham vi giao hang|noi giao|khu vuc giao"
    "|delivery|how far it is sent",
    "season": "mua vu|thoi vu|mua thu hoach|vu mua|season",
    "preorder": "nhan dat truoc|dat truoc|cho dat truoc|preorder|may be ordered before the season",
    "name_en": "ten tieng anh|ten san pham tieng anh|english name|name in english",
    "description_en": "mo ta tieng anh|mo ta bang tieng anh|english description"
    "|about it in english",
    # Choices of ours: in other lists heads like "Nhóm hàng" stand above words of all kinds.
    "category": "nhom hang tren ganh|kind of goods at ganh",
    "weight": "can nang ca bao bi|weight of one with its wrapping",
    "parcel": "kich thuoc ca bao bi|size of one with its wrapping",
    "keeps": "so ngay giu duoc|days it keeps",
    "storage": "cach bao quan theo ganh|how to keep it as ganh says",
    "allergens": "co chua chat gay di ung|contains allergens",
    "age": "chi ban tu tuoi|only from this age",
    # Of our own exports: no person chooses it, so it stands in no list of choices.
    MARK: "moc tai ve xin de nguyen|mark of the export please leave it",
    LEFT_ALONE: "stt|tt|no|gia nhap|gia von|gia goc|gia si|gia buon|gia dai ly|don gia nhap"
    "|so luong ban|ma so thue",
}
_BY_HEAD: Final[Mapping[str, str]] = {
    head: field for field, heads in _HEADS.items() for head in heads.split("|")
}
# Ends of heads that say in what something is counted.
_COUNTED: Final = re.compile(
    r"( (dong|vnd|vnd|d|k|nghin dong|ngan dong|nghin|ngan|1000d|1000 d|1 000d|1 000 d|x1000"
    r"|trieu dong|kg|g|gram|ml|lit))+$"
)
_THOUSANDS: Final = re.compile(r"\b(nghin|ngan|1000 ?d|1 000 ?d|x ?1000|1000 ?vnd|1000 ?dong)\b")
_MEASURED: Final = re.compile(r"\b(kg|g|gr|gram|ml|lit)$")

_SALES: Final = frozenset(
    (
        *("khach", "khach hang", "ten khach", "ten khach hang", "nguoi mua", "thanh tien"),
        *("hinh thuc", "hinh thuc thanh toan", "so hoa don", "doanh thu", "ngay ban"),
    )
)
_DAYS: Final = frozenset({"ngay", "ngay ban", "ngay thang", "ngay mua", "date"})
_PEOPLE: Final = frozenset(
    (
        *("chu the", "ten chu the", "dia chi", "dien thoai", "so dien thoai", "sdt", "ma so thue"),
        *("ma so thue cccd", "cccd", "cmnd", "so cccd", "ho ten", "ho va ten", "ngay sinh"),
        *("loai hinh", "gioi tinh", "email", "chuc vu"),
    )
)


def field_of(head: str) -> tuple[str, int]:
    """The field that a head means, and how surely: the letters that were recognised, 0 for none."""
    bare = fold(head)
    if bare in _BY_HEAD:
        return _BY_HEAD[bare], 100 + len(bare)
    bare = _COUNTED.sub("", bare)
    if bare in _BY_HEAD:
        return _BY_HEAD[bare], 60 + len(bare)
    words = bare.split()
    for length in range(len(words) - 1, 1, -1):
        start = " ".join(words[:length])
        if start in _BY_HEAD:
            return _BY_HEAD[start], len(start)
    return LEFT_ALONE, 0


def fields_of(heads: Sequence[str]) -> dict[int, str]:
    """The field of each column that was recognised, each field once: the surest column has it."""
    best: dict[str, tuple[int, int]] = {}
    for column, head in enumerate(heads):
        field, score = field_of(head)
        if field and score > best.get(field, (0, 0))[0]:
            best[field] = (score, column)
    return {column: field for field, (_, column) in best.items()}


def in_thousands(head: str) -> bool:
    """True for "Giá (nghìn đồng)": 45 in such a column is 45.000."""
    return _THOUSANDS.search(fold(head)) is not None


def measured_in(head: str) -> str:
    """The unit that a head ends with: "Khối lượng (g)" -> "g", "" for none."""
    found = _MEASURED.search(fold(head))
    return found[1] if found else ""


def something_else(heads: Sequence[str]) -> str | None:
    """`sheet.sales_book` or `sheet.people` by the heads of a table that is no price list."""
    folded = {fold(head) for head in heads}
    has_price = any(field_of(head)[0] == "price" for head in heads)
    if len(folded & _SALES) >= 2 or (folded & _DAYS and folded & _SALES):
        return "sheet.sales_book"
    if len(folded & _PEOPLE) >= 2 and not has_price:
        return "sheet.people"
    return None
