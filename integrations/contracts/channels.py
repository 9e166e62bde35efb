"""The port of outside marketplaces: said once, translated by one adapter per marketplace."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from integrations.contracts.errors import Who


@dataclass(frozen=True, slots=True)
class ChannelShop:
    """One connected shop: our connection's id and the marketplace's own number of the shop."""

    connection_id: str
    shop_id: str


@dataclass(frozen=True, slots=True)
class ChannelTokens:
    """What lets us act for a shop. Never logged; `refresh_token` may work only once."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime


Refresh = Callable[[ChannelTokens], Awaitable[ChannelTokens]]


class TokenStore(Protocol):
    """Where an adapter finds and leaves tokens; kept sealed above, one refresher at a time."""

    async def current(self, shop: ChannelShop) -> ChannelTokens:
        """Raises `ChannelError` (handling REAUTH) when the shop must consent again."""
        ...

    async def refreshed(self, shop: ChannelShop, *, stale: str, refresh: Refresh) -> ChannelTokens:
        """Tokens newer than the access token `stale`. One caller calls `refresh` and its answer is
        stored before anybody uses it; everybody else waits for that answer."""
        ...


class Handling(StrEnum):
    """What our side does about an error, whatever the marketplace calls it."""

    RETRY = "retry"  # the same again, later
    WAIT = "wait"  # not before `retry_after_s`: a quota, a limit
    REFRESH = "refresh"  # the access token has ended
    REAUTH = "reauth"  # the shop must consent again
    FIX_DATA = "fix_data"  # a person changes the goods
    ALREADY_DONE = "already_done"  # what we wanted is so
    UNKNOWN_OUTCOME = "unknown_outcome"  # it may have happened: look before a second try
    LOCKED = "locked"  # a campaign of the marketplace forbids it for a while
    GONE = "gone"  # the item or order is not there any more
    PARK = "park"  # nothing in the table fits: a person looks


class ChannelError(Exception):
    """A refusal of the marketplace, classified. `message` is an English catalogue key."""

    def __init__(
        self,
        handling: Handling,
        code: str,
        message: str,
        *,
        who: Who = "us",
        params: Mapping[str, object] | None = None,
        retry_after_s: int | None = None,
        vendor_code: str = "",
        vendor_text: str = "",
    ) -> None:
        super().__init__(f"{code} ({handling}) {vendor_code}")
        self.handling = handling
        self.code = code
        self.message = message
        self.who: Who = who
        self.params = dict(params or {})
        self.retry_after_s = retry_after_s
        self.vendor_code = vendor_code
        self.vendor_text = vendor_text[:300]


@dataclass(frozen=True, slots=True)
class CategoryNeeds:
    """What a category asks of an item; read from the marketplace, never hard-coded."""

    category_id: str
    name: str
    title_min: int
    title_max: int
    description_min: int
    description_max: int
    pictures_min: int
    pictures_max: int
    price_min_vnd: int
    price_max_vnd: int
    stock_max: int
    weight_needed: bool
    required_attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelItem:
    """Goods as a marketplace should show them. `sku` is ours: how we find it again."""

    sku: str
    name: str
    description: str
    category_id: str
    price_vnd: int
    stock: int
    weight_g: int
    picture_ids: Sequence[str]
    gtin: str | None = None


class ItemState(StrEnum):
    """Where an item stands at the marketplace."""

    LIVE = "live"
    UNLISTED = "unlisted"
    REVIEWING = "reviewing"
    REFUSED = "refused"  # banned, taken down by the marketplace
    DELETED = "deleted"
    # Somebody has added variants there: one price and one number no longer fit.
    VARIANTS = "variants"
    VARIANTS_HIDDEN = "variants_off"


# Buyers see it, or soon will.
VISIBLE_STATES = frozenset({ItemState.LIVE, ItemState.REVIEWING, ItemState.VARIANTS})


@dataclass(frozen=True, slots=True)
class ObservedItem:
    """What the marketplace shows now. `reserved`: units a campaign holds, the least it accepts."""

    item_id: str
    sku: str
    state: ItemState
    price_vnd: int
    stock: int
    reserved: int
    url: str
    reason: str = ""


