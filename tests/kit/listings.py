"""Goods made for one test: drafts, and goods that stand in the shop."""

from dataclasses import dataclass
from uuid import UUID

from slugify import slugify

from integrations.contracts.ids import new_id, short_code
from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.catalog.models import Listing, StockMovement, TaxClass, Variant
from market.catalog.rules import ListingState
from tests.kit.people import Seller


@dataclass(frozen=True)
class Goods:
    """A listing with its one variant."""

    id: UUID
    variant_id: UUID
    code: str
    slug: str
    name: str
    price_vnd: int | None


async def a_listing(
    seller: Seller,
    *,
    name: str = "Bưởi Phúc Trạch",
    price_vnd: int | None = 45_000,
    available: int = 0,
    unit: str = "quả",
    description: str = "",
    state: ListingState = ListingState.DRAFT,
    tax_class: TaxClass = TaxClass.GOODS_DISTRIBUTION,
) -> Goods:
    """A listing in any state, straight into the tables, without a photo."""
    code, listing_id, variant_id = short_code(), new_id(), new_id()
    slug = slugify(name, max_length=100)
    async with work(SYSTEM):
        await Listing.create(
            id=listing_id,
            producer_id=seller.producer_id,
            client_id=str(new_id()),
            code=code,
            slug=slug,
            name=name,
            description=description,
            search_text=fold(f"{name} {seller.name} {description}")[:600],
            tax_class=tax_class,
            state=state,
        )
        await Variant.create(
            id=variant_id,
            listing_id=listing_id,
            producer_id=seller.producer_id,
            sku=code,
            price_vnd=price_vnd,
            unit=unit,
            available=available,
            started=available,
        )
        if available:
            await StockMovement.create(
                variant_id=variant_id,
                producer_id=seller.producer_id,
                change=available,
                reason="set",
                reference=f"kit:{variant_id}",
            )
        await run(
            "UPDATE listing SET submitted_at = CASE WHEN state <> 'draft' THEN now() END,"
            " live_at = CASE WHEN state IN ('live', 'paused') THEN now() END WHERE id = $1",
            [listing_id],
        )
    return Goods(listing_id, variant_id, code, slug, name, price_vnd)


async def a_live_listing(
    seller: Seller,
    *,
    price_vnd: int = 45_000,
    available: int = 10,
    name: str = "Bưởi Phúc Trạch",
    unit: str = "quả",
    tax_class: TaxClass = TaxClass.GOODS_DISTRIBUTION,
) -> Goods:
    """Goods that anyone can buy now."""
    return await a_listing(
        seller,
        name=name,
        price_vnd=price_vnd,
        available=available,
        unit=unit,
        state=ListingState.LIVE,
        tax_class=tax_class,
    )


async def sold_as(goods: Goods, **columns: object) -> None:
    """Set columns of the listing, those of its variant by `variant_…`, straight in the tables."""
    for table, key, prefix in (
        ("listing", goods.id, ""),
        ("variant", goods.variant_id, "variant_"),
    ):
        names = [name for name in columns if name.startswith("variant_") == bool(prefix)]
        if not names:
            continue
        marks = ", ".join(f"{n.removeprefix(prefix)} = ${i}" for i, n in enumerate(names, 2))
        async with work(SYSTEM):
            await run(
                f"UPDATE {table} SET {marks} WHERE id = $1", [key, *(columns[n] for n in names)]
            )
