"""Payments per order part, what the bank reported, and what the seller said."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.payments.rules import PaymentState


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
