"""Price lists that were sent in, their lines, and heads that a person explained."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from market.sheets.schemas import LineState, SheetState
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

# Each belongs to the producer who sent it.
GUARDS = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY {table}_scope ON {table}"
    " USING (app_sees_all() OR producer_id = app_producer());\n"
    for table in ("sheet_head", "sheet_import", "sheet_line")
)


class Migration(migrations.Migration):
    dependencies = [('market', '0010_photo_advice'), ('sellers', '0001_initial'), ('sellers', '0002_guards'), ('sellers', '0003_support')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SheetHead',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer_id', fields.UUIDField()),
                ('head', fields.CharField(max_length=120)),
                ('field', fields.CharField(db_default='', max_length=12)),
            ],
            options={'table': 'sheet_head', 'app': 'market', 'pk_attr': 'id', 'table_description': 'What a producer said that a head means; `head` is folded.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='SheetHead',
            constraint=UniqueConstraint(fields=('producer_id', 'head'), name='sheet_head_once'),
        ),
        ops.CreateModel(
            name='SheetImport',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer_id', fields.UUIDField()),
                ('person_id', fields.UUIDField(null=True)),
                ('form_id', fields.CharField(max_length=64)),
                ('state', fields.CharEnumField(default=SheetState.RECEIVED, description='RECEIVED: received\nREADY: ready\nREFUSED: refused\nIMPORTING: importing\nDONE: done\nCANCELLED: cancelled', enum_type=SheetState, max_length=10)),
                ('problem_code', fields.CharField(db_default='', max_length=40)),
                ('file_name', fields.CharField(max_length=120)),
                ('file_key', fields.CharField(max_length=200)),
                ('file_bytes', fields.BigIntField()),
                ('kind', fields.CharField(db_default='', max_length=4)),
                ('sheet_name', fields.CharField(db_default='', max_length=120)),
                ('head_line', fields.IntField(null=True)),
                ('columns', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('left_out', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sheet_import', 'app': 'market', 'indexes': [Index(fields=['producer_id', 'id'], name='sheet_import_producer')], 'pk_attr': 'id', 'table_description': 'One file of a producer. `columns`: head, sample and field of each column, by position.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='SheetImport',
            constraint=UniqueConstraint(fields=('producer_id', 'form_id'), name='sheet_import_once'),
        ),
        ops.CreateModel(
            name='SheetLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('sheet', fields.ForeignKeyField('market.SheetImport', source_field='sheet_id', db_constraint=True, to_field='id', related_name='lines', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('line', fields.IntField()),
                ('state', fields.CharEnumField(default=LineState.GOOD, description='GOOD: good\nBAD: bad\nDONE: done\nFAILED: failed', enum_type=LineState, max_length=8)),
                ('client_id', fields.CharField(max_length=64)),
                ('sku', fields.CharField(db_default='', max_length=40)),
                ('typed', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('note', fields.TextField(db_default='', unique=False)),
                ('seen', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('bad', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('will', fields.CharField(db_default='', max_length=8)),
                ('did', fields.CharField(db_default='', max_length=8)),
                ('listing_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'sheet_line', 'app': 'market', 'pk_attr': 'id', 'table_description': "One line of goods: what the form's schema gets, what was seen, and what is to be mended."},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='SheetLine',
            constraint=UniqueConstraint(fields=('sheet_id', 'line'), name='sheet_line_once'),
        ),
        ops.RunSQL(GUARDS),
    ]
