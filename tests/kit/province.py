"""A province that looks real: sixty producers in twenty communes over half a year, in one go."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from integrations.contracts.ids import new_id, short_code
from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.programme.queries.facts import PROGRESS_COLUMNS, SALE_COLUMNS
from market.programme.rules import SECOND_WITHIN_DAYS, Step
from tests.kit.people import BANK_BIN, Someone, a_phone

COMMUNES: Final = 20
# How many have come exactly so far, as a programme of half a year has it.
STAGES: Final = {
    Step.SIGNED_UP: 7, Step.IDENTIFIED: 9, Step.LISTED: 14, Step.SOLD: 12, Step.SOLD_AGAIN: 18,
}  # fmt: skip
_VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_DAYS: Final = 180
_KINDS: Final = {
    "household": ("Nhà vườn", "Hộ bà", "Hộ ông"),
    "group": ("Tổ hợp tác",),
    "cooperative": ("Hợp tác xã",),
    "firm": ("Công ty TNHH",),
}
_NAMES: Final = (
    "Lành", "Thảo", "Sáu Hiền", "Đồi Gió", "Khe Giao", "Hoa Sơn", "Tân Lộc", "Bình Minh", "Út Liên",
    "Trường Sinh", "Thanh Bình", "Sông Ngàn", "Bảy Đức", "Hương Quê", "Rú Rơm", "Mai Trang",
)  # fmt: skip
_GOODS: Final = (
    ("Bưởi đường chín cây", "quả", 45_000), ("Mật ong hoa rừng", "chai 500 ml", 160_000),
    ("Nước mắm cốt", "chai 500 ml", 120_000), ("Cu đơ", "gói 10 cái", 50_000),
    ("Cam bù", "kg", 55_000), ("Chè xanh hái sớm", "gói 200 g", 70_000),
    ("Miến dong", "kg", 85_000), ("Ruốc cá", "hũ 150 g", 95_000),
)  # fmt: skip
_SUPPORT: Final = ("training", "photos", "visit", "packaging", "certificate")
_METHODS: Final = ("bank_qr", "cod", "bank_qr", "channel", "cod", "card", "bank_qr", "channel")


@dataclass(frozen=True)
class Sold:
    """One paid order part; `by_stranger` is what the figures have to find out by the phone."""

    part_id: UUID
    order_id: UUID
    payment_id: UUID
    paid_at: datetime
    method: str
    quantity: int
    amount_vnd: int
    by_stranger: bool

    @property
    def month(self) -> date:
        """The first day of its month in Viet Nam."""
        return self.paid_at.astimezone(_VIETNAM).date().replace(day=1)


@dataclass(frozen=True)
class Villager:
    """A producer as planned, with everything that the figures will say of it."""

    producer_id: UUID
    name: str
    kind: str
    phone: str
    commune: str
    stage: Step
    signed_up: datetime
    goods: tuple[str, str, int]
    listing_id: UUID = field(default_factory=new_id)
    variant_id: UUID = field(default_factory=new_id)
    shop_id: UUID = field(default_factory=new_id)  # at Shopee
    given: list[date] = field(default_factory=list)
    sold: list[Sold] = field(default_factory=list)

    @property
    def supported(self) -> bool:
        """Was given something, before the first sale if any."""
        first = self.sold[0].paid_at.astimezone(_VIETNAM).date() if self.sold else date.max
        return any(day <= first for day in self.given)

    def has_come_to(self, step: Step) -> bool:
        """Has at least come so far."""
        steps = list(Step)
        return steps.index(self.stage) >= steps.index(step)


async def a_province(province: str, staff: Someone) -> list[Villager]:
    """Fill a province, a statement a table; the figures have to say what the list does."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT code FROM commune WHERE province_id = $1 ORDER BY code", [province]
        )
        codes = [row["code"] for row in found]
        everybody = _planned(codes[:: len(codes) // COMMUNES][:COMMUNES])
        await _people(everybody)
        await _goods(everybody)
        await _support(everybody, staff)
        await _orders([(one, sale) for one in everybody for sale in one.sold])
        ids = [[one.producer_id for one in everybody]]
        await rows(
            f"INSERT INTO producer_sale ({SALE_COLUMNS}) SELECT {SALE_COLUMNS} FROM live_sale"
            " WHERE producer_id = ANY($1)",
            ids,
        )
        await rows(
            f"INSERT INTO producer_progress (id, {PROGRESS_COLUMNS})"
            f" SELECT gen_random_uuid(), {PROGRESS_COLUMNS} FROM live_progress"
            " WHERE producer_id = ANY($1)",
            ids,
        )
    return everybody


def _planned(communes: Sequence[str]) -> list[Villager]:
    """The same people each time: who, where, how far, what they were given, what they sold."""
    chance = random.Random(34)
    stages = [stage for stage, count in STAGES.items() for _ in range(count)]
    chance.shuffle(stages)
    return [_villager(n, stage, communes, chance) for n, stage in enumerate(stages)]


def _villager(n: int, stage: Step, communes: Sequence[str], chance: random.Random) -> Villager:
    kind = chance.choices(list(_KINDS), weights=(7, 1, 2, 1))[0]
    # Everywhere somebody, and in a few communes many.
    commune = communes[n % COMMUNES if n < COMMUNES else n * n % COMMUNES]
    # Whoever has sold signed up long enough ago.
    oldest, youngest = (_DAYS, 110) if stage in (Step.SOLD, Step.SOLD_AGAIN) else (150, 3)
    one = Villager(
        producer_id=new_id(),
        name=f"{chance.choice(_KINDS[kind])} {_NAMES[n % len(_NAMES)]}",
        kind=kind,
        phone=a_phone(),
        commune=commune,
        stage=stage,
        signed_up=_at(chance.randint(youngest, oldest), chance),
        goods=_GOODS[n % len(_GOODS)],
    )
    began = (_today() - one.signed_up.astimezone(_VIETNAM).date()).days
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        # Most of it early: later than the first sale it does not count.
        one.given.append(_today() - timedelta(days=began - chance.randint(0, min(began, 20))))
    if one.has_come_to(Step.SOLD):
        one.sold.extend(_sold(one, began - chance.randint(6, 30), chance))
    return one


def _sold(one: Villager, first: int, chance: random.Random) -> list[Sold]:
    """Paid orders, the first so many days ago: a second one soon only where it is to be seen."""
    if one.stage is Step.SOLD:
        late = first - SECOND_WITHIN_DAYS - chance.randint(1, 8)
        ago = [first, late] if chance.random() < 0.4 else [first]
    else:
        ago = [first, first - chance.randint(2, 25)]
        while (following := ago[-1] - chance.randint(2, 14)) > 0:
            ago.append(following)
    sold = []
    for turn, days in enumerate(ago):
        method, quantity = chance.choice(_METHODS), chance.randint(1, 5)
        # Now and then the family buys for itself, in our own shop, after strangers have.
        by_stranger = method == "channel" or turn < 2 or chance.random() < 0.85
        sold.append(
            Sold(new_id(), new_id(), new_id(), _at(days, chance), method, quantity,
                 quantity * one.goods[2], by_stranger)
        )  # fmt: skip
    return sold


def _today() -> date:
    return datetime.now(UTC).astimezone(_VIETNAM).date()


def _at(days_ago: int, chance: random.Random) -> datetime:
    """Some moment of that day in Viet Nam, late evenings included."""
    clock = time(chance.randint(6, 23), chance.randint(0, 59))
    return datetime.combine(_today() - timedelta(days=days_ago), clock, _VIETNAM)


async def _insert(table: str, found: list[dict[str, Any]]) -> None:
    """All rows by one statement; columns that are not named get their defaults."""
    columns = ", ".join(found[0])
    await rows(
        f"INSERT INTO {table} ({columns}) SELECT {columns}"
        f" FROM jsonb_populate_recordset(NULL::{table}, $1::text::jsonb)",
        [json.dumps(found, default=str)],
    )


async def _people(everybody: list[Villager]) -> None:
    person = {one.producer_id: new_id() for one in everybody}
    await _insert(
        "person",
        [
            {"id": person[one.producer_id], "phone": one.phone, "name": one.name,
             "created_at": one.signed_up}
            for one in everybody
        ],
    )  # fmt: skip
    await _insert(
        "producer",
        [
            {"id": one.producer_id, "code": short_code(), "kind": one.kind, "name": one.name,
             "search_text": fold(one.name), "commune_id": one.commune, "phone": one.phone,
             "created_at": one.signed_up}
            for one in everybody
        ],
    )  # fmt: skip
    await _insert(
        "membership",
        [
            {"id": new_id(), "person_id": person[one.producer_id], "producer_id": one.producer_id}
            for one in everybody
        ],
    )
    await _insert(
        "payout_account",
        [
            {"id": new_id(), "producer_id": one.producer_id, "bank_id": BANK_BIN,
             "account_sealed": "", "account_hash": new_id().hex, "account_last4": one.phone[-4:],
             "holder_sealed": "", "created_at": one.signed_up + timedelta(hours=2)}
            for one in everybody
            if one.has_come_to(Step.IDENTIFIED)
        ],
    )  # fmt: skip


async def _goods(everybody: list[Villager]) -> None:
    """One product each, paused: the public shop of other tests stays as it is."""
    sellers = [one for one in everybody if one.has_come_to(Step.LISTED)]
    await _insert(
        "listing",
        [
            {"id": one.listing_id, "producer_id": one.producer_id, "client_id": one.listing_id,
             "code": short_code(), "name": one.goods[0], "search_text": fold(one.goods[0]),
             "tax_class": "goods_distribution", "state": "paused",
             "live_at": one.signed_up + timedelta(days=2)}
            for one in sellers
        ],
    )  # fmt: skip
    await _insert(
        "variant",
        [
            {"id": one.variant_id, "listing_id": one.listing_id, "producer_id": one.producer_id,
             "sku": "1", "unit": one.goods[1], "price_vnd": one.goods[2]}
            for one in sellers
        ],
    )  # fmt: skip
    await _insert(
        "channel_connection",
        [
            {"id": one.shop_id, "producer_id": one.producer_id, "channel": "shopee",
             "shop_id": str(one.shop_id.int % 10**12), "shop_name": one.name, "state": "ended"}
            for one in sellers
        ],
    )  # fmt: skip


async def _support(everybody: list[Villager], staff: Someone) -> None:
    given = [(one, day) for one in everybody for day in one.given]
    await _insert(
        "support_event",
        [
            {"id": new_id(), "producer_id": one.producer_id, "kind_id": _SUPPORT[n % len(_SUPPORT)],
             "programme": "Nông sản lên sàn 2026", "giver": f"Tổ công nghệ số {one.commune}",
             "given_on": day, "commune_code": one.commune, "cost_vnd": 100_000 + n % 5 * 50_000,
             "entered_by": staff.person_id}
            for n, (one, day) in enumerate(given)
        ],
    )  # fmt: skip


async def _orders(made: list[tuple[Villager, Sold]]) -> None:
    """Order, part, line and payment; what a marketplace's order needs beside them."""
    await _insert("orders", [_order(one, sale) for one, sale in made])
    await _insert("order_part", [_part(one, sale) for one, sale in made])
    await _insert("order_line", [_line(one, sale) for one, sale in made])
    await _insert("payment", [_payment(one, sale) for one, sale in made])
    theirs = [(one, sale) for one, sale in made if sale.method == "channel"]
    await _insert(
        "channel_order",
        [
            {"id": new_id(), "connection_id": one.shop_id, "producer_id": one.producer_id,
             "outside_id": sale.part_id.hex, "state": "completed",
             "vendor_updated_at": sale.paid_at, "part_id": sale.part_id,
             "order_id": sale.order_id, "total_vnd": sale.amount_vnd}
            for one, sale in theirs
        ],
    )  # fmt: skip
    await _book(theirs)


async def _book(theirs: list[tuple[Villager, Sold]]) -> None:
    """Only a marketplace's orders have to be in the books: of the others nothing is owed."""
    accounts = {side: new_id() for side in ("asset", "income")}
    await _insert(
        "ledger_account",
        [{"id": id, "code": f"{side}:{id}", "kind": side} for side, id in accounts.items()],
    )
    booked = [(new_id(), one, sale) for one, sale in theirs]
    await _insert(
        "ledger_transaction",
        [
            {"id": id, "kind": "settle", "reference": f"settle:{sale.payment_id}",
             "producer_id": one.producer_id, "occurred_at": sale.paid_at, "meta": {}}
            for id, one, sale in booked
        ],
    )  # fmt: skip
    await _insert(
        "ledger_entry",
        [
            {"id": new_id(), "transaction_id": id, "account_id": accounts[side],
             "amount_vnd": sign * sale.amount_vnd, "producer_id": one.producer_id, "seq": seq}
            for id, one, sale in booked
            for seq, (side, sign) in enumerate((("asset", 1), ("income", -1)))
        ],
    )  # fmt: skip


def _order(one: Villager, sale: Sold) -> dict[str, Any]:
    buyer = a_phone() if sale.by_stranger else one.phone
    return {
        "id": sale.order_id, "number": short_code(10), "checkout_key": sale.order_id,
        "buyer_name": "Lê Thị Hoa", "buyer_phone": buyer, "commune_code": "00070",
        "commune_name": "Phường Hoàn Kiếm, Thành phố Hà Nội", "street": "12 Hàng Bài",
        "source": "shopee" if sale.method == "channel" else "shop", "total_vnd": sale.amount_vnd,
        "placed_at": sale.paid_at - timedelta(hours=1),
    }  # fmt: skip


def _part(one: Villager, sale: Sold) -> dict[str, Any]:
    return {
        "id": sale.part_id, "order_id": sale.order_id, "producer_id": one.producer_id,
        "letter": "A", "state": "completed", "method": sale.method, "producer_name": one.name,
        "producer_kind": one.kind, "total_vnd": sale.amount_vnd, "commission_vnd": 0, "vat_vnd": 0,
        "pit_vnd": 0, "net_vnd": sale.amount_vnd, "paid_at": sale.paid_at,
        "created_at": sale.paid_at - timedelta(hours=1),
    }  # fmt: skip


def _line(one: Villager, sale: Sold) -> dict[str, Any]:
    name, unit, price_vnd = one.goods
    return {
        "id": new_id(), "part_id": sale.part_id, "variant_id": one.variant_id,
        "producer_id": one.producer_id, "name": name, "unit": unit, "price_vnd": price_vnd,
        "quantity": sale.quantity, "amount_vnd": sale.amount_vnd,
        "tax_class": "goods_distribution",
    }  # fmt: skip


def _payment(one: Villager, sale: Sold) -> dict[str, Any]:
    evidence = {"bank_qr": "bank", "cod": "seller"}.get(sale.method, sale.method)
    return {
        "id": sale.payment_id, "part_id": sale.part_id, "order_id": sale.order_id,
        "producer_id": one.producer_id, "method": sale.method, "state": "settled",
        "amount_vnd": sale.amount_vnd, "received_vnd": sale.amount_vnd,
        "reference": f"GANH{short_code(10)}", "evidence": evidence, "settled_at": sale.paid_at,
        "confirmed_at": sale.paid_at,
    }  # fmt: skip
