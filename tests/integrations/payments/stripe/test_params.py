"""Neither adapter nor stand-in knows a parameter that the vendor's own types do not know."""

import importlib
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import typing_extensions

from integrations.payments.stripe.adapter import KINDS
from integrations.payments.stripe.standin import params
from integrations.payments.stripe.standin.forms import Check, many, shape, text
from tests.kit.cards import Cards, card_standin

PAIRS: dict[str, tuple[Check, str, str]] = {
    "session": (params.SESSION_CREATE, "stripe.params.checkout", "SessionCreateParams"),
    "one session": (params.ONE_SESSION, "stripe.params.checkout", "SessionRetrieveParams"),
    "expire": (params.ONE_SESSION, "stripe.params.checkout", "SessionExpireParams"),
    "payment": (params.ONE_PAYMENT, "stripe.params", "PaymentIntentRetrieveParams"),
    "refund": (params.REFUND_CREATE, "stripe.params", "RefundCreateParams"),
    "refunds": (params.REFUND_LIST, "stripe.params", "RefundListParams"),
    "one refund": (params.ONE_REFUND, "stripe.params", "RefundRetrieveParams"),
    "dispute": (params.ONE_DISPUTE, "stripe.params", "DisputeRetrieveParams"),
    "events": (params.EVENT_LIST, "stripe.params", "EventListParams"),
}


def typed_dicts(hint: Any) -> Iterator[Any]:
    """The typed dictionaries inside `NotRequired[Union[List[X], …]]`."""
    if typing_extensions.is_typeddict(hint):
        yield hint
    for inner in typing.get_args(hint):
        yield from typed_dicts(inner)


def fields(typed: Any) -> dict[str, Any]:
    """Its fields with their types. The SDK's modules do not import all that they write as text."""
    names = {**vars(typing), **vars(typing_extensions)}
    names |= {"StripeContext": Any, "UntypedStripeObject": list}
    return typing_extensions.get_type_hints(typed, localns=names)


def unknown(taken: Mapping[str, Check], typed: list[Any], where: str = "") -> list[str]:
    """Names of ours that no typed dictionary at this place has."""
    found = []
    for name, check in taken.items():
        hints = [known[name] for known in map(fields, typed) if name in known]
        if not hints:
            found.append(f"{where}{name}")
        deeper: Any = check
        while hasattr(deeper, "one"):
            deeper = deeper.one
        if hints and hasattr(deeper, "known"):
            below = [inner for hint in hints for inner in typed_dicts(hint)]
            found += unknown(deeper.known, below, f"{where}{name}.")
    return found


@pytest.mark.parametrize("name", PAIRS)
def test_the_stand_in_takes_nothing_that_the_vendor_does_not(name: str) -> None:
    check, module, typed = PAIRS[name]
    known: Any = check
    assert unknown(known.known, [getattr(importlib.import_module(module), typed)]) == []


def test_a_name_of_our_own_is_found() -> None:
    typed = importlib.import_module("stripe.params.checkout").SessionCreateParams
    check: Any = params.SESSION_CREATE
    taken = {**check.known, "payment_method_types": check.known["mode"]}
    assert unknown(taken, [typed]) == ["payment_method_types"]
    line = shape({"price_data": shape({"colour": text()}, {})}, {})
    assert unknown({"line_items": many(line, most=1)}, [typed]) == ["line_items.price_data.colour"]


async def _everything(cards: Cards) -> None:
    session = await cards.a_page()
    await cards.adapter.session(session.id)
    await cards.tell("pay", session=session.id)
    payment_id = (await cards.adapter.session(session.id)).payment_id
    await cards.adapter.payment(payment_id)
    refund = await cards.adapter.refund(payment_id, 1_000, reference="r", key="r")
    await cards.adapter.refund_now(refund.id)
    await cards.adapter.refunds(payment_id)
    opened = await cards.tell("dispute", payment=payment_id)
    await cards.adapter.dispute(opened["id"])
    await cards.adapter.expire_session((await cards.a_page(key="other")).id)
    assert [event async for event in cards.adapter.events_since(session.expires_at)] == []


async def test_the_stand_in_takes_everything_that_the_adapter_sends() -> None:
    """So, with the tests above, the adapter sends only what the vendor's types know."""
    async with card_standin() as cards:
        await _everything(cards)


SHAPES = {
    "checkout.session": ("checkout", "Session"),
    "payment_intent": ("", "PaymentIntent"),
    "charge": ("", "Charge"),
    "balance_transaction": ("", "BalanceTransaction"),
    "refund": ("", "Refund"),
    "dispute": ("", "Dispute"),
}


async def test_what_the_stand_in_answers_has_the_vendors_names() -> None:
    """And its events are of kinds that the SDK can subscribe to."""
    import stripe

    async with card_standin() as cards:
        await _everything(cards)
        later = await cards.a_page(key="later")
        await cards.tell("pay", session=later.id, how="later")
        await cards.tell("settle", session=later.id, ok=False)
        for kind, (module, name) in SHAPES.items():
            known = getattr(getattr(stripe, module) if module else stripe, name)
            found = await cards.objects(kind)
            names = set(known.__annotations__) | {"id"}
            assert found and {key for thing in found for key in thing} <= names, kind
        hint = fields(stripe.params.WebhookEndpointCreateParams)
        kinds = {event["type"] for event in await cards.events()} | set(KINDS)
        assert kinds <= set(_words(hint["enabled_events"]))
        assert set((await cards.events())[0]) <= set(stripe.Event.__annotations__) | {"id"}


def _words(hint: Any) -> Iterator[str]:
    """The texts of every `Literal` inside."""
    for inner in typing.get_args(hint):
        if isinstance(inner, str):
            yield inner
        else:
            yield from _words(inner)
