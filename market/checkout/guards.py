"""Who holds the link of an order may see and change it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from integrations.runtime.web.state import TheSettings
from market.checkout.queries import unknown_order
from market.orders.links import read_token


async def opened(token: str, settings: TheSettings) -> UUID:
    """The order that a signed link opens. Raises `NotFound` (code `order.link`)."""
    order_id = read_token(token[:200], settings.secret_key.get_secret_value())
    if order_id is None:
        raise unknown_order()
    return order_id


Opened = Annotated[UUID, Depends(opened)]
