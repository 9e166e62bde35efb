"""Files that arrive in pieces; each belongs to the producer for whom it is sent."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

GUARDS = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY {table}_scope ON {table}"
    " USING (app_sees_all() OR producer_id = app_producer());\n"
    for table in ("upload", "upload_chunk")
)


class Migration(migrations.Migration):
    dependencies = [('runtime', '0001_initial'), ('runtime', '0002_guards')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Upload',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer_id', fields.UUIDField()),
                ('person_id', fields.UUIDField(null=True)),
                ('client_id', fields.CharField(max_length=64)),
                ('metadata', fields.CharField(db_default='', max_length=1000)),
                ('length_bytes', fields.BigIntField()),
                ('received_bytes', fields.BigIntField(db_default=0)),
                ('chunk_count', fields.IntField(db_default=0)),
                ('used_for', fields.CharField(db_default='', max_length=20)),
                ('used_id', fields.UUIDField(null=True)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'upload', 'app': 'runtime', 'indexes': [Index(fields=['expires_at'], name='upload_expires')], 'pk_attr': 'id', 'table_description': 'One file on its way. `used_for` and `used_id` say what it became, e.g. a photo.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='Upload',
            constraint=UniqueConstraint(fields=('producer_id', 'client_id'), name='upload_once'),
        ),
        ops.AddConstraint(
            model_name='Upload',
            constraint=CheckConstraint(check='received_bytes BETWEEN 0 AND length_bytes', name='upload_received'),
        ),
        ops.CreateModel(
            name='UploadChunk',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('upload', fields.ForeignKeyField('runtime.Upload', source_field='upload_id', db_constraint=True, to_field='id', related_name='chunks', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('offset_bytes', fields.BigIntField()),
                ('size_bytes', fields.IntField()),
                ('key', fields.CharField(max_length=140)),
            ],
            options={'table': 'upload_chunk', 'app': 'runtime', 'indexes': [Index(fields=['key'], name='upload_chunk_key')], 'pk_attr': 'id', 'table_description': 'One piece of a file, an object of its own in the file store.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='UploadChunk',
            constraint=UniqueConstraint(fields=('upload_id', 'offset_bytes'), name='upload_chunk_once'),
        ),
        ops.AddConstraint(
            model_name='UploadChunk',
            constraint=CheckConstraint(check='size_bytes > 0', name='upload_chunk_size'),
        ),
        ops.RunSQL(GUARDS),
    ]
