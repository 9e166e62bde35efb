"""Connected shops, goods as wanted and as seen there, intents, pictures, orders that came."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.catalog.models import Variant
from market.channels.rules.states import AttemptState, ConnectionState, SyncState, Wanted
from sellers.producers.models import Producer


class ChannelConnection(Model):
    """One shop at one marketplace. Tokens are sealed; one process at a time renews them."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="channel_connections", on_delete=fields.RESTRICT
    )
    channel = fields.CharField(20)
    shop_id = fields.CharField(40)
    shop_name = fields.CharField(200, db_default="")
    state = fields.CharEnumField(ConnectionState, max_length=12, default=ConnectionState.ACTIVE)
    access_sealed = fields.TextField(db_default="")
    refresh_sealed = fields.TextField(db_default="")
    access_expires_at = fields.DatetimeField(null=True)
    refresh_expires_at = fields.DatetimeField(null=True)
    consent_expires_at = fields.DatetimeField(null=True)
    refreshing_until = fields.DatetimeField(null=True)
    token_fence = fields.BigIntField(db_default=0)
    orders_until = fields.DatetimeField(null=True)  # orders are known up to here
    orders_due_at = fields.DatetimeField(null=True)
    last_ok_at = fields.DatetimeField(null=True)
    problem_code = fields.CharField(60, db_default="")
    problem_at = fields.DatetimeField(null=True)
    connected_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "channel_connection"
        constraints = [
            UniqueConstraint(fields=("channel", "shop_id"), name="channel_shop_once"),
        ]


class ChannelListing(Model):
    """What should stand at a marketplace against what was seen there; the difference is sent."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    connection: fields.ForeignKeyRelation[ChannelConnection] = fields.ForeignKeyField(
        "market.ChannelConnection", related_name="listings", on_delete=fields.RESTRICT
    )
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField(
        "market.Variant", related_name="channel_listings", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    sku = fields.CharField(60)
    wanted = fields.CharEnumField(Wanted, max_length=10, default=Wanted.LISTED)
    category_id = fields.CharField(40, db_default="")
    category_name = fields.CharField(200, db_default="")
    weight_g = fields.IntField(db_default=0)
    title = fields.CharField(255, db_default="")
    keep_back = fields.IntField(db_default=0)
    item_id = fields.CharField(40, db_default="")
    url = fields.CharField(300, db_default="")
    sent_name = fields.CharField(255, db_default="")
    sent_picture = fields.CharField(120, db_default="")
    told_stock = fields.IntField(null=True)  # what we last set, to see what was sold there
    observed_state = fields.CharField(12, db_default="")
    observed_price_vnd = fields.BigIntField(null=True)
    observed_stock = fields.IntField(null=True)
    observed_reserved = fields.IntField(null=True)
    observed_reason = fields.CharField(300, db_default="")
    observed_at = fields.DatetimeField(null=True)
    state = fields.CharEnumField(SyncState, max_length=10, default=SyncState.DUE)
    tries = fields.IntField(db_default=0)
    due_at = fields.DatetimeField(null=True, db_default=Now())
    version = fields.BigIntField(db_default=0)
    lease_until = fields.DatetimeField(null=True)
    began_at = fields.DatetimeField(null=True)  # the last run: it has seen what was there before
    fence = fields.BigIntField(db_default=0)
    problem_code = fields.CharField(60, db_default="")
    problem_message = fields.CharField(400, db_default="")
    problem_params: fields.JSONField[dict[str, object]] = fields.JSONField(default=dict)
    problem_who = fields.CharField(12, db_default="")
    problem_vendor = fields.CharField(300, db_default="")
    problem_since = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "channel_listing"
        indexes = [
            Index(fields=["variant_id"], name="channel_listing_variant"),
            Index(fields=["state", "due_at"], name="channel_listing_due"),
        ]
        constraints = [
            UniqueConstraint(fields=("connection_id", "variant_id"), name="channel_listing_once"),
            UniqueConstraint(fields=("connection_id", "sku"), name="channel_listing_sku"),
            CheckConstraint(check="weight_g >= 0", name="channel_listing_weight"),
            CheckConstraint(check="keep_back >= 0", name="channel_listing_keep_back"),
        ]


class ChannelAttempt(Model):
    """The intent to create an item, written before the call: what is open is looked up first."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    channel_listing: fields.ForeignKeyRelation[ChannelListing] = fields.ForeignKeyField(
        "market.ChannelListing", related_name="attempts", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    verb = fields.CharField(10, db_default="create")
    state = fields.CharEnumField(AttemptState, max_length=10, default=AttemptState.INTENDED)
    item_id = fields.CharField(40, db_default="")
    said = fields.CharField(200, db_default="")
    at = fields.DatetimeField(db_default=Now())
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "channel_attempt"
        constraints = [
            UniqueConstraint(
                fields=("channel_listing_id",),
                name="channel_attempt_one_open",
                condition="state IN ('intended', 'unknown') AND verb = 'create'",
            )
        ]


class ChannelPicture(Model):
    """A picture that a shop has had from us, by what it shows: sent once."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    connection: fields.ForeignKeyRelation[ChannelConnection] = fields.ForeignKeyField(
        "market.ChannelConnection", related_name="pictures", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    content_hash = fields.CharField(64)
    picture_id = fields.CharField(120)
    sent_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "channel_picture"
        constraints = [
            UniqueConstraint(fields=("connection_id", "content_hash"), name="channel_picture_once")
        ]


class ChannelOrder(Model):
    """An order of a marketplace, once. `part_id` is drawn at first sight: units are held by it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    connection: fields.ForeignKeyRelation[ChannelConnection] = fields.ForeignKeyField(
        "market.ChannelConnection", related_name="orders", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    outside_id = fields.CharField(60)
    state = fields.CharField(12)
    vendor_updated_at = fields.DatetimeField()
    part_id = fields.UUIDField()
    order_id = fields.UUIDField(null=True)  # None: not paid yet, or nothing of ours in it
    total_vnd = fields.BigIntField(db_default=0)
    fee_vnd = fields.BigIntField(null=True)
    fee_posted = fields.IntField(db_default=0)
    short_units = fields.IntField(db_default=0)
    buyer_name = fields.CharField(120, db_default="")
    region = fields.CharField(160, db_default="")
    seen_at = fields.DatetimeField(db_default=Now())
    looked_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "channel_order"
        constraints = [
            UniqueConstraint(fields=("connection_id", "outside_id"), name="channel_order_once")
        ]
