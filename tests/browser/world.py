"""People, goods and orders in every state that a page can show, made once per test process."""

import io
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from PIL import Image

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.clock import now
from integrations.runtime.database import run, value, work
from market.catalog.rules import ListingState
from market.channels.rules.states import ConnectionState
from market.channels.service.steps import LOCKED
from market.demo.pictures import draw
from market.listing.models import ModerationDecision
from market.listing.service.goods import Sheet, save
from market.orders.links import order_token
from market.orders.rules import PaymentMethod
from market.payments.service.cards import CardShare
from market.settlement import service as settlement
from market.settlement.schemas import RefundIn
from market.settlement.service import cards
from market.sheets.service import reading
from market.sheets.service import run as importing
from sellers.onboarding.service import decide, pause
from sellers.support.schemas import GiveSupport
from sellers.support.service import cancel, give
from tests.kit.bank import money_arrives
from tests.kit.identity import a_number, a_sent_case
from tests.kit.kinds import live_kinds
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, Someone, a_person, a_phone, a_seller, a_staff
from tests.kit.province import Villager, a_province
from tests.kit.questions import two_texts
from tests.kit.sheets import HEADS, a_sheet, csv_text, xlsx, zipped
from tests.kit.shop import a_picture
from tests.kit.shops import an_offered_item
from tests.kit.stack import Stack
from tests.market.payments.near import NearCards

_TIME_IS_UP = "UPDATE {} SET expires_at = least(expires_at, now()) - interval '1 s'"
_SAID = "Shopee does not take the description: {reason}. Change the description."
QR, COD = PaymentMethod.BANK_QR, PaymentMethod.CASH_ON_DELIVERY


@dataclass(frozen=True)
class World:
    """Who and what the pages are looked at with."""

    stack: Stack
    seller: Seller
    other: Seller
    fresh: Seller
    newcomer: Someone
    staff: Someone
    finance: Someone
    decider: Someone
    mender: Seller
    goods: dict[str, Goods]
    orders: dict[str, Placed]
    shops: dict[str, str]
    codes: dict[str, str]
    given: UUID  # support that `seller` was given
    elsewhere: dict[str, UUID]  # goods at a marketplace
    sheets: dict[str, UUID]  # price lists: waiting for a yes, refused, added
    cases: dict[str, UUID]  # sellers to confirm: waiting, confirmed, stopped
    province: list[Villager]  # whom the staff's figures are about

    def link(self, order: str) -> str:
        """The buyer's address of an order."""
        if order in self.codes:
            return f"/o/{self.codes[order]}"
        secret = self.stack.settings.secret_key.get_secret_value()
        return f"/o/{order_token(self.orders[order].order_id, secret)}"


LONGEST_NAME = (
    "Nước mắm cốt cá cơm than truyền thống ủ chượp gài nén mười tám tháng Cửa Nhượng Cẩm Xuyên"
    " Hà Tĩnh, loại thượng hạng"
)


