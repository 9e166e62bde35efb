"""An order as its buyer is shown it: accounts opened, QR texts made, words chosen."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from integrations.contracts.phone import mask_phone
from integrations.contracts.ports import Ports, TransferRequest
from integrations.runtime.crypto import unseal
from integrations.runtime.i18n import Language, money, translate, when
from integrations.runtime.pages.pictures import Picture, PictureFile
from integrations.runtime.settings import Settings
from market.checkout import queries
from market.checkout.rules.states import (
    QR,
    can_cancel,
    can_pay_by_transfer,
    can_pay_on_delivery,
    can_say_paid,
    deadline,
    steps,
    told,
)
from market.checkout.schemas import CardOut, LineOut, OrderOut, PartOut, TransferOut
from market.orders.links import order_token, order_url
from market.orders.rules import PartState
from market.payments.rules import CheckoutState
from market.settlement.rules import ENDED_UNSOLD, goes_back_vnd
from market.settlement.service.cards.page import URL_PURPOSE
from sellers.producers.queries import ACCOUNT_PURPOSE, HOLDER_PURPOSE


def transfer_of(part: Mapping[str, Any], ports: Ports) -> TransferOut | None:
    """What the bank app must be told while a part waits for a transfer; else None.

    The amount is what is still missing. The account is plain: never log it.
    """
    if part["state"] != PartState.AWAITING_PAYMENT or not part["account_sealed"]:
        return None
    account = unseal(part["account_sealed"], purpose=ACCOUNT_PURPOSE)
    missing_vnd = part["amount_vnd"] - part["received_vnd"]
    wanted = TransferRequest(part["bank_bin"], account, missing_vnd, part["reference"])
    return TransferOut(
        bank_bin=part["bank_bin"],
        bank_name=part["bank_name"],
        account=account,
        holder=unseal(part["holder_sealed"], purpose=HOLDER_PURPOSE),
        amount_vnd=missing_vnd,
        reference=part["reference"],
        qr_payload=ports.bank_qr.payload(wanted),
    )


def card_of(seen: Mapping[str, Any]) -> CardOut | None:
    """The card page of an order as it stands; None for an order without card parts.

    The address opens a payment: it is shown to who holds the order's link, and never logged.
    """
    waiting = [p for p in seen["parts"] if can_pay_by_transfer(p)]
    card = seen["card"]
    if not waiting:
        if card is None or card["state"] != CheckoutState.PAID:
            return None
        return CardOut(state="paid", amount_vnd=card["amount_vnd"], pay_url=None, expires_at=None)
    amount_vnd = sum(part["total_vnd"] for part in waiting)
    is_open = card is not None and card["state"] == CheckoutState.OPEN and not card["ended"]
    # Also one that we tried to close: until the vendor has said so, it can be paid.
    if card is not None and is_open and card["url_sealed"]:
        return CardOut(
            state="open",
            amount_vnd=amount_vnd,
            pay_url=unseal(card["url_sealed"], purpose=URL_PURPOSE),
            expires_at=card["expires_at"],
        )
    opening = card is not None and card["state"] == CheckoutState.OPENING
    return CardOut(
        state="opening" if opening else "over",
        amount_vnd=amount_vnd,
        pay_url=None,
        expires_at=None,
    )


def next_words(order: Mapping[str, Any], part: Mapping[str, Any], language: Language) -> str:
    """What comes next for a part, who does it, by when."""
    by = deadline(part)
    return translate(
        language,
        told(part).next_words,
        seller=part["producer_name"],
        time=when(by, language) if by else "",
        amount=money(goes_back_vnd(part) or part["total_vnd"], language),
        phone=mask_phone(order["buyer_phone"]),
    )


async def order_out(
    *, order_id: UUID, settings: Settings, ports: Ports, language: Language
) -> OrderOut:
    """The order as JSON. Raises `NotFound`."""
    seen = await queries.order(order_id)
    secret = settings.secret_key.get_secret_value()
    return OrderOut(
        number=seen["number"],
        token=order_token(order_id, secret),
        link=order_url(settings.public_url, order_id, secret),
        total_vnd=seen["total_vnd"],
        placed_at=seen["placed_at"],
        code_needed=any(part["state"] == PartState.AWAITING_CODE for part in seen["parts"]),
        card=card_of(seen),
        parts=[
            PartOut(
                letter=part["letter"],
                producer_name=part["producer_name"],
                state=part["state"],
                method=part["method"],
                total_vnd=part["total_vnd"],
                lines=[LineOut.model_validate(line) for line in part["lines"]],
                next=next_words(seen, part, language),
                act_by=deadline(part),
                deliver_from=part["deliver_from"],
                transfer=transfer_of(part, ports),
                refunded_vnd=part["refunded_vnd"],
                goes_back_vnd=goes_back_vnd(part),
            )
            for part in seen["parts"]
        ],
    )


async def order_page(
    *, order_id: UUID, ports: Ports, language: Language, media: str, asked: str = ""
) -> dict[str, Any]:
    """All that the buyer's page shows. `asked`: the letter of the part to be paid or confirmed.

    By one statement. Raises `NotFound`.
    """
    seen = await queries.order(order_id)
    parts = [_for_page(seen, part, language, media) for part in seen["parts"]]
    wanted = [part for part in parts if part["letter"] == asked]
    paying = [p for p in (*wanted, *parts) if _waits_for_transfer(p)]
    card = card_of(seen)
    now = next((p for p in paying if p in wanted or not p["said_paid"]), None)
    transfer = transfer_of(now, ports) if now else None
    return {
        "order": seen,
        "parts": parts,
        "now": now,
        "transfer": transfer,
        "qr": ports.bank_qr.svg(transfer.qr_payload) if transfer else "",
        "card": card if card and card.state != "paid" else None,
        "card_parts": [p for p in parts if can_pay_by_transfer(p)],
        "code_part": next((p for p in parts if p["state"] == PartState.AWAITING_CODE), None),
        "waiting": any(p["state"] == PartState.AWAITING_PAYMENT for p in parts),
        "version": version_of(seen),
        "phone_masked": mask_phone(seen["buyer_phone"]),
    }


def _waits_for_transfer(part: Mapping[str, Any]) -> bool:
    return bool(part["state"] == PartState.AWAITING_PAYMENT and part["method"] == QR)


def version_of(seen: Mapping[str, Any]) -> str:
    """Changes whenever a part moves, is paid in part or another way, or its seller has looked."""
    told_of = "|".join(
        f"{p['state']}{p['method']}{p['received_vnd']}{p['expires_at']}{p['reason']}"
        f"{p['refunded_vnd']}{p['back_word']}"
        for p in seen["parts"]
    )
    card = seen["card"]
    told_of += f"|{card['id']}{card['state']}" if card else ""
    return hashlib.sha256(told_of.encode()).hexdigest()[:10]


async def version(order_id: UUID) -> str:
    """The version of an order as it is now. Raises `NotFound`."""
    return version_of(await queries.order(order_id))


def _for_page(
    seen: Mapping[str, Any], part: dict[str, Any], language: Language, media: str
) -> dict[str, Any]:
    key = next((line["picture_key"] for line in part["lines"] if line["picture_key"]), "")
    files = [PictureFile(url=f"{media}/{key}", width_px=160, format="jpg")] if key else []
    return {
        **part,
        "told": told(part),
        "next": next_words(seen, part, language),
        "steps": [{**s, "title": translate(language, s["title"])} for s in steps(part)],
        "by": deadline(part),
        "picture": Picture(alt="", width_px=4, height_px=3, files=files) if files else None,
        "can_cancel": can_cancel(part),
        "can_cash": can_pay_on_delivery(part),
        "can_say_paid": can_say_paid(part),
        "too_much_vnd": 0 if part["state"] in ENDED_UNSOLD else goes_back_vnd(part),
    }


async def qr_picture(*, order_id: UUID, letter: str, ports: Ports) -> tuple[bytes, str]:
    """The QR of one part as a PNG, and its reference. Raises `NotFound` when it waits for none."""
    part = queries.part_of(await queries.order(order_id), letter)
    transfer = transfer_of(part, ports)
    if transfer is None:
        raise queries.unknown_order()
    return ports.bank_qr.png(transfer.qr_payload), transfer.reference
