"""Payments per order part, what bank and card vendor reported, and what the seller said."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.payments.rules import CheckoutState, PaymentState, RefundState


class Payment(Model):
    """Money that one producer should get for one part. `part_id` is the order part's id."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    part_id = fields.UUIDField(unique=True)
    order_id = fields.UUIDField()
    producer_id = fields.UUIDField()
    method = fields.CharField(10)
    state = fields.CharEnumField(PaymentState, max_length=10, default=PaymentState.AWAITING)
    amount_vnd = fields.BigIntField()
    received_vnd = fields.BigIntField(db_default=0)
    reference = fields.CharField(20, unique=True)
    bank_bin = fields.CharField(6, db_default="")
    bank_name = fields.CharField(60, db_default="")
    account_sealed = fields.CharField(300, db_default="")
    account_hash = fields.CharField(64, db_default="")
    holder_sealed = fields.CharField(500, db_default="")
    evidence = fields.CharField(12, db_default="")
    confirmed_at = fields.DatetimeField(null=True)  # a second source agreed
    expires_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "payment"
        indexes = [Index(fields=["state", "expires_at"], name="payment_expiry")]
        constraints = [
            CheckConstraint(check="amount_vnd > 0", name="payment_amount"),
            CheckConstraint(check="received_vnd >= 0", name="payment_received"),
        ]


class BankEvent(Model):
    """A signed notice of a transfer, and what we made of it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    inbox_id = fields.UUIDField(unique=True)
    provider = fields.CharField(40)
    provider_event_id = fields.CharField(120)
    payment: fields.ForeignKeyNullableRelation[Payment] = fields.ForeignKeyField(
        "market.Payment", related_name="bank_events", on_delete=fields.RESTRICT, null=True
    )
    producer_id = fields.UUIDField(null=True)
    account_hash = fields.CharField(64)
    account_last4 = fields.CharField(4)
    amount_vnd = fields.BigIntField()
    direction = fields.CharField(3)
    content = fields.CharField(500)
    bank_reference = fields.CharField(120, db_default="")
    outcome = fields.CharField(30)
    occurred_at = fields.DatetimeField()
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "bank_event"
        indexes = [Index(fields=["payment_id"], name="bank_event_payment")]
        constraints = [
            UniqueConstraint(fields=("provider", "provider_event_id"), name="bank_event_once")
        ]


class SellerWord(Model):
    """The producer looked into the bank app and said what is there: append-only."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField(
        "market.Payment", related_name="seller_words", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    said = fields.CharField(12)  # received | not_seen
    person_id = fields.UUIDField()
    at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "seller_word"
        indexes = [Index(fields=["payment_id"], name="seller_word_payment")]


