"""The producer's and the staff's part: from a phone number to goods that stand in the shop."""

import random
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from market.journey.client import Client, StepFailed

STAFF_PHONE: Final = "+84987654321"
DECIDER_PHONE: Final = "+84987654323"
GOODS_NAME: Final = "Bưởi đường chín cây"
PRICE_VND: Final = 45_000
STOCK: Final = 12
FIGURES: Final = "/api/v1/programme/figures"
_METADATA: Final = (b"Exif", b"GPS", b"http://ns.adobe.com/xap", b"ICC_PROFILE", b"Photoshop")


@dataclass(frozen=True)
class Buyer:
    """Somebody who buys without an account."""

    name: str
    phone: str


def _three_buyers() -> tuple[Buyer, Buyer, Buyer]:
    """Three people with a phone each, new on every walk."""
    one, two, three = (f"+8493{n:07d}" for n in random.sample(range(10**7), 3))
    return Buyer("Lê Thị Hoa", one), Buyer("Nguyễn Văn Bình", two), Buyer("Đặng Thu Hà", three)


@dataclass(frozen=True)
class Sale:
    """What staff have to find in the figures: whence, paid how, what was kept of it."""

    source: str
    method: str
    amount_vnd: int


@dataclass
class Way:
    """What the walk has in its hands so far."""

    client: Client
    photo: Path
    phone: str = field(default_factory=lambda: f"+8491{random.randrange(10**7):07d}")  # noqa: S311
    account: str = field(default_factory=lambda: f"37{random.randrange(10**11):011d}")  # noqa: S311
    token: str = ""
    staff_token: str = ""
    producer: dict[str, Any] = field(default_factory=dict)
    listing: dict[str, Any] = field(default_factory=dict)
    product: dict[str, Any] = field(default_factory=dict)
    buyers: tuple[Buyer, Buyer, Buyer] = field(default_factory=_three_buyers)
    order: dict[str, Any] = field(default_factory=dict)
    sold: int = 0
    sales: dict[str, Sale] = field(default_factory=dict)  # by the order's number
    figures_before: dict[str, Any] = field(default_factory=dict)
    marketplace: str = ""
    shop: dict[str, Any] = field(default_factory=dict)
    item: dict[str, Any] = field(default_factory=dict)
    card_order: dict[str, Any] = field(default_factory=dict)


def _spoken(phone: str) -> str:
    """As people write it: 0912 345 678."""
    national = "0" + phone[3:]
    return f"{national[:4]} {national[4:7]} {national[7:]}"


def sign_in(way: Way) -> str:
    """A producer signs in by phone and a code, and says a name."""
    client = way.client
    asked = {"phone": _spoken(way.phone)}
    code = client.ask_code(
        way.phone, lambda: client.call("POST", "/api/v1/sign-in-codes", json=asked)
    )
    opened = client.call("POST", "/api/v1/sessions", json={"phone": way.phone, "code": code})
    if "ticket" in opened:
        choice = {"ticket": opened["ticket"], "name": "Trần Thị Lành"}
        opened = client.call("POST", "/api/v1/sessions/choice", json=choice)
    way.token = opened["token"]
    client.call(
        "POST", "/api/v1/sessions", json={"phone": way.phone, "code": code}, expect=(400, 409)
    )
    return f"{asked['phone'][:7]}…, the code was good for one use"


def say_who(way: Way) -> str:
    """Kind, name, commune found without diacritics, bank account."""
    client = way.client
    found = client.call("GET", "/api/v1/places/communes?q=phuc%20trach%20ha%20tinh")["communes"]
    body = {
        "kind": "household",
        "name": "Vườn bưởi bà Lành",
        "commune_code": found[0]["code"],
    }
    way.producer = client.call("POST", "/api/v1/producers", json=body, token=way.token)
    account = {"bank_bin": "970405", "account": way.account, "holder": "TRAN THI LANH"}
    shown = client.call("PUT", "/api/v1/producers/me/payout-account", json=account, token=way.token)
    if way.account in str(shown):
        raise StepFailed("the whole account number was shown")
    return f"{found[0]['name']}, {shown['bank_name']} …{shown['last4']}"


def list_product(way: Way) -> str:
    """Name and price make a draft; the same request again makes no second one."""
    body = {
        "client_id": str(uuid.uuid4()),
        "name": GOODS_NAME,
        "price": "45.000đ",
        "unit": "quả",
        "description": "Bưởi hái tại vườn Phúc Trạch, vỏ mỏng, mọng nước, ngọt thanh.",
        "stock": STOCK,
    }
    first = way.client.call("POST", "/api/v1/listings", json=body, token=way.token)
    again = way.client.call("POST", "/api/v1/listings", json=body, token=way.token)
    if again["id"] != first["id"] or first["price_vnd"] != PRICE_VND:
        raise StepFailed(f"expected one draft at {PRICE_VND}: {first} {again}")
    way.listing = first
    return f"draft {first['code']}, {first['price_vnd']} VND"


