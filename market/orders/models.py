"""Orders: one per checkout, one part per producer, everything that was agreed frozen on it."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.catalog.models import Variant
from market.orders.rules import PartState, PaymentMethod
from sellers.producers.models import Producer


class Order(Model):
    """One checkout. The buyer has no account: a signed link shows it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(10, unique=True)
    checkout_key = fields.CharField(64, unique=True)
    buyer_name = fields.CharField(120)
    buyer_phone = fields.CharField(20)
    commune_code = fields.CharField(5)
    commune_name = fields.CharField(160)
    street = fields.CharField(200)
    note = fields.CharField(500, db_default="")
    language = fields.CharField(2, db_default="vi")
    source = fields.CharField(20, db_default="shop")  # shop, or the marketplace it came from
    age_stated = fields.SmallIntField(null=True)  # the buyer said to be of this age, or older
    age_stated_at = fields.DatetimeField(null=True)
    age_legal_ref = fields.CharField(120, db_default="")  # the law that asked for it
    total_vnd = fields.BigIntField()
    placed_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "orders"
        indexes = [Index(fields=["buyer_phone", "placed_at"], name="orders_phone")]
        constraints = [
            CheckConstraint(check="total_vnd > 0", name="orders_total"),
            CheckConstraint(
                check="(age_stated IS NULL) = (age_stated_at IS NULL)", name="orders_age"
            ),
        ]


class OrderPart(Model):
    """What one producer sells in an order, with the price and fees as agreed that moment."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "market.Order", related_name="parts", on_delete=fields.RESTRICT
    )
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="order_parts", on_delete=fields.RESTRICT
    )
    letter = fields.CharField(1)
    state = fields.CharEnumField(PartState, max_length=20)
    method = fields.CharEnumField(PaymentMethod, max_length=10)
    producer_name = fields.CharField(120)
    producer_kind = fields.CharField(16)
    total_vnd = fields.BigIntField()
    commission_vnd = fields.BigIntField()
    vat_vnd = fields.BigIntField()
    pit_vnd = fields.BigIntField()
    net_vnd = fields.BigIntField()
    expires_at = fields.DatetimeField(null=True)  # the reservation's end, for bank QR
    answer_by = fields.DatetimeField(null=True)  # when the producer should have answered
    deliver_from = fields.DateField(null=True)  # of goods ordered before their season
    no_cash = fields.BooleanField(db_default=False)  # goods that may not be paid in cash
    paid_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "order_part"
        indexes = [
            Index(fields=["producer_id", "state"], name="order_part_producer"),
            Index(fields=["state", "expires_at"], name="order_part_expiry"),
        ]
        constraints = [
            UniqueConstraint(fields=("order_id", "producer_id"), name="order_part_once"),
            CheckConstraint(check="total_vnd > 0", name="order_part_total"),
            CheckConstraint(
                check="net_vnd = total_vnd - commission_vnd - vat_vnd - pit_vnd",
                name="order_part_net",
            ),
        ]


class OrderLine(Model):
    """One variant in a part; name, unit and price as the buyer saw them."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    part: fields.ForeignKeyRelation[OrderPart] = fields.ForeignKeyField(
        "market.OrderPart", related_name="lines", on_delete=fields.RESTRICT
    )
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField(
        "market.Variant", related_name="order_lines", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    name = fields.CharField(200)  # of the goods, with what tells the variant from others
    unit = fields.CharField(30, db_default="")
    price_vnd = fields.BigIntField()
    quantity = fields.IntField()
    amount_vnd = fields.BigIntField()
    tax_class = fields.CharField(24)
    vat_vnd = fields.BigIntField(db_default=0)
    pit_vnd = fields.BigIntField(db_default=0)
    commission_vnd = fields.BigIntField(db_default=0)
    picture_key = fields.CharField(120, db_default="")

    class Meta:
        table = "order_line"
        constraints = [
            UniqueConstraint(fields=("part_id", "variant_id"), name="order_line_once"),
            CheckConstraint(check="quantity > 0", name="order_line_quantity"),
            CheckConstraint(check="amount_vnd = price_vnd * quantity", name="order_line_amount"),
        ]


class OrderEvent(Model):
    """What happened to a part, when, by whom: append-only, shown to buyer and producer."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    part: fields.ForeignKeyRelation[OrderPart] = fields.ForeignKeyField(
        "market.OrderPart", related_name="events", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    state = fields.CharField(20)
    actor = fields.CharField(80)
    note = fields.CharField(300, db_default="")
    at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "order_event"
        indexes = [Index(fields=["part_id", "at"], name="order_event_part")]