async def photographed(stack: Stack, seller: Seller, goods: Goods, kind: str) -> str:
    """A photo that is ready, its files in the storage; the key of the JPEG of 960 px."""
    key = await a_picture(seller, goods)
    with Image.open(io.BytesIO(draw(kind, 2))) as drawn:
        for width in (160, 480, 960, 1600):
            small = drawn.resize((width, width * 3 // 4))
            for form, content_type in (("webp", "image/webp"), ("jpg", "image/jpeg")):
                out = io.BytesIO()
                small.save(out, "WEBP" if form == "webp" else "JPEG", quality=60)
                name = key.replace("000960.jpg", f"{width:06d}.{form}")
                await stack.ports.storage.put(name, out.getvalue(), content_type=content_type)
    return key


async def filled_by_its_name(stack: Stack, seller: Seller, goods: Goods) -> None:
    """Saved once as it is: the type of goods fills the rest."""
    sheet = Sheet(form_id=str(new_id()), typed={"name": goods.name})
    await save(seller.viewer, storage=stack.ports.storage, sheet=sheet, listing_id=goods.id)


async def make_world(stack: Stack) -> World:
    """Everything, through the builders and verbs that the other tests use."""
    seller, other = await a_seller(), await a_seller(name="Hợp tác xã nước mắm Cửa Nhượng")
    goods = {
        "live": await a_live_listing(seller, available=200),
        "sold_out": await a_live_listing(seller, name="Cam bù Hương Sơn", available=0),
        "paused": await a_listing(
            seller, name="Mật ong hoa bưởi", state=ListingState.PAUSED, available=5
        ),
        "draft": await a_listing(seller, name="Cu đơ nhà làm", price_vnd=None),
        "waits": await a_listing(seller, name="Chè xanh hái sớm"),
        "review": await a_listing(
            seller, name="Bánh gai gói lá chuối", state=ListingState.IN_REVIEW, available=30
        ),
        "mend": await a_listing(
            seller, name="Lạc rang muối", state=ListingState.TO_MEND, available=30
        ),
        "away": await a_listing(seller, name="Khoai deo", state=ListingState.ARCHIVED),
        "asked": await a_listing(seller, name="Nhút Thanh Chương"),
        "kinds": (
            await live_kinds(
                other,
                {"Gói 250 g gừng già Thạch Hà": (45_000, 0), "Hộp 1 kg": (150_000, 12)},
                name="Kẹo cu đơ Hà Tĩnh gói lá chuối khô, mật mía và gừng già",
            )
        ).goods,
        "other": await a_live_listing(
            other, name="Nước mắm cốt", price_vnd=160_000, unit="chai 500 ml", available=200
        ),
        "long": await a_live_listing(
            other, name=LONGEST_NAME, price_vnd=1_285_000, unit="hộp 10 chai 500 ml loại một"
        ),
    }  # fmt: skip
    await filled_by_its_name(stack, seller, goods["draft"])
    for field, first, second in (
        ("name", "Nhút mít Thanh Chương muối theo lối cũ", "Nhút Thanh Chương hũ sành"),
        ("category", "sweets", "seasoning"),
        ("description", "Mít non muối chua. " * 6, "Ăn với canh chua."),
    ):
        await two_texts(stack, seller, goods["asked"], field=field, first=first, second=second)
    key = await photographed(stack, seller, goods["live"], "pomelo")
    await photographed(stack, seller, goods["sold_out"], "orange")
    await photographed(stack, seller, goods["review"], "peanut_candy")
    await photographed(stack, other, goods["other"], "fish_sauce")
    await photographed(stack, other, goods["long"], "fish_sauce_gift")
    await a_picture(seller, goods["waits"])
    for position in range(3):  # the page with all photos in their order
        await a_picture(seller, goods["mend"], position=position)
    staff, decider = await a_staff(), await a_staff(Role.COMMUNE_STAFF)
    async with work(SYSTEM):
        await run("UPDATE photo SET state = 'received' WHERE listing_id = $1", [goods["waits"].id])
        await ModerationDecision.create(
            listing_id=goods["mend"].id,
            producer_id=seller.producer_id,
            decision="sent_back",
            reason="Ảnh hơi mờ. Mời lau ống kính rồi chụp lại.",
            revision=1,
            person_id=staff.person_id,
        )
    fresh = await a_seller(name="Tổ hợp tác Đồng Xanh")
    mender = await a_seller(name="Hộ bà Lành", cleared=False)
    world = World(
        stack=stack,
        seller=seller,
        other=other,
        fresh=fresh,
        newcomer=await a_person(),
        staff=staff,
        finance=await a_staff(Role.FINANCE_STAFF),
        decider=decider,
        mender=mender,
        goods=goods,
        orders=await _orders(stack, seller, goods["live"], key),
        shops={"seller": await _shop(seller), "fresh": await _shop(fresh)},
        codes={"code": await _cash_for_much(stack, seller, goods["live"])},
        given=await _support(staff, seller),
        elsewhere=await _elsewhere(seller),
        sheets=await _sheets(stack, seller),
        cases=await _cases(decider, seller, mender),
        province=await a_province("42", staff),
    )
    await _sold_in_its_way(goods["live"])
    return world


async def _cases(staff: Someone, seller: Seller, mender: Seller) -> dict[str, UUID]:
    """One that waits and does not fit, one that is to be mended, one that is stopped."""
    number, twin = a_number(1985), await a_seller(name="Nhà vườn Đồi Gió")
    waiting = await a_sent_case(seller, number, born_on="20/11/1984", sex="female")
    stopped = await a_sent_case(twin, number)
    mend = await a_sent_case(mender)
    by = staff.viewer
    known: dict[str, Any] = {"revision": 1, "kind": "household"}
    await decide(by, case_id=stopped.id, mend={}, evidence="seen", **known)
    await pause(by, case_id=stopped.id, reason="Có khiếu nại về hàng. Mời gọi cán bộ xã.")
    reason = "Thẻ đã hết hạn. Mời mang thẻ mới."
    await decide(by, case_id=mend.id, mend={"identity": reason}, **known)
    return {"waiting": waiting.id, "stopped": stopped.id, "mend": mend.id}


async def _sold_in_its_way(goods: Goods) -> None:
    """All that can be said of goods; after the orders, whose buyers live far away."""
    async with work(SYSTEM):
        await run(
            "UPDATE listing SET storage = 'airy', shelf_life_days = 30, allergens = 'nuts milk',"
            " age_min = 18, reach = 'province', season = '--01-01/--12-31',"
            " name_en = 'Phúc Trạch pomelo', description_en = 'Picked when ripe on the tree.'"
            " WHERE id = $1",
            [goods.id],
        )
        await run(
            "UPDATE variant SET weight_g = 1250, content_amount = 1100, content_measure = 'g',"
            " gtin = '8934563138165' WHERE id = $1",
            [goods.variant_id],
        )


async def _sheets(stack: Stack, seller: Seller) -> dict[str, UUID]:
    """Price lists in the states in which somebody has to look; long names as they come."""
    long = "Kẹo cu đơ Hà Tĩnh gói lá chuối khô truyền thống, mật mía và gừng già Thạch Hà"
    rows = [
        HEADS,
        (long, "hộp", "500g", "50.000", "15 hộp", "OCOP 4 sao"),
        ("Mật ong rừng Vũ Quang", "chai", "1 lít", "rẻ lắm", "nhiều", ""),
        ("Bưởi Phúc Trạch", "quả", "1,2 kg", "65.000", "200", ""),
    ]
    sales = csv_text([("Ngày", "Khách", "Thành tiền"), ("1/1", "A", "5")]).encode()
    made = {
        "ready": await a_sheet(
            stack, seller, xlsx(rows), pictures=zipped({"IMG_20261101_0712.jpg": b"\xff\xd8\xff"})
        ),
        "refused": await a_sheet(stack, seller, sales, name="so-ban-hang.csv"),
        "strange": await a_sheet(stack, seller, xlsx([("Thứ", "Bao nhiêu"), ("Ổi", "20.000")])),
        "done": await a_sheet(stack, seller, xlsx([HEADS, ("Ổi", "kg", "", "20.000", "0", "")])),
    }
    for sheet_id in made.values():
        await reading.read_file(stack.ports.storage, sheet_id)
    await importing.confirm(seller.viewer, made["done"])
    await importing.import_some(stack.ports.storage, made["done"])
    return made


async def _elsewhere(seller: Seller) -> dict[str, UUID]:
    """Shown there, kept by a campaign, to be mended; and a shop that must agree again.

    Goods that nothing else happens to: nobody asks the marketplace about them.
    """
    seen: dict[str, Any] = {"item_id": "1", "observed_at": now(), "observed_price_vnd": 45_000}
    seen |= {"observed_state": "live", "observed_stock": 10, "category_name": "Trái cây"}
    said: dict[str, Any] = {"problem_who": "you", "problem_since": now(), "state": "blocked"}
    said |= {"problem_code": "shopee.description", "problem_message": _SAID}
    said |= {"problem_params": {"reason": "ngắn"}, "problem_vendor": "error_desc_length_limit"}
    kept = {**said, **seen, "state": "due", "due_at": now() + timedelta(days=1)}
    kept |= {"problem_code": "channel.locked", "problem_message": LOCKED}
    kept |= {"problem_who": "marketplace", "problem_params": {"reserved": 3}}
    goods = [await a_live_listing(seller, name=f"Mật ong số {n}") for n in range(4)]
    shown = await an_offered_item(seller, goods[0], state=ConnectionState.ACTIVE, **seen)
    shop = shown.connection_id
    return {
        "shown": shown.id,
        "kept": (await an_offered_item(seller, goods[1], connection_id=shop, **kept)).id,
        "mend": (await an_offered_item(seller, goods[2], connection_id=shop, **said)).id,
        "gone": (await an_offered_item(seller, goods[3])).id,
    }


async def _support(staff: Someone, seller: Seller) -> UUID:
    """Two entries, one of them taken back; the one that stands."""
    given = GiveSupport(
        kind="photos", programme="Nông sản Hà Tĩnh lên sàn 2026", giver="Tổ công nghệ số",
        cost_vnd=300_000, note="Chụp tại vườn.",
    )  # fmt: skip
    wrong = await give(staff.viewer, producer_id=seller.producer_id, given=given)
    await cancel(
        staff.viewer, producer_id=seller.producer_id, event_id=wrong, reason="Ghi hai lần."
    )
    return await give(staff.viewer, producer_id=seller.producer_id, given=given)


async def _cash_for_much(stack: Stack, seller: Seller, goods: Goods) -> str:
    """The token of an order on delivery that waits for the code on the buyer's phone."""
    buyer = {"name": "Lê Thị Hoa", "phone": a_phone(), "commune_code": "00070", "street": "Ngõ 5"}
    async with stack.client(**{"Idempotency-Key": str(new_id())}) as client:
        answer = await client.post(
            "/api/v1/orders",
            json={
                "lines": [{"variant_id": str(goods.variant_id), "quantity": 20}],
                "buyer": {**buyer, "note": ""},
                "methods": {(await _shop(seller)).removeprefix("/s/"): "cod"},
            },
        )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def _shop(seller: Seller) -> str:
    async with work(SYSTEM):
        code = await value("SELECT code FROM producer WHERE id = $1", [seller.producer_id])
    return f"/s/{code}"


async def _orders(stack: Stack, seller: Seller, goods: Goods, key: str) -> dict[str, Placed]:
    made: dict[str, Placed] = {}

    async def an_order(name: str, method: PaymentMethod) -> UUID:
        made[name] = await an_order_part(seller, goods, method=method, picture_key=key)
        return made[name].part_id

    actor = seller.viewer
    await an_order("awaiting", QR)
    paid = made["paid"] = await an_order_part(seller, goods, picture_key=key)
    await money_arrives(stack, seller.account, paid.total_vnd, paid.reference)
    back = made["back"] = await an_order_part(seller, goods, picture_key=key)
    await money_arrives(stack, seller.account, back.total_vnd, back.reference)
    await settlement.cannot(part_id=back.part_id, actor=actor, reason="Hết hàng.")
    short = made["short"] = await an_order_part(seller, goods, picture_key=key)
    await money_arrives(stack, seller.account, short.total_vnd - 5_000, short.reference)
    await an_order("placed", COD)
    for name, steps in {
        "confirmed": (settlement.confirm,),
        "sent": (settlement.confirm, settlement.hand_over),
        "done": (settlement.confirm, settlement.hand_over, settlement.paid_at_the_door),
        "refused": (settlement.confirm, settlement.hand_over, settlement.refused),
    }.items():
        part_id = await an_order(name, COD)
        for step in steps:
            await step(part_id=part_id, actor=actor)
    part_id = await an_order("cancelled", COD)
    await settlement.cannot(part_id=part_id, actor=actor, reason="Hết hàng.")
    part_id = await an_order("expired", QR)
    for _ in range(2):  # the first end is put off once
        async with work(SYSTEM):
            for table, column in (("payment", "part_id"), ("order_part", "id")):
                await run(f"{_TIME_IS_UP.format(table)} WHERE {column} = $1", [part_id])
        await settlement.look_at_clocks()
    await stack.drain()
    for name in ("card", "card-paid"):
        made[name] = await an_order_part(seller, goods, method=PaymentMethod.CARD, picture_key=key)
        await _by_card(stack, made[name], seller, paid=name == "card-paid")
    return made


async def _by_card(stack: Stack, placed: Placed, seller: Seller, *, paid: bool) -> None:
    """A card page that is open, or was paid; a part of the money is on its way back then."""
    vendor = NearCards()
    ports = replace(stack.ports, cards=vendor)
    async with work(SYSTEM):
        share = CardShare(placed.part_id, seller.producer_id, placed.total_vnd)
        page_id = await cards.expect_card(order_id=placed.order_id, shares=[share])
    await cards.open_page(checkout_id=page_id, ports=ports, settings=stack.settings)
    if paid:
        (page,) = vendor.desk.books.all_of("checkout.session")
        vendor.desk.till.pay(page, "paid")
        await cards.look_at_checkout(checkout_id=page_id, ports=ports)
        staff = await a_staff(Role.FINANCE_STAFF)
        wanted = RefundIn(amount_vnd=5_000, reason="Vỡ một hũ")
        await settlement.give_back(
            part_id=placed.part_id, actor=staff.viewer, wanted=wanted, key="broken-jar"
        )