class CardCheckout(Model):
    """One hosted page for the card parts of one order. The key is stored before it is used."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    order_id = fields.UUIDField()
    state = fields.CharEnumField(CheckoutState, max_length=10, default=CheckoutState.OPENING)
    amount_vnd = fields.BigIntField()
    key = fields.CharField(120)
    attempt = fields.IntField(db_default=1)
    sent_at = fields.DatetimeField(null=True)  # the request with this key may have arrived
    closing = fields.BooleanField(db_default=False)  # we close it: its parts stay as they are
    session_id = fields.CharField(120, db_default="")
    url_sealed = fields.TextField(db_default="")
    expires_at = fields.DatetimeField(null=True)  # the page's end at the vendor
    payment_id = fields.CharField(120, db_default="")
    charge_id = fields.CharField(120, db_default="")
    balance_id = fields.CharField(120, db_default="")
    fee_vnd = fields.BigIntField(null=True)
    created_at = fields.DatetimeField(db_default=Now())
    paid_at = fields.DatetimeField(null=True)
    last_error = fields.CharField(120, db_default="")

    class Meta:
        table = "card_checkout"
        indexes = [
            Index(fields=["order_id"], name="card_checkout_order"),
            Index(fields=["payment_id"], name="card_checkout_payment"),
            Index(fields=["state", "expires_at"], name="card_checkout_state"),
        ]
        constraints = [
            UniqueConstraint(
                fields=("order_id",),
                name="card_checkout_one_open",
                condition="state IN ('opening', 'open')",
            ),
            UniqueConstraint(
                fields=("session_id",), name="card_checkout_session", condition="session_id <> ''"
            ),
            CheckConstraint(check="amount_vnd > 0", name="card_checkout_amount"),
        ]


class CardPart(Model):
    """What one part has in a card checkout, and how much of it went back or is on its way."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    checkout: fields.ForeignKeyRelation[CardCheckout] = fields.ForeignKeyField(
        "market.CardCheckout", related_name="parts", on_delete=fields.RESTRICT
    )
    part_id = fields.UUIDField()
    order_id = fields.UUIDField()
    producer_id = fields.UUIDField()
    amount_vnd = fields.BigIntField()
    refunded_vnd = fields.BigIntField(db_default=0)
    paid = fields.BooleanField(db_default=False)  # the checkout brought this money
    late = fields.BooleanField(db_default=False)  # and it paid for nothing: all of it goes back
    frozen = fields.BooleanField(db_default=False)  # the buyer's bank asks for it back

    class Meta:
        table = "card_part"
        indexes = [Index(fields=["part_id"], name="card_part_part")]
        constraints = [
            UniqueConstraint(fields=("checkout_id", "part_id"), name="card_part_once"),
            CheckConstraint(check="amount_vnd > 0", name="card_part_amount"),
            CheckConstraint(
                check="refunded_vnd >= 0 AND refunded_vnd <= CASE WHEN paid THEN amount_vnd"
                " ELSE 0 END",
                name="card_part_refunded",
            ),
        ]


class CardRefund(Model):
    """Money that goes back to a card. The rows of a part never come to more than was paid."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    card_part: fields.ForeignKeyRelation[CardPart] = fields.ForeignKeyField(
        "market.CardPart", related_name="refunds", on_delete=fields.RESTRICT
    )
    part_id = fields.UUIDField()
    order_id = fields.UUIDField()
    producer_id = fields.UUIDField()
    payment_id = fields.CharField(120)
    amount_vnd = fields.BigIntField()
    reason = fields.CharField(20)  # cannot | late | staff
    note = fields.CharField(200, db_default="")
    requested_by = fields.CharField(80)
    state = fields.CharEnumField(RefundState, max_length=10, default=RefundState.WANTED)
    key = fields.CharField(120, unique=True)
    attempt = fields.IntField(db_default=1)
    sent_at = fields.DatetimeField(null=True)
    vendor_id = fields.CharField(120, db_default="")
    last_error = fields.CharField(120, db_default="")
    # As booked: what each account gave back.
    booked = fields.BooleanField(db_default=False)
    net_vnd = fields.BigIntField(db_default=0)
    commission_vnd = fields.BigIntField(db_default=0)
    vat_vnd = fields.BigIntField(db_default=0)
    pit_vnd = fields.BigIntField(db_default=0)
    created_at = fields.DatetimeField(db_default=Now())
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "card_refund"
        indexes = [
            Index(fields=["part_id"], name="card_refund_part"),
            Index(fields=["state", "created_at"], name="card_refund_state"),
        ]
        constraints = [
            CheckConstraint(check="amount_vnd > 0", name="card_refund_amount"),
            UniqueConstraint(
                fields=("vendor_id",), name="card_refund_vendor", condition="vendor_id <> ''"
            ),
        ]


class CardDispute(Model):
    """A buyer's bank asks for the money of one card payment back."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    vendor_id = fields.CharField(120, unique=True)
    checkout: fields.ForeignKeyRelation[CardCheckout] = fields.ForeignKeyField(
        "market.CardCheckout", related_name="disputes", on_delete=fields.RESTRICT
    )
    amount_vnd = fields.BigIntField()
    state = fields.CharField(40)
    reason = fields.CharField(80, db_default="")
    funds = fields.CharField(10, db_default="")  # "" | withdrawn | reinstated
    due_by = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_default=Now())
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "card_dispute"


class CardCatchUp(Model):
    """Until when the vendor's list of events was read."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    provider = fields.CharField(40, unique=True)
    seen_until = fields.DatetimeField()

    class Meta:
        table = "card_catch_up"
