"""What each call takes. A test holds this table against the SDK's own parameter types."""

from typing import Any, Final

from integrations.payments.stripe.standin.forms import (
    Check,
    flag,
    many,
    one_of,
    shape,
    text,
    whole,
    words,
)
from integrations.payments.stripe.standin.refusal import Refusal

# Which ids inside an object can be asked for in full.
_CHARGE: Final = ("balance_transaction",)
_PAYMENT: Final = ("latest_charge", *(f"latest_charge.{path}" for path in _CHARGE))
_SESSION: Final = ("payment_intent", *(f"payment_intent.{path}" for path in _PAYMENT))
_REFUND: Final = ("balance_transaction", "charge", *_SESSION)
_DISPUTE: Final = ("charge", *_SESSION)


def _expand(paths: tuple[str, ...], prefix: str = "") -> dict[str, Check]:
    known = {f"{prefix}{path}" for path in paths}

    def check(sent: Any, where: str) -> str:
        if sent not in known:
            raise Refusal(f"This property cannot be expanded ({sent}).", param="expand")
        return str(sent)

    return {"expand": many(check, most=20)}


_PAGE: Final = {"limit": whole(1, 100), "starting_after": text()}
_SINCE: Final = {name: whole(0) for name in ("gt", "gte", "lt", "lte")}

SESSION_CREATE: Final = shape(
    {
        "mode": one_of("payment"),
        "success_url": text(),
        "line_items": many(
            shape(
                {
                    "quantity": whole(1, 999_999),
                    "price_data": shape(
                        {
                            "currency": one_of("vnd"),
                            "unit_amount": whole(0),
                            "product_data": shape(
                                {"name": text(250)},
                                {"description": text(), "metadata": words},
                            ),
                        },
                        {},
                    ),
                },
                {},
            ),
            most=100,
        ),
    },
    {
        "adaptive_pricing": shape({}, {"enabled": flag}),
        "allowed_payment_method_types": many(one_of("card", "link"), most=10),
        "cancel_url": text(),
        "client_reference_id": text(200),
        "customer_email": text(800),
        **_expand(_SESSION),
        "expires_at": whole(0),
        "locale": one_of("auto", "en", "vi"),
        "metadata": words,
        "payment_intent_data": shape(
            {}, {"description": text(), "metadata": words, "transfer_group": text()}
        ),
        "submit_type": one_of("auto", "book", "donate", "pay"),
    },
)
REFUND_CREATE: Final = shape(
    {},
    {
        "amount": whole(1),
        "charge": text(),
        **_expand(_REFUND),
        "metadata": words,
        "payment_intent": text(),
        "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    },
)
REFUND_LIST: Final = shape(
    {},
    {
        **_PAGE,
        **_expand(_REFUND, "data."),
        "charge": text(),
        "created": shape({}, _SINCE),
        "payment_intent": text(),
    },
)
EVENT_LIST: Final = shape(
    {},
    {**_PAGE, "created": shape({}, _SINCE), "type": text(), "types": many(text(), most=20)},
)
ONE_SESSION: Final = shape({}, _expand(_SESSION))
ONE_PAYMENT: Final = shape({}, _expand(_PAYMENT))
ONE_REFUND: Final = shape({}, _expand(_REFUND))
ONE_DISPUTE: Final = shape({}, _expand(_DISPUTE))
