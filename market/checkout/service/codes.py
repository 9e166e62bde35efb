"""The code that a buyer's phone gets before a large order is paid on delivery."""

from uuid import UUID

from integrations.contracts.errors import TooMany
from sellers.accounts.rules import Purpose
from sellers.accounts.service import check_code, make_code


async def send_code(
    *,
    order_id: UUID,
    number: str,
    phone: str,
    language: str,
    address: str = "",
    quiet: bool = False,
) -> None:
    """Send a code for one order. Outside of any transaction.

    Raises `TooMany`, unless `quiet`: then the order stands and the page offers another code.
    """
    try:
        await make_code(
            phone=phone,
            purpose=Purpose.COD_CONFIRM,
            subject=str(order_id),
            language=language,
            address=address,
            words={"order": number},
        )
    except TooMany:
        if not quiet:
            raise


async def require_code(*, order_id: UUID, phone: str, code: str) -> None:
    """Use up the code of this order. Raises `Problem` (code.*, field code) or `TooMany`."""
    await check_code(phone=phone, purpose=Purpose.COD_CONFIRM, subject=str(order_id), code=code)
