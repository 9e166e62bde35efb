"""Marketplaces: connected shops, goods there, intents, pictures and orders; each producer's own."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from market.channels.rules.states import AttemptState, ConnectionState, SyncState, Wanted
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

_OWNED = (
    "channel_connection", "channel_listing", "channel_attempt", "channel_picture", "channel_order",
)  # fmt: skip
OWNED = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY {table}_scope ON {table}"
    " USING (app_sees_all() OR producer_id = app_producer());\n"
    for table in _OWNED
)


class Migration(migrations.Migration):
    dependencies = [('market', '0003_order_source'), ('sellers', '0001_initial'), ('sellers', '0002_guards')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ChannelConnection',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='channel_connections', on_delete=OnDelete.RESTRICT)),
                ('channel', fields.CharField(max_length=20)),
                ('shop_id', fields.CharField(max_length=40)),
                ('shop_name', fields.CharField(db_default='', max_length=200)),
                ('state', fields.CharEnumField(default=ConnectionState.ACTIVE, description='ACTIVE: active\nNEEDS_REAUTH: needs_reauth\nSUSPENDED: suspended\nENDED: ended', enum_type=ConnectionState, max_length=12)),
                ('access_sealed', fields.TextField(db_default='', unique=False)),
                ('refresh_sealed', fields.TextField(db_default='', unique=False)),
                ('access_expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('refresh_expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('consent_expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('refreshing_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('token_fence', fields.BigIntField(db_default=0)),
                ('orders_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('orders_due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_ok_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('problem_code', fields.CharField(db_default='', max_length=60)),
                ('problem_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('connected_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'channel_connection', 'app': 'market', 'pk_attr': 'id', 'table_description': 'One shop at one marketplace. Tokens are sealed; one process at a time renews them.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ChannelConnection',
            constraint=UniqueConstraint(fields=('channel', 'shop_id'), name='channel_shop_once'),
        ),
        ops.CreateModel(
            name='ChannelListing',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('connection', fields.ForeignKeyField('market.ChannelConnection', source_field='connection_id', db_constraint=True, to_field='id', related_name='listings', on_delete=OnDelete.RESTRICT)),
                ('variant', fields.ForeignKeyField('market.Variant', source_field='variant_id', db_constraint=True, to_field='id', related_name='channel_listings', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('sku', fields.CharField(max_length=60)),
                ('wanted', fields.CharEnumField(default=Wanted.LISTED, description='LISTED: listed\nUNLISTED: unlisted', enum_type=Wanted, max_length=10)),
                ('category_id', fields.CharField(db_default='', max_length=40)),
                ('category_name', fields.CharField(db_default='', max_length=200)),
                ('weight_g', fields.IntField(db_default=0)),
                ('title', fields.CharField(db_default='', max_length=255)),
                ('keep_back', fields.IntField(db_default=0)),
                ('item_id', fields.CharField(db_default='', max_length=40)),
                ('url', fields.CharField(db_default='', max_length=300)),
                ('sent_name', fields.CharField(db_default='', max_length=255)),
                ('sent_picture', fields.CharField(db_default='', max_length=120)),
                ('told_stock', fields.IntField(null=True)),
                ('observed_state', fields.CharField(db_default='', max_length=12)),
                ('observed_price_vnd', fields.BigIntField(null=True)),
                ('observed_stock', fields.IntField(null=True)),
                ('observed_reserved', fields.IntField(null=True)),
                ('observed_reason', fields.CharField(db_default='', max_length=300)),
                ('observed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('state', fields.CharEnumField(default=SyncState.DUE, description='DUE: due\nIN_STEP: in_step\nBLOCKED: blocked', enum_type=SyncState, max_length=10)),
                ('tries', fields.IntField(db_default=0)),
                ('due_at', fields.DatetimeField(null=True, db_default=Now(), auto_now=False, auto_now_add=False)),
                ('version', fields.BigIntField(db_default=0)),
                ('lease_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('fence', fields.BigIntField(db_default=0)),
                ('problem_code', fields.CharField(db_default='', max_length=60)),
                ('problem_message', fields.CharField(db_default='', max_length=400)),
                ('problem_params', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('problem_who', fields.CharField(db_default='', max_length=12)),
                ('problem_vendor', fields.CharField(db_default='', max_length=300)),
                ('problem_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'channel_listing', 'app': 'market', 'indexes': [Index(fields=['variant_id'], name='channel_listing_variant'), Index(fields=['state', 'due_at'], name='channel_listing_due')], 'pk_attr': 'id', 'table_description': 'What should stand at a marketplace against what was seen there; the difference is sent.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ChannelListing',
            constraint=UniqueConstraint(fields=('connection_id', 'variant_id'), name='channel_listing_once'),
        ),
        ops.AddConstraint(
            model_name='ChannelListing',
            constraint=UniqueConstraint(fields=('connection_id', 'sku'), name='channel_listing_sku'),
        ),
        ops.AddConstraint(
            model_name='ChannelListing',
            constraint=CheckConstraint(check='weight_g >= 0', name='channel_listing_weight'),
        ),
        ops.AddConstraint(
            model_name='ChannelListing',
            constraint=CheckConstraint(check='keep_back >= 0', name='channel_listing_keep_back'),
        ),
        ops.CreateModel(
            name='ChannelAttempt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('channel_listing', fields.ForeignKeyField('market.ChannelListing', source_field='channel_listing_id', db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('verb', fields.CharField(db_default='create', max_length=10)),
                ('state', fields.CharEnumField(default=AttemptState.INTENDED, description='INTENDED: intended\nUNKNOWN: unknown\nDONE: done\nREFUSED: refused', enum_type=AttemptState, max_length=10)),
                ('item_id', fields.CharField(db_default='', max_length=40)),
                ('said', fields.CharField(db_default='', max_length=200)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'channel_attempt', 'app': 'market', 'pk_attr': 'id', 'table_description': 'The intent to create an item, written before the call: what is open is looked up first.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ChannelAttempt',
            constraint=UniqueConstraint(fields=('channel_listing_id',), name='channel_attempt_one_open', condition="state IN ('intended', 'unknown') AND verb = 'create'"),
        ),
        ops.CreateModel(
            name='ChannelOrder',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('connection', fields.ForeignKeyField('market.ChannelConnection', source_field='connection_id', db_constraint=True, to_field='id', related_name='orders', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('outside_id', fields.CharField(max_length=60)),
                ('state', fields.CharField(max_length=12)),
                ('vendor_updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('part_id', fields.UUIDField()),
                ('order_id', fields.UUIDField(null=True)),
                ('total_vnd', fields.BigIntField(db_default=0)),
                ('fee_vnd', fields.BigIntField(null=True)),
                ('fee_posted', fields.IntField(db_default=0)),
                ('short_units', fields.IntField(db_default=0)),
                ('buyer_name', fields.CharField(db_default='', max_length=120)),
                ('region', fields.CharField(db_default='', max_length=160)),
                ('seen_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('looked_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'channel_order', 'app': 'market', 'pk_attr': 'id', 'table_description': 'An order of a marketplace, once. `part_id` is drawn at first sight: units are held by it.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ChannelOrder',
            constraint=UniqueConstraint(fields=('connection_id', 'outside_id'), name='channel_order_once'),
        ),
        ops.CreateModel(
            name='ChannelPicture',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('connection', fields.ForeignKeyField('market.ChannelConnection', source_field='connection_id', db_constraint=True, to_field='id', related_name='pictures', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('content_hash', fields.CharField(max_length=64)),
                ('picture_id', fields.CharField(max_length=120)),
                ('sent_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'channel_picture', 'app': 'market', 'pk_attr': 'id', 'table_description': 'A picture that a shop has had from us, by what it shows: sent once.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ChannelPicture',
            constraint=UniqueConstraint(fields=('connection_id', 'content_hash'), name='channel_picture_once'),
        ),
        ops.RunSQL(OWNED),
    ]
