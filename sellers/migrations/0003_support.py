"""Support given: kinds and events, closed to other tenants, never changed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

GUARDS = """
ALTER TABLE support_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY support_event_scope ON support_event
  USING (app_sees_all() OR producer_id = app_producer()) WITH CHECK (app_sees_all());
CREATE TRIGGER support_event_fixed BEFORE UPDATE OR DELETE ON support_event
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER support_event_kept BEFORE TRUNCATE ON support_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [('sellers', '0001_initial'), ('sellers', '0002_guards')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SupportKind',
            fields=[
                ('code', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24)),
                ('position', fields.IntField(db_default=0)),
                ('name_vi', fields.CharField(max_length=60)),
                ('name_en', fields.CharField(max_length=60)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
            ],
            options={'table': 'support_kind', 'app': 'sellers', 'pk_attr': 'code', 'table_description': 'One kind of support, in both languages, with the days on which it can be given.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SupportEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='support', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.ForeignKeyField('sellers.SupportKind', source_field='kind_id', db_constraint=True, to_field='code', related_name='events', on_delete=OnDelete.RESTRICT)),
                ('programme', fields.CharField(max_length=120)),
                ('giver', fields.CharField(max_length=120)),
                ('given_on', fields.DateField()),
                ('commune_code', fields.CharField(max_length=5)),
                ('cost_vnd', fields.BigIntField(db_default=0)),
                ('note', fields.CharField(db_default='', max_length=300)),
                ('cancels', fields.ForeignKeyField('sellers.SupportEvent', source_field='cancels_id', null=True, db_constraint=True, to_field='id', related_name='cancelled_by', on_delete=OnDelete.RESTRICT)),
                ('entered_by', fields.UUIDField()),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'support_event', 'app': 'sellers', 'indexes': [Index(fields=['producer_id', 'given_on'], name='support_event_producer'), Index(fields=['entered_by', 'created_at'], name='support_event_entered')], 'pk_attr': 'id', 'table_description': 'One support that was given. A mistake is taken back by an event that names it.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='SupportEvent',
            constraint=UniqueConstraint(fields=('cancels_id',), name='support_event_cancelled_once'),
        ),
        ops.AddConstraint(
            model_name='SupportEvent',
            constraint=CheckConstraint(check='cost_vnd >= 0', name='support_event_cost'),
        ),
        ops.RunSQL(GUARDS),
    ]
