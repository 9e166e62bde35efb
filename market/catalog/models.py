"""Goods: listings, their variants with stock, reservations, and every movement of stock."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import Now, SqlDefault
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.catalog.rules import ListingState
from sellers.producers.models import Producer


class TaxClass(StrEnum):
    """What the goods are to the tax law; the default is set by programme staff."""

    GOODS_DISTRIBUTION = "goods_distribution"
    OWN_PRODUCTION = "own_production"
    RAW_FARM_PRODUCE = "raw_farm_produce"
    SERVICES = "services"


class ReservationState(StrEnum):
    """`held` until its time; then sold or released, once."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


class Listing(Model):
    """What a producer offers. `client_id` makes a create that is sent twice one listing."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="listings", on_delete=fields.RESTRICT
    )
    client_id = fields.CharField(64)
    code = fields.CharField(8, unique=True)
    slug = fields.CharField(100, db_default="")
    name = fields.CharField(120, db_default="")
    description = fields.TextField(db_default="")
    search_text = fields.CharField(600, db_default="")
    tax_class = fields.CharEnumField(TaxClass, max_length=24, default=TaxClass.GOODS_DISTRIBUTION)
    state = fields.CharEnumField(ListingState, max_length=12, default=ListingState.DRAFT)
    revision = fields.IntField(db_default=1)
    template_code = fields.CharField(40, db_default="")
    template_chosen = fields.BooleanField(db_default=False)
    own_fields = fields.CharField(400, db_default="")  # names, by spaces
    category_code = fields.CharField(20, db_default="")
    shelf_life_days = fields.IntField(null=True)
    storage = fields.CharField(20, db_default="")
    allergens = fields.CharField(200, db_default="")  # codes, by spaces
    age_min = fields.SmallIntField(null=True)
    min_quantity = fields.IntField(db_default=1)
    reach = fields.CharField(10, db_default="")  # a Reach, empty for everywhere
    season = fields.CharField(21, db_default="")  # as `seasons.read_season` gives it
    preorder = fields.BooleanField(db_default=False)
    name_en = fields.CharField(120, db_default="")
    description_en = fields.TextField(db_default="")
    # What its variants differ in, at most two: name and values of each, as they were typed.
    axes: fields.JSONField[list[dict[str, object]]] = fields.JSONField(
        default=list, db_default=SqlDefault("'[]'")
    )
    created_at = fields.DatetimeField(db_default=Now())
    updated_at = fields.DatetimeField(db_default=Now())
    submitted_at = fields.DatetimeField(null=True)
    live_at = fields.DatetimeField(null=True)

    class Meta:
        table = "listing"
        indexes = [
            Index(fields=["state", "live_at", "id"], name="listing_newest"),
            Index(fields=["producer_id", "state"], name="listing_producer"),
        ]
        constraints = [
            UniqueConstraint(fields=("producer_id", "client_id"), name="listing_client_once"),
            CheckConstraint(check="shelf_life_days > 0", name="listing_shelf_life"),
            CheckConstraint(check="age_min > 0", name="listing_age"),
            CheckConstraint(check="min_quantity > 0", name="listing_min_quantity"),
        ]


class ListingChange(Model):
    """Append-only: one field of goods, before and after. `revision` is the one it led to.

    `label`: of the kind that it was changed of, empty for the goods as a whole. `source`: the
    form, phone, list or program that sent it. What is left stands in `StockMovement`; here only
    while the goods were never on sale, for those who edit together.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    listing: fields.ForeignKeyRelation[Listing] = fields.ForeignKeyField(
        "market.Listing", related_name="changes", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    revision = fields.IntField()
    field = fields.CharField(30)
    label = fields.CharField(60, db_default="")
    was: fields.JSONField[Any] = fields.JSONField(null=True)
    now: fields.JSONField[Any] = fields.JSONField(null=True)
    source = fields.CharField(80, db_default="")
    person_id = fields.UUIDField(null=True)  # None: the system
    role = fields.CharField(20)
    at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "listing_change"
        constraints = [
            UniqueConstraint(
                fields=("listing_id", "revision", "field", "label"), name="listing_change_once"
            ),
        ]


class Variant(Model):
    """What is counted and priced; a simple product has one. Stock changes only in `stock.py`.

    `position` orders those that are sold, 0 for the first of each listing; None: put away, kept
    for the orders that name it. `label` says both values in a row, empty without axes.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    listing: fields.ForeignKeyRelation[Listing] = fields.ForeignKeyField(
        "market.Listing", related_name="variants", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    sku = fields.CharField(40)
    label = fields.CharField(60, db_default="")
    value_1 = fields.CharField(28, db_default="")
    value_2 = fields.CharField(28, db_default="")
    position = fields.SmallIntField(null=True, default=0, db_default=0)
    price_vnd = fields.BigIntField(null=True)
    unit = fields.CharField(30, db_default="")
    weight_g = fields.IntField(null=True)
    length_mm = fields.IntField(null=True)
    width_mm = fields.IntField(null=True)
    height_mm = fields.IntField(null=True)
    content_amount = fields.IntField(null=True)
    content_measure = fields.CharField(20, db_default="")  # g, ml, or the word of what is counted
    gtin = fields.CharField(14, null=True)
    available = fields.IntField(db_default=0)
    started = fields.IntField(db_default=0)
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "variant"
        constraints = [
            UniqueConstraint(fields=("producer_id", "sku"), name="variant_sku_once"),
            UniqueConstraint(fields=("listing_id", "value_1", "value_2"), name="variant_values"),
            UniqueConstraint(fields=("listing_id", "position"), name="variant_position"),
            CheckConstraint(check="position >= 0 AND position < 50", name="variant_places"),
            CheckConstraint(check="available >= 0", name="variant_available"),
            UniqueConstraint(fields=("producer_id", "gtin"), name="variant_gtin"),
            CheckConstraint(check="content_amount > 0", name="variant_content"),
            CheckConstraint(check="price_vnd > 0", name="variant_price"),
            CheckConstraint(check="weight_g > 0", name="variant_weight"),
            CheckConstraint(
                check="length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="variant_size"
            ),
            CheckConstraint(
                check="num_nulls(length_mm, width_mm, height_mm) IN (0, 3)",
                name="variant_size_whole",
            ),
        ]


class StockMovement(Model):
    """Append-only: each change of `available` with its cause; the sum is what is left."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField(
        "market.Variant", related_name="movements", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    change = fields.IntField()
    reason = fields.CharField(20)  # set | reserve | release | return
    reference = fields.CharField(80)
    person_id = fields.UUIDField(null=True)  # who counted; None for what orders did
    at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "stock_movement"
        constraints = [
            UniqueConstraint(fields=("variant_id", "reason", "reference"), name="movement_once"),
            CheckConstraint(check="change <> 0", name="movement_change"),
        ]


class Reservation(Model):
    """Units taken off the shelf for one order line, until sold, released, or expired."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField(
        "market.Variant", related_name="reservations", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    group_id = fields.UUIDField()  # what is sold or released together: an order part's id
    quantity = fields.IntField()
    state = fields.CharEnumField(ReservationState, max_length=10, default=ReservationState.HELD)
    expires_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_default=Now())
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "reservation"
        indexes = [
            Index(fields=["state", "expires_at"], name="reservation_expiry"),
            Index(fields=["group_id"], name="reservation_group"),
        ]
        constraints = [
            UniqueConstraint(fields=("group_id", "variant_id"), name="reservation_once"),
            CheckConstraint(check="quantity > 0", name="reservation_quantity"),
        ]
