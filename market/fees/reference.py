"""Tax and commission rows, loaded from the YAML of this slice into dated rows."""

from typing import Final

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.fees.rules import COMMISSION, TAX_RATES, CommissionRow, TaxRow, load_rows

# A row that the operator has confirmed or changed is theirs: the file does not touch it.
_TAX: Final = """
INSERT INTO tax_rate (id, seller_kind, tax_class, vat_ppm, pit_ppm, valid_from, valid_to,
                      legal_ref, confirmed_by_operator)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::date[],
                     $7::date[], $8::text[], $9::boolean[])
ON CONFLICT (seller_kind, tax_class, valid_from) DO UPDATE SET vat_ppm = excluded.vat_ppm,
  pit_ppm = excluded.pit_ppm, valid_to = excluded.valid_to, legal_ref = excluded.legal_ref
WHERE NOT tax_rate.confirmed_by_operator
"""
_COMMISSION: Final = """
INSERT INTO commission_rate (id, rate_ppm, valid_from, valid_to, legal_ref, confirmed_by_operator)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::date[], $4::date[], $5::text[], $6::boolean[])
ON CONFLICT (valid_from) DO UPDATE SET rate_ppm = excluded.rate_ppm,
  valid_to = excluded.valid_to, legal_ref = excluded.legal_ref
WHERE NOT commission_rate.confirmed_by_operator
"""


async def load_fee_rows() -> None:
    """Every row of both files; loading again changes only what the files say anew."""
    tax, commission = load_rows(TAX_RATES, TaxRow), load_rows(COMMISSION, CommissionRow)
    async with work(SYSTEM):
        await rows(
            _TAX,
            [
                [new_id() for _ in tax],
                [row.seller_kind for row in tax],
                [row.tax_class for row in tax],
                [row.vat_ppm for row in tax],
                [row.pit_ppm for row in tax],
                [row.valid_from for row in tax],
                [row.valid_to for row in tax],
                [row.legal_ref for row in tax],
                [row.confirmed_by_operator for row in tax],
            ],
        )
        await rows(
            _COMMISSION,
            [
                [new_id() for _ in commission],
                [row.rate_ppm for row in commission],
                [row.valid_from for row in commission],
                [row.valid_to for row in commission],
                [row.legal_ref for row in commission],
                [row.confirmed_by_operator for row in commission],
            ],
        )
