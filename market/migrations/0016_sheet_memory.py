"""What lists said last of goods, what they ask, photos in zips, and files that are overruled."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from market.sheets.schemas import PictureState
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

# Each belongs to the producer whose list it was; lists that were added before are remembered.
GUARDS = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY {table}_scope ON {table}"
    " USING (app_sees_all() OR producer_id = app_producer());\n"
    for table in ("sheet_picture", "sheet_said")
)
REMEMBERED = """
INSERT INTO sheet_said (id, producer_id, listing_id, stock, price_vnd)
SELECT DISTINCT ON (listing_id) gen_random_uuid(), producer_id, listing_id,
  nullif(regexp_replace(typed->>'stock', '[^0-9]', '', 'g'), '')::int, (typed->>'price')::bigint
FROM sheet_line WHERE state = 'done' AND listing_id IS NOT NULL ORDER BY listing_id, id DESC;
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0015_photo_pictures'), ('sellers', '0001_initial'), ('sellers', '0002_guards'), ('sellers', '0003_support')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SheetPicture',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('sheet', fields.ForeignKeyField('market.SheetImport', source_field='sheet_id', db_constraint=True, to_field='id', related_name='pictures', on_delete=OnDelete.RESTRICT)),
                ('producer_id', fields.UUIDField()),
                ('at', fields.IntField()),
                ('place', fields.IntField()),
                ('name', fields.CharField(max_length=120)),
                ('folder', fields.CharField(db_default='', max_length=120)),
                ('line', fields.IntField(null=True)),
                ('state', fields.CharEnumField(default=PictureState.UNKNOWN, description='UNKNOWN: unknown\nWAITING: waiting\nDONE: done\nFAILED: failed', enum_type=PictureState, max_length=8)),
                ('problem', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sheet_picture', 'app': 'market', 'pk_attr': 'id', 'table_description': "One picture in the zip of an import. `place` is in the zip's list, `at` in our order."},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='SheetPicture',
            constraint=UniqueConstraint(fields=('sheet_id', 'at'), name='sheet_picture_once'),
        ),
        ops.CreateModel(
            name='SheetSaid',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer_id', fields.UUIDField()),
                ('listing_id', fields.UUIDField()),
                ('stock', fields.IntField(null=True)),
                ('price_vnd', fields.BigIntField(null=True)),
                ('mark', fields.CharField(db_default='', max_length=40)),
                ('said_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sheet_said', 'app': 'market', 'pk_attr': 'id', 'table_description': 'What the last list said of goods: the next one changes stock by the difference to it.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='SheetSaid',
            constraint=UniqueConstraint(fields=('listing_id',), name='sheet_said_once'),
        ),
        ops.AddField(
            model_name='SheetImport',
            name='heads_sha256',
            field=fields.CharField(db_default='', max_length=64),
        ),
        ops.AddField(
            model_name='SheetImport',
            name='is_list',
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name='SheetImport',
            name='pictures_key',
            field=fields.CharField(db_default='', max_length=200),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='answer',
            field=fields.CharField(db_default='', max_length=4),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='asks',
            field=fields.CharField(db_default='', max_length=12),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='counts_from',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='done_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='left_here',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='mark',
            field=fields.CharField(db_default='', max_length=40),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='price_here_vnd',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='SheetLine',
            name='sold_here',
            field=fields.IntField(null=True),
        ),
        ops.RunSQL(GUARDS),
        ops.RunSQL(REMEMBERED),
    ]