class OrderState(StrEnum):
    """A marketplace's order, in our words."""

    UNPAID = "unpaid"
    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class ChannelOrderLine:
    """One line; `sku` is ours when the item is."""

    item_id: str
    sku: str
    name: str
    quantity: int
    price_vnd: int


@dataclass(frozen=True, slots=True)
class ChannelOrder:
    """An order fetched again; the buyer is masked. `fee_vnd` None: not known yet.

    `unread`: what of it could not be read; the rest holds, and a person looks. Of a status that
    nobody knows, `state` is UNPAID: its units are somebody's, and nothing is sold yet.
    """

    order_id: str
    state: OrderState
    total_vnd: int
    fee_vnd: int | None
    buyer_name: str
    region: str
    updated_at: datetime
    created_at: datetime
    lines: Sequence[ChannelOrderLine]
    unread: ChannelError | None = None


@dataclass(frozen=True, slots=True)
class ChannelPush:
    """A verified hint. `event_id` differs for each state of one order; `subject` is an order's id,
    an item's id or empty."""

    event_id: str
    shop_id: str
    kind: str  # order | item | deauthorised | authorisation_ends | stock | other
    subject: str
    occurred_at: datetime


class Channel(Protocol):
    """One marketplace. Every call raises `ChannelError`; a create or a change whose answer was lost
    raises it with UNKNOWN_OUTCOME and must be looked up before it is sent again."""

    code: str  # "shopee"
    title: str  # "Shopee"

    def consent_url(self, *, state: str, return_url: str) -> str:
        """Where the seller says yes. `state` comes back with the answer."""
        ...

    async def connect(self, *, code: str, shop_id: str) -> tuple[ChannelTokens, str]:
        """Exchange the one-use code of the consent; the tokens and the shop's name."""
        ...

    async def categories(self, shop: ChannelShop) -> dict[str, str]:
        """Leaf categories: id to Vietnamese name."""
        ...

    async def needs(self, shop: ChannelShop, category_id: str) -> CategoryNeeds:
        """What one category asks for."""
        ...

    async def upload_picture(self, shop: ChannelShop, jpeg: bytes) -> str:
        """A JPEG of at most 10 MB; the marketplace's id of it. Harmless to repeat."""
        ...

    async def create(self, shop: ChannelShop, item: ChannelItem) -> str:
        """Make the item; its id. Never repeat without `find_by_sku`."""
        ...

    async def find_by_sku(self, shop: ChannelShop, sku: str) -> str | None:
        """The living item that carries our SKU, or None."""
        ...

    async def observe(self, shop: ChannelShop, item_ids: Sequence[str]) -> list[ObservedItem]:
        """What is shown now (at most 50); deleted ones are DELETED or missing."""
        ...

    async def set_price(self, shop: ChannelShop, item_id: str, price_vnd: int) -> None:
        """Absolute."""
        ...

    async def set_stock(self, shop: ChannelShop, item_id: str, stock: int) -> None:
        """Absolute. LOCKED below what a campaign holds."""
        ...

    async def set_pictures(
        self, shop: ChannelShop, item_id: str, picture_ids: Sequence[str]
    ) -> None:
        """Exactly these, in this order; the first is the main one. Already so is no error."""
        ...

    async def set_listed(self, shop: ChannelShop, item_id: str, listed: bool) -> None:
        """Show or hide; already so is no error."""
        ...

    async def order(self, shop: ChannelShop, order_id: str) -> ChannelOrder:
        """Fetch one order. GONE when there is none."""
        ...

    async def orders_changed(
        self, shop: ChannelShop, *, since: datetime, until: datetime
    ) -> list[str]:
        """Ids of orders that changed in the window (any length; the adapter splits it)."""
        ...

    def verify_push(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Raises `NotAllowed` (code `channel.signature`)."""
        ...

    def parse_push(self, raw: bytes) -> ChannelPush:
        """Raises `Problem` (code `channel.unreadable`)."""
        ...

    async def close(self) -> None:
        """Give the connections back; the next call opens new ones."""
        ...
