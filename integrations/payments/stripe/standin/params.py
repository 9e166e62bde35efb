"""What each call takes. A test holds this table against the SDK's own parameter types."""

from typing import Final

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

_EXPAND: Final = many(text(), most=20)
_PAGE: Final = {
    "limit": whole(1, 100),
    "starting_after": text(),
    "expand": _EXPAND,
}
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
        "expand": _EXPAND,
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
        "expand": _EXPAND,
        "metadata": words,
        "payment_intent": text(),
        "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    },
)
REFUND_LIST: Final = shape(
    {}, {**_PAGE, "charge": text(), "payment_intent": text(), "created": shape({}, _SINCE)}
)
EVENT_LIST: Final = shape(
    {},
    {**_PAGE, "created": shape({}, _SINCE), "type": text(), "types": many(text(), most=20)},
)
ONE: Final[Check] = shape({}, {"expand": _EXPAND})