def send_photo(way: Way) -> str:
    """The worker turns the photo, strips it and makes its renditions."""
    client, listing_id = way.client, way.listing["id"]
    path = f"/api/v1/listings/{listing_id}/photos"
    body = {"photo": (way.photo.name, way.photo.read_bytes())}
    sent = client.call("POST", path, files=body, token=way.token)

    def finished() -> dict[str, Any] | None:
        now: dict[str, Any] = client.call("GET", f"{path}/{sent['id']}", token=way.token)
        if now["state"] == "refused":
            raise StepFailed(f"the photo was refused: {now['problem']}")
        return now if now["state"] == "ready" else None

    ready = client.wait_for("the photo", finished)
    for rendition in ready["renditions"]:
        picture = client.fetch(rendition["url"])
        if any(mark in picture.content for mark in _METADATA):
            raise StepFailed(f"metadata left in {rendition['url']}")
    sizes = sorted({rendition["width_px"] for rendition in ready["renditions"]})
    return f"{ready['width_px']} × {ready['height_px']} px upright, renditions {sizes}, no metadata"


def submit(way: Way) -> str:
    """Sent for review."""
    path = f"/api/v1/listings/{way.listing['id']}/submit"
    return f"state {way.client.call('POST', path, token=way.token)['state']}"


def approve(way: Way) -> str:
    """A member of staff sees it in the queue and approves; the producer is told."""
    client = way.client
    way.staff_token = _staff_token(client, STAFF_PHONE)
    way.figures_before = client.call("GET", FIGURES, token=way.staff_token)
    queue = client.call("GET", "/api/v1/review/listings?limit=100", token=way.staff_token)
    mine = [item for item in queue["items"] if item["id"] == way.listing["id"]]
    if not mine:
        raise StepFailed("the listing is not in the queue")
    path = f"/api/v1/review/listings/{way.listing['id']}/approve"
    done = client.call("POST", path, json={"revision": mine[0]["revision"]}, token=way.staff_token)

    def told() -> str | None:
        texts = [message["text"] for message in client.messages_to(way.phone)]
        return next((text for text in texts if GOODS_NAME in text), None)

    client.wait_for("the message to the producer", told)
    return f"state {done['state']}, producer told"


def confirm_seller(way: Way) -> str:
    """Nobody sees the goods before staff have confirmed who sells; then they stand in the shop."""
    client, code = way.client, way.listing["code"]
    client.call("GET", f"/api/v1/shop/listings/{code}", expect=(404,))
    number = f"042185{random.randrange(10**6):06d}"  # noqa: S311 - made up
    who = {"name": "Trần Thị Lành", "number": number, "born_on": "20/11/1985", "sex": "female"}
    mine = client.call("PUT", "/api/v1/onboarding/identity", json=who, token=way.token)
    if number in str(mine) or mine["state"] != "submitted":
        raise StepFailed(f"expected a case that waits and hides its number: {mine}")
    token = _staff_token(client, DECIDER_PHONE)
    case = _case_of(way, token)
    path = f"/api/v1/onboarding/cases/{case['id']}/decision"
    decision = {"revision": case["revision"], "kind": case["producer_kind"], "evidence": "seen"}
    client.call("POST", path, json=decision, token=token)
    mine = client.call("GET", "/api/v1/onboarding/case", token=way.token)
    return f"hidden until confirmed, then {mine['state']}, number …{number[-4:]}"


def _case_of(way: Way, token: str) -> dict[str, Any]:
    after = ""
    while True:
        page = way.client.call("GET", f"/api/v1/onboarding/cases{after}", token=token)
        for one in page["items"]:
            if one["producer_id"] == way.producer["id"]:
                return dict(one)
        if not page["next"]:
            raise StepFailed("the case is not in the queue")
        after = f"?after={page['next']}"


def _staff_token(client: Client, phone: str) -> str:
    code = client.ask_code(
        phone, lambda: client.call("POST", "/api/v1/sign-in-codes", json={"phone": phone})
    )
    opened = client.call("POST", "/api/v1/sessions", json={"phone": phone, "code": code})
    return str(opened["token"])


def look_at_shop(way: Way) -> str:
    """Search with and without diacritics, the product's page, the producer's page, in two words."""
    client, code = way.client, way.listing["code"]
    for words in ("bưởi đường chín", "buoi duong chin"):
        found = client.call("GET", f"/api/v1/shop/listings?q={words}&limit=50")["items"]
        if code not in [item["code"] for item in found]:
            raise StepFailed(f"searching {words!r} does not find {code}")
    way.product = client.call("GET", f"/api/v1/shop/listings/{code}")
    client.page("/", holds=("Gánh",))
    client.page("/search?q=buoi%20duong", holds=(GOODS_NAME,))
    client.page(
        way.product["path"],
        holds=(GOODS_NAME, "45.000", "application/ld+json", 'property="og:image"'),
    )
    client.page(way.product["producer"]["path"], holds=(way.producer["name"],))
    return f"found twice, pages {way.product['path']} and {way.product['producer']['path']}"
