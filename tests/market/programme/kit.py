"""A commune of one's own: staff, sellers of long ago, orders paid at a time, lists in full."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import httpx

from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import rows, run, work
from market.orders.rules import PaymentMethod
from market.programme.service import facts
from market.settlement.service import seller as taps
from sellers.accounts.models import Person, RoleGrant, SessionKind
from sellers.accounts.sessions import open_session
from sellers.producers.models import ProducerKind
from tests.kit.listings import Goods, a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.people import Seller, Someone, a_phone, a_seller

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_used: set[str] = set()


def at(day: str, clock: str = "12:00") -> datetime:
    """A moment on the clocks of Viet Nam: at("2026-05-01", "23:59")."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=VIETNAM).astimezone(UTC)


@dataclass(frozen=True)
class Place:
    """A commune that no other test uses, and its province."""

    commune: str
    name: str
    province: str


async def a_place(province: str = "04") -> Place:
    """The next commune of a province."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT code, full_name FROM commune WHERE province_id = $1 ORDER BY code", [province]
        )
    row = next(one for one in found if one["code"] not in _used)
    _used.add(row["code"])
    return Place(row["code"], row["full_name"], province)


async def staff_of(
    *communes: str, province: str, role: Role = Role.COMMUNE_STAFF, name: str = "Hoàng Văn Nam"
) -> Someone:
    """Staff of some communes, or of the whole province when none is named."""
    phone = a_phone()
    async with work(SYSTEM):
        person = await Person.create(phone=phone, name=name)
        for commune in communes or (None,):
            await RoleGrant.create(
                person_id=person.id, role=str(role), province_code=province, commune_code=commune
            )
        viewer = Viewer(
            role, person_id=person.id, province_code=province, commune_codes=tuple(communes)
        )
        opened = await open_session(viewer, kind=SessionKind.API, phone=phone)
    return Someone(person.id, phone, viewer, opened.token)


async def a_seller_in(
    place: Place,
    *,
    signed_up: datetime | None = None,
    name: str = "Nhà vườn Đồi Gió",
    kind: ProducerKind = ProducerKind.HOUSEHOLD,
    listed: bool = True,
) -> tuple[Seller, Goods | None]:
    """A producer of this commune with a payout account, and goods on sale unless told not."""
    seller = await a_seller(name=name, kind=kind)
    goods = await a_live_listing(seller, available=1_000) if listed else None
    moment = signed_up or datetime.now(UTC) - timedelta(days=200)
    async with work(SYSTEM):
        await run(
            "UPDATE producer SET commune_id = $2, search_text = $3, created_at = $4 WHERE id = $1",
            [seller.producer_id, place.commune, fold(f"{name} {place.name}"), moment],
        )
    await facts.refresh(seller.producer_id)
    return seller, goods


async def a_sale(
    seller: Seller,
    goods: Goods,
    *,
    paid_at: datetime,
    phone: str | None = None,
    method: PaymentMethod = PaymentMethod.BANK_QR,
    source: str = "shop",
    quantity: int = 2,
) -> tuple[str, int]:
    """A paid order by the verbs of everybody, its money moved to another time; part, amount."""
    placed = await an_order_part(
        seller, goods, quantity=quantity, method=method, seller_kind="cooperative"
    )
    if method is PaymentMethod.BANK_QR:
        await taps.say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
    else:
        for step in (taps.confirm, taps.hand_over, taps.paid_at_the_door):
            await step(part_id=placed.part_id, actor=seller.viewer)
    async with work(SYSTEM):
        await run(
            "UPDATE payment SET settled_at = $2 WHERE part_id = $1", [placed.part_id, paid_at]
        )
        await run(
            "UPDATE orders SET buyer_phone = coalesce($2, buyer_phone), source = $3 WHERE id = $1",
            [placed.order_id, phone, source],
        )
    await facts.refresh(seller.producer_id)
    return str(placed.part_id), placed.total_vnd


def numbers(page: str) -> list[tuple[str, str]]:
    """Links whose words are a plain number: (address, number), bars of the charts included."""
    lists = r"/staff/(?:producers|sales)[^\"]*"
    cells = re.findall(rf'<a href="({lists})">([\d.]+)</a>', page)
    bars = re.findall(rf'<a href="({lists}step=[^"]*)" aria-label="[^"]*: ([\d.]+)[ "]', page)
    return [(unescape(href), shown) for href, shown in cells + bars]


async def whole_list(browser: httpx.AsyncClient, path: str, query: dict[str, list[str]]) -> int:
    """How many different rows all pages of a list have; its `total` says the same."""
    seen: set[str] = set()
    params = {name: values[0] for name, values in query.items()}
    while True:
        answer = (await browser.get(path, params=params)).json()
        seen |= {row["id"] for row in answer["items"]}
        if not answer["next_cursor"]:
            assert answer["total"] == len(seen)
            return len(seen)
        params["after"] = answer["next_cursor"]
