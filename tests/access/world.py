"""One household with everything that an address can name, and somebody of every role."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime import uploads
from integrations.runtime.database import run, value, work
from integrations.runtime.followups import open_follow_up
from market.catalog.rules import ListingState
from market.orders.links import order_token
from sellers.accounts.models import SessionKind
from sellers.accounts.sessions import open_session
from sellers.support.schemas import GiveSupport
from sellers.support.service import give
from tests.kit.identity import a_sent_case
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, Someone, a_person, a_seller, a_staff
from tests.kit.questions import two_texts
from tests.kit.sheets import a_sheet
from tests.kit.shop import a_picture
from tests.kit.shops import Offered, an_offered_item
from tests.kit.stack import Stack

# The columns of the matrix. `producer` owns what the addresses name, `neighbour` sells beside it;
# `buyer` has no session and holds the order's link, which nobody else is given.
ROLES = (
    "anonymous", "buyer", "person", "producer", "neighbour", "disabled", "expired", "helper",
    "commune_staff", "province_staff", "moderator", "finance_staff", "admin", "operator",
)  # fmt: skip
_STAFF = (
    Role.HELPER, Role.COMMUNE_STAFF, Role.PROVINCE_STAFF, Role.MODERATOR, Role.FINANCE_STAFF,
    Role.ADMIN, Role.OPERATOR,
)  # fmt: skip


# What is sent where no example of the API's documentation says it, so that no form is turned away
# for being empty before anybody has looked at who sends it.
_REASON = "Ảnh hơi mờ. Mời lau ống kính rồi chụp lại."
FORMS: dict[str, dict[str, Any]] = {
    "/api/v1/review/listings/{listing_id}/approve": {"revision": 1},
    "/api/v1/review/listings/{listing_id}/send-back": {"revision": 1, "reason": _REASON},
    "/staff/review/{listing_id}/tax-class": {
        "tax_class": "own_production",
        "was": "goods_distribution",
    },
    "/staff/review/{listing_id}": {"revision": 1, "decision": "send_back", "reason": _REASON},
    "/staff/follow-ups/{follow_up_id}/close": {"outcome": "done"},
    # Nothing of it is decided: other routes are asked about the same case.
    "/staff/cases/{case_id}": {"revision": 999, "kind": "household", "evidence": "seen"},
    "/api/v1/onboarding/cases/{case_id}/decision": {"revision": 999, "kind": "household"},
    "/staff/producers/{producer_id}/support": {"kind": "visit", "given_on": "2026-11-01"},
    "/staff/producers/{producer_id}/support/{event_id}/cancel": {"reason": ""},
    "/api/v1/producers/{producer_id}/support/{event_id}/cancel": {"reason": " "},
    "/staff/links": {"name": "", "days": "30"},
    "/producer/goods/{listing_id}": {"name": "Bưởi", "price": "45.000"},
    "/producer/goods/{listing_id}/stock": {"change": 1, "reference": "kit-stock-1"},
    "/producer/sheets/{sheet_id}/answer": {"take": "no"},
    "/producer/orders/{part_id}/cannot": {"reason": "sold_out"},
    "/producer/orders/{part_id}/money": {"received": "no"},
    # Over a revision that is not there: other routes are asked about goods of one kind.
    "/api/v1/listings/{listing_id}/variants": {
        "revision": 999,
        "axes": [],
        "variants": [{"values": []}],
    },
    # What the examples name is nobody's: it would be refused for that.
    "/api/v1/channels/listings": {},
    "/api/v1/channels/{channel}/shops": {},
}
PICTURE = ("a.jpg", b"\xff\xd8\xff\xe0 no picture", "image/jpeg")


@dataclass
class World:
    """Who there is, and what a placeholder of an address stands for."""

    stack: Stack
    people: dict[str, Someone]
    goods: Goods
    submitted: Goods
    order: Placed
    photo_id: UUID
    follow_up_id: UUID
    picture: str
    session_id: UUID
    sold_by: str
    offered: Offered
    event_id: UUID
    sheet_id: UUID
    question_id: UUID
    change_id: UUID
    upload_id: UUID
    case_id: UUID

    def named(self, path: str, role: str) -> dict[str, str]:
        """Values of the placeholders of a path, as this role would have them."""
        link = order_token(self.order.order_id, self.stack.settings.secret_key.get_secret_value())
        is_review = path.startswith(("/staff/review", "/api/v1/review"))
        return {
            "listing_id": str(self.submitted.id if is_review else self.goods.id),
            "photo_id": str(self.photo_id),
            "part_id": str(self.order.part_id),
            "follow_up_id": str(self.follow_up_id),
            "session_id": str(self.session_id),
            "producer_id": str(self.people["producer"].producer_id),
            "event_id": str(self.event_id),
            "link_id": str(self.event_id),  # nobody's
            "table": "producers",
            "form": "csv",
            "token": link if role == "buyer" else f"{link[:-3]}abc",
            "letter": "A",
            "channel": "shopee",
            "connection_id": str(self.offered.connection_id),
            "channel_listing_id": str(self.offered.id),
            "verb": "try-again",
            "step": "confirm",
            "shape": "square",
            "sheet_id": str(self.sheet_id),
            "question_id": str(self.question_id),
            "change_id": str(self.change_id),
            "upload_id": str(self.upload_id),
            "case_id": str(self.case_id),
            "code": self.sold_by
            if path.startswith(("/s/", "/api/v1/shop/pro"))
            else self.goods.code,
            "reference": f"{self.goods.code}-{self.goods.slug}",
            "name": self.picture,
        }

    async def token_for(self, role: str, *, fresh: bool) -> str | None:
        """The session token of a role; a new one for requests that may end their own session."""
        someone = self.people.get(role)
        if someone is None:
            return None
        if role == "expired" or not fresh:
            return someone.token
        async with work(SYSTEM):
            opened = await open_session(someone.viewer, kind=SessionKind.API, phone=someone.phone)
        return opened.token


async def a_world(stack: Stack) -> World:
    """Everything made anew: other tests of the same process do not matter."""
    seller, neighbour = await a_seller(), await a_seller(name="HTX Cửa Lạch")
    people: dict[str, Someone] = {
        "person": await a_person(),
        "producer": seller,
        "neighbour": neighbour,
        "disabled": await a_seller(name="Vườn đã nghỉ"),
        "expired": await a_seller(name="Vườn hết phiên"),
        **{str(role): await a_staff(role) for role in _STAFF},
    }
    async with work(SYSTEM):
        await run(
            "UPDATE person SET disabled_at = now() WHERE id = $1", [people["disabled"].person_id]
        )
        await run(
            "UPDATE session SET expires_at = now() - interval '1 second' WHERE person_id = $1",
            [people["expired"].person_id],
        )
    goods = await a_live_listing(seller, available=1_000)
    submitted = await a_listing(seller, state=ListingState.IN_REVIEW, available=1)
    picture = await _a_public_picture(stack, seller, goods)
    order = await an_order_part(seller, goods)
    async with work(SYSTEM):
        opened = await open_session(seller.viewer, kind=SessionKind.API, phone=seller.phone)
        kind = f"kit.{new_id().hex[:8]}"
        await open_follow_up(
            kind, subject_type="order_part", subject_id=order.part_id, for_role="producer",
            due_in_s=3_600, producer_id=seller.producer_id,
        )  # fmt: skip
        follow_up_id = await value("SELECT id FROM follow_up WHERE kind = $1", [kind])
        photo_id = await value("SELECT id FROM photo WHERE listing_id = $1", [goods.id])
        code = await value("SELECT code FROM producer WHERE id = $1", [seller.producer_id])
    return World(
        stack, people, goods, submitted, order, photo_id, follow_up_id, picture,
        opened.session_id, code, await an_offered_item(seller, goods), await _support(people),
        await a_sheet(stack, seller),
        await two_texts(stack, seller, goods, field="price", first="46k", second="47k"),
        await _a_change(goods), await _upload(seller), (await a_sent_case(seller)).id,
    )  # fmt: skip


async def _a_change(goods: Goods) -> UUID:
    async with work(SYSTEM):
        found: UUID = await value(
            "SELECT id FROM listing_change WHERE listing_id = $1 AND field = 'price_vnd'",
            [goods.id],
        )
    return found


async def _upload(seller: Seller) -> UUID:
    begun = await uploads.begin(seller.viewer, client_id=str(new_id()), length_bytes=1_000)
    return begun.id


async def _support(people: dict[str, Someone]) -> UUID:
    return await give(
        people["moderator"].viewer,
        producer_id=people["producer"].producer_id,
        given=GiveSupport(kind="visit", programme="OCOP", giver="Tổ công nghệ số"),
    )


async def _a_public_picture(stack: Stack, seller: Seller, goods: Goods) -> str:
    key = await a_picture(seller, goods)
    await stack.ports.storage.put(key, b"\xff\xd8\xff", content_type="image/jpeg")
    return key.removeprefix("r/")
