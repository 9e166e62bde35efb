"""The code that a buyer's phone gets before a large order is paid on delivery."""

from uuid import UUID

from integrations.contracts.errors import TooMany
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from sellers.accounts.rules import Purpose
from sellers.accounts.service import check_code, code_was_made, make_code, use_up


async def send_code(
    *,
    order_id: UUID,
    number: str,
    phone: str,
    language: str,
    address: str = "",
    quiet: bool = False,
) -> None:
    """Send a code for one order. Outside of any transaction, or in one of the system.

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


_WAITS = """
SELECT 1 AS waits FROM orders o WHERE o.id = $1 AND EXISTS (
  SELECT 1 FROM order_part p WHERE p.order_id = o.id AND p.state = 'awaiting_code') FOR UPDATE
"""


async def send_first_code(
    *, order_id: UUID, number: str, phone: str, language: str, address: str = ""
) -> None:
    """Send the code that an order waits for, unless one was sent: whoever was killed between the
    order and its code, the same form sent again brings it. Outside of any transaction.
    """
    async with work(SYSTEM):
        waits = await rows(_WAITS, [order_id])
        made = await code_was_made(phone=phone, purpose=Purpose.COD_CONFIRM, subject=str(order_id))
        if waits and not made:
            await send_code(
                order_id=order_id,
                number=number,
                phone=phone,
                language=language,
                address=address,
                quiet=True,
            )


async def require_code(*, order_id: UUID, phone: str, code: str) -> None:
    """Try the code of this order; it stays good until `code_is_done`, so that who was killed in
    between can be asked again. Raises `Problem` (code.*, field code) or `TooMany`.
    """
    await check_code(
        phone=phone, purpose=Purpose.COD_CONFIRM, subject=str(order_id), code=code, keep=True
    )


async def code_is_done(*, order_id: UUID, phone: str) -> None:
    """Everything that waited for the code is placed."""
    await use_up(phone=phone, purpose=Purpose.COD_CONFIRM, subject=str(order_id))
