"""Fees of a day: the dated rows in force, and what they take from one line."""

from dataclasses import dataclass
from datetime import date

from integrations.runtime.database import rows
from market.fees.rules import CommissionRow, Fees, TaxRow, fees_for, tax_rates_of


@dataclass(frozen=True, slots=True)
class FeeRows:
    """All rows that hold on one Vietnamese day."""

    day: date
    tax: tuple[TaxRow, ...]
    commission: tuple[CommissionRow, ...]

    def for_line(self, gross_vnd: int, *, seller_kind: str, tax_class: str) -> Fees:
        """Commission, VAT and PIT on one line. Raises `Problem` (`fees.no_rule`)."""
        return fees_for(
            gross_vnd,
            seller_kind=seller_kind,
            tax_class=tax_class,
            on=self.day,
            tax_rows=self.tax,
            commission_rows=self.commission,
        )

    def rates_of(self, seller_kind: str) -> dict[str, int]:
        """The classes that this kind of seller may have, with what is withheld, in millionths."""
        return tax_rates_of(seller_kind, self.day, self.tax)


_TAX = """
SELECT seller_kind, tax_class, vat_ppm, pit_ppm, valid_from, valid_to, legal_ref,
       confirmed_by_operator
FROM tax_rate WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1)
ORDER BY valid_from, id
"""
_COMMISSION = """
SELECT rate_ppm, valid_from, valid_to, legal_ref, confirmed_by_operator
FROM commission_rate WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1)
ORDER BY valid_from, id
"""


async def fee_rows_on(day: date) -> FeeRows:
    """The rows in force on `day` (in Viet Nam): two statements, then every line is pure."""
    return FeeRows(
        day,
        tuple(TaxRow(**row) for row in await rows(_TAX, [day])),
        tuple(CommissionRow(**row) for row in await rows(_COMMISSION, [day])),
    )
