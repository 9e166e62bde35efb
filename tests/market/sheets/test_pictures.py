"""Photos from a zip: tied to rows in the preview, added once after the yes, the others named."""

from uuid import UUID

import pytest

from integrations.contracts.errors import Problem
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.sheets.schemas import SheetState
from market.sheets.service import files
from market.sheets.service import run as importing
from tests.kit.pages import hidden, words
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import pattern, phone_jpeg
from tests.kit.sheets import a_sheet, csv_text, xlsx, zipped
from tests.kit.stack import Stack

LIST = [
    ("Mã hàng", "Tên hàng", "Giá"),
    ("CD1", "Cu đơ", "50.000"),
    ("MO", "Mật ong", "150.000"),
    ("X", "Cam", "rẻ"),
]
ONE, TWO = (phone_jpeg(pattern(640, 480 + 8 * n)) for n in range(2))
PHOTOS = {
    "anh/CD1-2.jpg": TWO,
    "anh/CD1.jpg": ONE,
    "anh/mat ong.jpg": ONE,
    "anh/IMG_1.jpg": TWO,
    "anh/cam.jpg": TWO,
    "anh/MO-3.jpg": b"\xff\xd8\xff no picture",
}


async def photos_of(seller: Seller) -> list[tuple[str, int, str]]:
    """Name of the goods, the photo's position, its state."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT l.name, p.position, p.state FROM photo p JOIN listing l ON l.id = p.listing_id"
            " WHERE l.producer_id = $1 ORDER BY l.name, p.position",
            [seller.producer_id],
        )
    return [(row["name"], row["position"], row["state"]) for row in found]


async def added(stack: Stack, seller: Seller, sheet_id: UUID) -> None:
    """Say yes and wait."""
    await stack.drain()
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()


@pytest.mark.parametrize("way", ["beside", "inside"])
async def test_photos_go_to_the_goods_whose_code_or_name_they_have(stack: Stack, way: str) -> None:
    seller = await a_seller()
    if way == "beside":
        sheet_id = await a_sheet(stack, seller, xlsx(LIST), pictures=zipped(PHOTOS))
    else:
        both = zipped({"bảng giá.csv": csv_text(LIST).encode(), **PHOTOS})
        sheet_id = await a_sheet(stack, seller, both, name="hang.zip")
    await stack.drain()
    ready = await files.look(seller.viewer, sheet_id)
    assert (ready.state, ready.pictures, ready.pictures_known) == (SheetState.READY, 6, 5)
    assert await photos_of(seller) == []
    await added(stack, seller, sheet_id)
    done = await files.look(seller.viewer, sheet_id)
    assert (done.state, done.pictures_done, done.pictures_waiting) == (SheetState.DONE, 4, 0)
    assert [one for one in await photos_of(seller) if one[2] == "ready"] == [
        ("Cu đơ", 0, "ready"),
        ("Cu đơ", 1, "ready"),
        ("Mật ong", 0, "ready"),
    ]
    unused, rest = await files.photos(seller.viewer, sheet_id, unused=True)
    assert [(one.name, one.problem and one.problem["code"]) for one in unused] == [
        ("cam.jpg", "sheet.row_left_out"),
        ("IMG_1.jpg", None),
    ]
    assert rest is None


async def test_the_same_zip_again_adds_no_photo(stack: Stack) -> None:
    seller = await a_seller()
    for _ in range(2):
        sheet_id = await a_sheet(
            stack, seller, xlsx(LIST[:2]), pictures=zipped({"CD1.jpg": ONE, "CD1-2.jpg": TWO})
        )
        await added(stack, seller, sheet_id)
        assert (await files.look(seller.viewer, sheet_id)).pictures_done == 2
    assert await photos_of(seller) == [("Cu đơ", 0, "ready"), ("Cu đơ", 1, "ready")]


async def test_a_photo_that_is_none_is_named_and_the_others_come(stack: Stack) -> None:
    seller = await a_seller()
    data = zipped({"CD1.jpg": b"%PDF-1.4 a paper", "CD1-2.jpg": ONE})
    sheet_id = await a_sheet(stack, seller, xlsx(LIST[:2]), pictures=data)
    await added(stack, seller, sheet_id)
    assert await photos_of(seller) == [("Cu đơ", 0, "ready")]
    async with stack.client(seller.token) as client:
        here = f"/api/v1/sheets/{sheet_id}/pictures"
        [bad] = (await client.get(here, params={"unused": True})).json()["items"]
        every = (await client.get(here, params={"limit": 1})).json()
    assert (bad["name"], bad["row"], bad["state"]) == ("CD1.jpg", 2, "failed")
    assert bad["problem"] == "Đây là giấy tờ PDF. Mời chụp ảnh sản phẩm rồi gửi."
    assert ([one["name"] for one in every["items"]], every["next_at"]) == (["CD1.jpg"], 0)


async def test_a_stopped_import_adds_no_more_photos(stack: Stack) -> None:
    seller = await a_seller()
    many = {f"CD1-{n}.jpg": phone_jpeg(pattern(600, 400 + 8 * n)) for n in range(2)}
    sheet_id = await a_sheet(stack, seller, xlsx(LIST[:2]), pictures=zipped(many))
    await stack.drain()
    await importing.confirm(seller.viewer, sheet_id)
    await importing.import_some(stack.ports.storage, sheet_id)
    rows_done = await files.look(seller.viewer, sheet_id)
    assert (rows_done.state, rows_done.steps) == (SheetState.IMPORTING, (0, 2))
    await importing.cancel(seller.viewer, sheet_id)
    await stack.drain()
    assert await photos_of(seller) == []


@pytest.mark.parametrize(
    ("file", "pictures", "field", "code"),
    [
        ({"CD1.jpg": b"1"}, None, "file", "zip.no_list"),
        ({"a.csv": b"1", "b.xlsx": b"1"}, None, "file", "zip.many_lists"),
        ({"a.csv": b"1", "more.zip": b"1"}, None, "file", "zip.nested"),
        ({"a.csv": b"1"}, {"CD1.jpg": b"1"}, "pictures", "zip.two"),
        (None, {"notes.txt": b"1"}, "pictures", "zip.no_pictures"),
        (None, {"../CD1.jpg": b"1"}, "pictures", "zip.names"),
    ],
)
async def test_a_zip_of_no_use_is_refused_at_its_field(
    stack: Stack,
    file: dict[str, bytes] | None,
    pictures: dict[str, bytes] | None,
    field: str,
    code: str,
) -> None:
    seller = await a_seller()
    with pytest.raises(Problem) as refused:
        await a_sheet(
            stack,
            seller,
            xlsx(LIST) if file is None else zipped(file),
            pictures=None if pictures is None else zipped(pictures),
        )
    assert (refused.value.field, refused.value.code) == (field, code)
    assert await files.latest(seller.viewer) == []


async def test_by_hand_with_a_zip_beside_the_list(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        form_id = hidden((await browser.get("/producer/sheets")).text, "form_id")
        sheet = ("gia.xlsx", xlsx(LIST))
        wrong = await browser.post(
            "/producer/sheets",
            data={"form_id": form_id},
            files={"file": sheet, "pictures": ("anh.zip", b"no zip")},
        )
        assert wrong.status_code == 400
        assert "Không mở được tệp zip này" in words(wrong.text)
        sent = await browser.post(
            "/producer/sheets",
            data={"form_id": form_id},
            files={"file": sheet, "pictures": ("anh.zip", zipped(PHOTOS))},
        )
        await stack.drain()
        page = words((await browser.get(sent.headers["location"])).text)
    assert "Ảnh đã biết của hàng nào 5" in page
    assert "IMG_1.jpg Không dòng nào có mã hoặc tên này." in page
