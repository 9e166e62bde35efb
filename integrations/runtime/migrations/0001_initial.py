from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from integrations.runtime.models import OutboxState
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='AuditEntry',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=80)),
                ('beneficiary_id', fields.UUIDField(null=True)),
                ('action', fields.CharField(max_length=80)),
                ('subject', fields.CharField(max_length=120)),
                ('reason', fields.CharField(db_default='', max_length=300)),
                ('details', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('request_id', fields.CharField(db_default='', max_length=40)),
                ('previous_hash', fields.CharField(max_length=64)),
                ('hash', fields.CharField(max_length=64)),
            ],
            options={'table': 'audit', 'app': 'runtime', 'pk_attr': 'seq', 'table_description': 'Append-only, each row carries the hash of the one before.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='AuditEntry',
            constraint=UniqueConstraint(fields=('hash',), name='audit_hash'),
        ),
        ops.CreateModel(
            name='FollowUp',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=60)),
                ('subject_type', fields.CharField(max_length=40)),
                ('subject_id', fields.UUIDField()),
                ('for_role', fields.CharField(max_length=30)),
                ('producer_id', fields.UUIDField(null=True)),
                ('details', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('opened_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_by', fields.CharField(db_default='', max_length=80)),
                ('outcome', fields.CharField(db_default='', max_length=60)),
            ],
            options={'table': 'follow_up', 'app': 'runtime', 'indexes': [Index(fields=['closed_at', 'due_at'], name='follow_up_open')], 'pk_attr': 'id', 'table_description': 'Something that a person must do by a time: no waiting state without one of these.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='FollowUp',
            constraint=UniqueConstraint(fields=('kind', 'subject_id'), name='follow_up_once_open', condition='closed_at IS NULL'),
        ),
        ops.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('scope', fields.CharField(max_length=120)),
                ('key', fields.CharField(max_length=120)),
                ('request_hash', fields.CharField(max_length=64)),
                ('status', fields.IntField(null=True)),
                ('body', fields.TextField(null=True, unique=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'idempotency_key', 'app': 'runtime', 'pk_attr': 'id', 'table_description': 'The first answer to a request that may be sent again.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='IdempotencyKey',
            constraint=UniqueConstraint(fields=('scope', 'key'), name='idempotency_once'),
        ),
        ops.CreateModel(
            name='InboxEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('provider', fields.CharField(max_length=40)),
                ('provider_event_id', fields.CharField(max_length=120)),
                ('raw_body', fields.BinaryField()),
                ('received_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('worked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'inbox', 'app': 'runtime', 'pk_attr': 'id', 'table_description': 'What an outside party sent, stored once by its own event id, worked later.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='InboxEvent',
            constraint=UniqueConstraint(fields=('provider', 'provider_event_id'), name='inbox_once'),
        ),
        ops.CreateModel(
            name='OutboxRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=8)),
                ('name', fields.CharField(max_length=80)),
                ('parent_id', fields.UUIDField(null=True)),
                ('subject_id', fields.CharField(max_length=64)),
                ('payload', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('lane', fields.CharField(db_default='fast', max_length=8)),
                ('state', fields.CharEnumField(default=OutboxState.PENDING, description='PENDING: pending\nDONE: done\nDEAD: dead', enum_type=OutboxState, max_length=8)),
                ('attempts', fields.IntField(db_default=0)),
                ('fence', fields.BigIntField(db_default=0)),
                ('due_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('lease_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_error', fields.CharField(db_default='', max_length=500)),
                ('request_id', fields.CharField(db_default='', max_length=40)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'outbox', 'app': 'runtime', 'indexes': [Index(fields=['state', 'due_at'], name='outbox_state_due')], 'pk_attr': 'id', 'table_description': "One fact that happened, or one task that follows from it; its id is the effect's key."},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='OutboxRow',
            constraint=UniqueConstraint(fields=('parent_id', 'name'), name='outbox_task_once'),
        ),
        ops.AddConstraint(
            model_name='OutboxRow',
            constraint=CheckConstraint(check="kind IN ('fact', 'task')", name='outbox_kind'),
        ),
        ops.CreateModel(
            name='RateLimit',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('bucket', fields.CharField(max_length=60)),
                ('subject_hash', fields.CharField(max_length=64)),
                ('window_start', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used', fields.IntField(db_default=0)),
            ],
            options={'table': 'rate_limit', 'app': 'runtime', 'pk_attr': 'id', 'table_description': 'How often something was tried in one window; kept here so that wiping Redis gives nothing.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='RateLimit',
            constraint=UniqueConstraint(fields=('bucket', 'subject_hash'), name='rate_limit_window'),
        ),
    ]
