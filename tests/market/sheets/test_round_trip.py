"""What goes out as a price list comes back as it was: every column, in every language."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from integrations.runtime.i18n import LANGUAGES, Language, translate
from market.catalog.rules import Allergen, Category, StorageWay
from market.listing.schemas import FACTS
from market.listing.service import goods
from market.listing.service.goods import Sheet
from market.sheets.rules import facts
from market.sheets.rules.words import BY_THE_FORM
from market.sheets.service import back, files
from market.sheets.service import run as importing
from tests.kit.people import Seller, a_seller
from tests.kit.sheets import a_sheet
from tests.kit.stack import Stack

FULL = {
    "name": "Nước mắm Cửa Lạch",
    "price": "85000",
    "unit": "chai 500 ml",
    "stock": "40",
    "description": "Ủ 18 tháng.\n\nCá cơm và muối.",
    "category": "seasoning",
    "weight": "1,234 kg",
    "size": "8 x 8 x 25,5 cm",
    "keeps": "730",
    "storage": "dry",
    "allergens": "fish crustaceans molluscs",
}
SPIRIT = {"name": "Rượu nếp", "price": "120000", "age": "18", "weight": "800", "stock": "0"}


def test_every_fact_of_the_form_has_a_column() -> None:
    """A new one is one line in `facts.COLUMNS` or `BY_THE_FORM`, and a head in `words.py`."""
    assert {column.form for column in facts.COLUMNS.values()} | set(BY_THE_FORM) == set(FACTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_is_read_as_it_is_written(language: Language) -> None:
    known = facts.vocabulary({language: lambda text: translate(language, text)})
    for field, codes in (("category", Category), ("storage", StorageWay), ("allergens", Allergen)):
        words = facts.COLUMNS[field].words or {}
        every = facts.BETWEEN.join(translate(language, words[code]) for code in codes)
        assert facts.form_text(field, every, known) == " ".join(codes)


async def kept(seller: Seller) -> list[dict[str, Any]]:
    """Everything about the seller's goods, without what the clock writes."""
    async with work(SYSTEM):
        return await rows(
            "SELECT to_jsonb(l)::text AS listing, to_jsonb(v)::text AS variant"
            " FROM listing l JOIN variant v ON v.listing_id = l.id WHERE l.producer_id = $1"
            " ORDER BY l.id",
            [seller.producer_id],
        )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_of_it_goes_out_and_comes_back_without_a_change(
    stack: Stack, language: Language
) -> None:
    seller = await a_seller()
    for typed in (FULL, SPIRIT):
        saved = await goods.save(
            seller.viewer,
            storage=stack.ports.storage,
            sheet=Sheet(form_id=str(new_id()), typed=typed),
        )
        assert saved.problems == ()
    before = await kept(seller)
    data = await back.exported(seller.viewer, say=lambda text, **p: translate(language, text, **p))
    sheet_id = await a_sheet(stack, seller, data)
    await stack.drain()
    seen = await files.look(seller.viewer, sheet_id)
    assert (seen.good, seen.bad, seen.same) == (2, 0, 2)
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()
    done = await files.look(seller.viewer, sheet_id)
    assert (done.done, done.new, done.changed, done.same) == (2, 0, 0, 2)
    assert await kept(seller) == before


async def test_a_fact_that_was_changed_in_the_file_is_changed(stack: Stack) -> None:
    seller = await a_seller()
    await goods.save(
        seller.viewer,
        storage=stack.ports.storage,
        sheet=Sheet(form_id=str(new_id()), typed=FULL),
    )
    data = await back.exported(seller.viewer, say=lambda text, **p: translate("vi", text, **p))
    book = load_workbook(io.BytesIO(data))
    sheet = book.active
    assert sheet is not None
    head = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    sheet.cell(2, head["Cân nặng cả bao bì"]).value = "1,5kg"
    sheet.cell(2, head["Cách bảo quản theo Gánh"]).value = "tủ gì đó"
    out = io.BytesIO()
    book.save(out)
    sheet_id = await a_sheet(stack, seller, out.getvalue())
    await stack.drain()
    _, [line], _ = await files.preview(seller.viewer, sheet_id)
    assert [one["code"] for one in line.bad] == ["choice.unknown"]
    sheet.cell(2, head["Cách bảo quản theo Gánh"]).value = "dry"
    out = io.BytesIO()
    book.save(out)
    sheet_id = await a_sheet(stack, seller, out.getvalue())
    await stack.drain()
    _, [line], _ = await files.preview(seller.viewer, sheet_id)
    assert (line.will, line.typed["weight"], line.bad) == ("changed", "1,5kg", [])
