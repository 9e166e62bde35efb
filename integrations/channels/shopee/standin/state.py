"""What the stand-in remembers: shops, tokens, goods, orders, and the notices it still owes."""

import os
import secrets
import time
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from integrations.channels.shopee.standin.switches import Switches

ItemStatus = Literal["NORMAL", "UNLIST", "REVIEWING", "BANNED", "SELLER_DELETE"]

# How an order is told in a way that no app knows: a new status, a record or an income of another
# form.
Odd = Literal["", "status", "record", "income"]


class Strict(BaseModel):
    """A shape that takes nothing it does not know."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Shop(Strict):
    """A seller's shop; `authorised_until` 0: it does not let our app in."""

    shop_id: int
    name: str
    authorised_until: int = 0
    banned: bool = False


class Consent(Strict):
    """The code of one consent: once, within ten minutes."""

    shop_id: int
    ends_at: int


class Access(Strict):
    """An access token: often, for four hours."""

    shop_id: int
    ends_at: int


class Renewal(Strict):
    """A refresh token: once, within thirty days."""

    shop_id: int
    ends_at: int
    used: bool = False


class Item(Strict):
    """One article. `reserved`: units a campaign holds."""

    item_id: int
    shop_id: int
    sku: str
    name: str
    description: str
    category_id: int
    price_vnd: int
    stock: int
    reserved: int = 0
    price_locked: bool = False
    has_model: bool = False  # variants that somebody has added by hand
    weight_kg: float
    gtin: str = ""
    picture_ids: list[str]
    logistic_ids: list[int]
    status: ItemStatus
    reason: str = ""
    created_at: int
    updated_at: int


class OrderLine(Strict):
    """What a buyer took, at the price of that moment."""

    item_id: int
    sku: str
    name: str
    quantity: int
    price_vnd: int


class Order(Strict):
    """One order in Shopee's states."""

    order_sn: str
    shop_id: int
    status: str
    buyer: str
    province: str
    shipping_vnd: int
    lines: list[OrderLine]
    created_at: int
    updated_at: int
    paid_at: int = 0
    tracking_no: str = ""
    cancel_reason: str = ""
    odd: Odd = ""

    @property
    def goods_vnd(self) -> int:
        """The sum of the lines."""
        return sum(line.price_vnd * line.quantity for line in self.lines)


class Notice(Strict):
    """A push that was not accepted yet. `due_at` None: it is on its way at this moment."""

    number: int
    body: dict[str, Any]
    tries: int = 0
    due_at: float | None = None
    held: bool = False


class State(Strict):
    """All that outlives a restart."""

    shops: dict[int, Shop] = {}
    consents: dict[str, Consent] = {}
    accesses: dict[str, Access] = {}
    renewals: dict[str, Renewal] = {}
    items: dict[int, Item] = {}
    pictures: list[str] = []
    orders: dict[str, Order] = {}
    notices: list[Notice] = []
    lost: list[Notice] = []
    sent: int = 0  # notices that were accepted
    numbered: int = 0  # the last number given to anything
    clock_shift_s: int = 0
    switches: Switches = Field(default_factory=Switches)


class Market:
    """The state, its file, and the pictures beside it; without a file all is forgotten."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._pictures: dict[str, bytes] = {}
        self.state = State()
        if file and file.exists():
            self.state = State.model_validate_json(file.read_bytes())
        elif file:
            # Drawn: a market made anew beside older books repeats no order that they know.
            self.state.numbered = secrets.randbelow(900_000_000)
        self.state.switches.arm()

    def save(self) -> None:
        """Replace the file in one step: a kill leaves the old or the new state."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(self.state.model_dump_json(), "utf-8")
        os.replace(fresh, self._file)

    def now(self) -> int:
        """Seconds since 1970, as this marketplace's clock shows them."""
        return int(time.time()) + self.state.clock_shift_s

    def number(self) -> int:
        """The next number; never given twice."""
        self.state.numbered += 1
        return self.state.numbered

    def shop(self, name: str) -> Shop:
        """Open a shop. Its number is drawn: a market made anew repeats none of an older one."""
        shop = Shop(shop_id=600_000_000 + secrets.randbelow(400_000_000), name=name)
        self.state.shops[shop.shop_id] = shop
        return shop

    def tokens(self, shop_id: int) -> dict[str, Any]:
        """A new pair; older access tokens go on until their own end."""
        access, fresh = secrets.token_hex(16), secrets.token_hex(16)
        lives_s = 4 * 3600
        self.state.accesses[access] = Access(shop_id=shop_id, ends_at=self.now() + lives_s)
        self.state.renewals[fresh] = Renewal(shop_id=shop_id, ends_at=self.now() + 30 * 86_400)
        return {"access_token": access, "refresh_token": fresh, "expire_in": lives_s}

    def keep_picture(self, body: bytes) -> str:
        """Store a picture under a new id."""
        picture_id = f"vn-{self.number():08d}-{secrets.token_hex(12)}"
        self.state.pictures.append(picture_id)
        if self._file is None:
            self._pictures[picture_id] = body
        else:
            folder = self._file.with_suffix("")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / picture_id).write_bytes(body)
        return picture_id

    def picture(self, picture_id: str) -> bytes | None:
        """The bytes of a picture that was uploaded here."""
        if picture_id not in self.state.pictures:
            return None
        if self._file is None:
            return self._pictures[picture_id]
        return (self._file.with_suffix("") / picture_id).read_bytes()
