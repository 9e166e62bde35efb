"""The history of goods field by field, and questions about fields that two people changed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

# Each row belongs to the producer of the goods; what was written down stays.
GUARDS = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY {table}_scope ON {table}"
    " USING (app_sees_all() OR producer_id = app_producer());\n"
    for table in ("listing_change", "listing_question")
)
FIXED = """
CREATE TRIGGER listing_change_fixed BEFORE UPDATE OR DELETE ON listing_change
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER listing_change_kept BEFORE TRUNCATE ON listing_change
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0011_sheet_imports'), ('sellers', '0001_initial'), ('sellers', '0002_guards'), ('sellers', '0003_support')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ListingChange',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('listing', fields.ForeignKeyField('market.Listing', source_field='listing_id', db_constraint=True, to_field='id', related_name='changes', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('revision', fields.IntField()),
                ('field', fields.CharField(max_length=30)),
                ('was', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('now', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('source', fields.CharField(db_default='', max_length=80)),
                ('person_id', fields.UUIDField(null=True)),
                ('role', fields.CharField(max_length=20)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'listing_change', 'app': 'market', 'pk_attr': 'id', 'table_description': 'Append-only: one field of goods, before and after. `revision` is the one it led to.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ListingChange',
            constraint=UniqueConstraint(fields=('listing_id', 'revision', 'field'), name='listing_change_once'),
        ),
        ops.CreateModel(
            name='ListingQuestion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('listing', fields.ForeignKeyField('market.Listing', source_field='listing_id', db_constraint=True, to_field='id', related_name='questions', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('field', fields.CharField(max_length=30)),
                ('kept', fields.TextField(unique=False)),
                ('other', fields.TextField(unique=False)),
                ('base_revision', fields.IntField()),
                ('source', fields.CharField(max_length=80)),
                ('person_id', fields.UUIDField(null=True)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('taken', fields.CharField(db_default='', max_length=8)),
            ],
            options={'table': 'listing_question', 'app': 'market', 'indexes': [Index(fields=['listing_id', 'answered_at'], name='listing_question_open')], 'pk_attr': 'id', 'table_description': 'A field that two sources changed: `kept` stood when `other` came. Both as people write it.'},
            bases=['Model'],
        ),
        ops.RunSQL(GUARDS),
        ops.RunSQL(FIXED),
    ]
