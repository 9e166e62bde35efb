"""Tables of card payments: the hosted page, its parts, refunds, disputes; who may see them."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from market.payments.rules import CheckoutState, RefundState
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

# Disputes and the reading of events are for the system and for staff only.
GUARDS = """
ALTER TABLE card_checkout ENABLE ROW LEVEL SECURITY;
CREATE POLICY card_checkout_scope ON card_checkout
  USING (app_sees_all() OR order_id = app_order());
ALTER TABLE card_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY card_part_scope ON card_part
  USING (app_sees_all() OR producer_id = app_producer() OR order_id = app_order());
ALTER TABLE card_refund ENABLE ROW LEVEL SECURITY;
CREATE POLICY card_refund_scope ON card_refund
  USING (app_sees_all() OR producer_id = app_producer() OR order_id = app_order());
ALTER TABLE card_dispute ENABLE ROW LEVEL SECURITY;
CREATE POLICY card_dispute_scope ON card_dispute USING (app_sees_all());
ALTER TABLE card_catch_up ENABLE ROW LEVEL SECURITY;
CREATE POLICY card_catch_up_scope ON card_catch_up USING (app_sees_all());
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0004_channels')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CardCatchUp',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('provider', fields.CharField(unique=True, max_length=40)),
                ('seen_until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'card_catch_up', 'app': 'market', 'pk_attr': 'id', 'table_description': "Until when the vendor's list of events was read."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CardCheckout',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('order_id', fields.UUIDField()),
                ('state', fields.CharEnumField(default=CheckoutState.OPENING, description='OPENING: opening\nOPEN: open\nPAID: paid\nEXPIRED: expired\nFAILED: failed', enum_type=CheckoutState, max_length=10)),
                ('amount_vnd', fields.BigIntField()),
                ('key', fields.CharField(max_length=120)),
                ('attempt', fields.IntField(db_default=1)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closing', fields.BooleanField(db_default=False)),
                ('session_id', fields.CharField(db_default='', max_length=120)),
                ('url_sealed', fields.TextField(db_default='', unique=False)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('payment_id', fields.CharField(db_default='', max_length=120)),
                ('charge_id', fields.CharField(db_default='', max_length=120)),
                ('balance_id', fields.CharField(db_default='', max_length=120)),
                ('fee_vnd', fields.BigIntField(null=True)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('paid_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_error', fields.CharField(db_default='', max_length=120)),
            ],
            options={'table': 'card_checkout', 'app': 'market', 'indexes': [Index(fields=['order_id'], name='card_checkout_order'), Index(fields=['payment_id'], name='card_checkout_payment'), Index(fields=['state', 'expires_at'], name='card_checkout_state')], 'pk_attr': 'id', 'table_description': 'One hosted page for the card parts of one order. The key is stored before it is used.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='CardCheckout',
            constraint=UniqueConstraint(fields=('order_id',), name='card_checkout_one_open', condition="state IN ('opening', 'open')"),
        ),
        ops.AddConstraint(
            model_name='CardCheckout',
            constraint=UniqueConstraint(fields=('session_id',), name='card_checkout_session', condition="session_id <> ''"),
        ),
        ops.AddConstraint(
            model_name='CardCheckout',
            constraint=CheckConstraint(check='amount_vnd > 0', name='card_checkout_amount'),
        ),
        ops.CreateModel(
            name='CardDispute',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('vendor_id', fields.CharField(unique=True, max_length=120)),
                ('checkout', fields.ForeignKeyField('market.CardCheckout', source_field='checkout_id', db_constraint=True, to_field='id', related_name='disputes', on_delete=OnDelete.RESTRICT)),
                ('amount_vnd', fields.BigIntField()),
                ('state', fields.CharField(max_length=40)),
                ('reason', fields.CharField(db_default='', max_length=80)),
                ('funds', fields.CharField(db_default='', max_length=10)),
                ('due_by', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'card_dispute', 'app': 'market', 'pk_attr': 'id', 'table_description': "A buyer's bank asks for the money of one card payment back."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CardPart',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('checkout', fields.ForeignKeyField('market.CardCheckout', source_field='checkout_id', db_constraint=True, to_field='id', related_name='parts', on_delete=OnDelete.RESTRICT)),
                ('part_id', fields.UUIDField()),
                ('order_id', fields.UUIDField()),
                ('producer_id', fields.UUIDField()),
                ('amount_vnd', fields.BigIntField()),
                ('refunded_vnd', fields.BigIntField(db_default=0)),
                ('paid', fields.BooleanField(db_default=False)),
                ('late', fields.BooleanField(db_default=False)),
                ('frozen', fields.BooleanField(db_default=False)),
            ],
            options={'table': 'card_part', 'app': 'market', 'indexes': [Index(fields=['part_id'], name='card_part_part')], 'pk_attr': 'id', 'table_description': 'What one part has in a card checkout, and how much of it went back or is on its way.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='CardPart',
            constraint=UniqueConstraint(fields=('checkout_id', 'part_id'), name='card_part_once'),
        ),
        ops.AddConstraint(
            model_name='CardPart',
            constraint=CheckConstraint(check='amount_vnd > 0', name='card_part_amount'),
        ),
        ops.AddConstraint(
            model_name='CardPart',
            constraint=CheckConstraint(check='refunded_vnd >= 0 AND refunded_vnd <= CASE WHEN paid THEN amount_vnd ELSE 0 END', name='card_part_refunded'),
        ),
        ops.CreateModel(
            name='CardRefund',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('card_part', fields.ForeignKeyField('market.CardPart', source_field='card_part_id', db_constraint=True, to_field='id', related_name='refunds', on_delete=OnDelete.RESTRICT)),
                ('part_id', fields.UUIDField()),
                ('order_id', fields.UUIDField()),
                ('producer_id', fields.UUIDField()),
                ('payment_id', fields.CharField(max_length=120)),
                ('amount_vnd', fields.BigIntField()),
                ('reason', fields.CharField(max_length=20)),
                ('note', fields.CharField(db_default='', max_length=200)),
                ('requested_by', fields.CharField(max_length=80)),
                ('state', fields.CharEnumField(default=RefundState.WANTED, description='WANTED: wanted\nSENT: sent\nPENDING: pending\nSUCCEEDED: succeeded\nFAILED: failed', enum_type=RefundState, max_length=10)),
                ('key', fields.CharField(unique=True, max_length=120)),
                ('attempt', fields.IntField(db_default=1)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('vendor_id', fields.CharField(db_default='', max_length=120)),
                ('last_error', fields.CharField(db_default='', max_length=120)),
                ('booked', fields.BooleanField(db_default=False)),
                ('net_vnd', fields.BigIntField(db_default=0)),
                ('commission_vnd', fields.BigIntField(db_default=0)),
                ('vat_vnd', fields.BigIntField(db_default=0)),
                ('pit_vnd', fields.BigIntField(db_default=0)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'card_refund', 'app': 'market', 'indexes': [Index(fields=['part_id'], name='card_refund_part'), Index(fields=['state', 'created_at'], name='card_refund_state')], 'pk_attr': 'id', 'table_description': 'Money that goes back to a card. The rows of a part never come to more than was paid.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='CardRefund',
            constraint=CheckConstraint(check='amount_vnd > 0', name='card_refund_amount'),
        ),
        ops.AddConstraint(
            model_name='CardRefund',
            constraint=UniqueConstraint(fields=('vendor_id',), name='card_refund_vendor', condition="vendor_id <> ''"),
        ),
        ops.RunSQL(GUARDS),
    ]
