"""At 100,000 goods the shop still reads few rows: the plans of its statements."""

import asyncpg
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.storefront.queries import NEWEST, NEWEST_AFTER, PRODUCT, SEARCH
from tests.kit.people import a_seller
from tests.kit.stack import Stack

GOODS = 100_000

_LISTINGS = """
INSERT INTO listing (id, producer_id, client_id, code, slug, name, search_text, tax_class, state,
                     live_at)
SELECT gen_random_uuid(), $1, 'bulk-' || n, upper(lpad(to_hex(n), 8, 'Z')), 'bulk', 'Hàng ' || n,
       'hang so ' || n || CASE WHEN n % 40 = 0 THEN ' buoi phuc trach' ELSE ' mat ong' END,
       'goods_distribution', 'live', now() - make_interval(secs => n)
FROM generate_series(1, $2::int) n RETURNING 1
"""
_VARIANTS = """
INSERT INTO variant (id, listing_id, producer_id, sku, price_vnd, unit)
SELECT gen_random_uuid(), l.id, l.producer_id, l.code, 1000, 'kg' FROM listing l
WHERE l.producer_id = $1 RETURNING 1
"""


@pytest.mark.nightly
async def test_no_public_read_walks_the_whole_table(stack: Stack) -> None:
    seller = await a_seller()
    async with work(SYSTEM):
        await rows(_LISTINGS, [seller.producer_id, GOODS])
        await rows(_VARIANTS, [seller.producer_id])
        last = await rows(
            "SELECT live_at, id FROM listing WHERE producer_id = $1"
            " ORDER BY live_at LIMIT 1 OFFSET 5000",
            [seller.producer_id],
        )
    owner = await asyncpg.connect(stack.env["DATABASE_OWNER_URL"])
    public = await asyncpg.connect(stack.env["DATABASE_PUBLIC_URL"])
    try:
        await owner.execute("VACUUM ANALYZE listing, variant, producer, commune, province")
        for sql, params in (
            (NEWEST, [25]),
            (NEWEST_AFTER, [25, last[0]["live_at"], last[0]["id"]]),
            (SEARCH, [25, "buoi:* & phuc:*"]),
            (SEARCH, [25, "hang:* & so:* & 77777:*"]),
            (PRODUCT, ["ZZZZ0001", 4]),
        ):
            plan = await public.fetch(f"EXPLAIN ANALYZE {sql}", *params)
            text = "\n".join(row[0] for row in plan)
            assert "Seq Scan on listing" not in text, text
    finally:
        for table in ("variant", "listing"):
            await owner.execute(f"DELETE FROM {table} WHERE producer_id = $1", seller.producer_id)
        await owner.close()
        await public.close()
