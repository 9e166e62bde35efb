"""The history of each kind, who counted what is left, and what a list said of each kind."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

SAID_OF = """
UPDATE sheet_said s SET variant_id = v.id
  FROM variant v WHERE v.listing_id = s.listing_id AND v.position = 0;
DELETE FROM sheet_said WHERE variant_id IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0017_variants'), ('sellers', '0001_initial'), ('sellers', '0002_guards'), ('sellers', '0003_support')]

    initial = False

    operations = [
        ops.AddField(
            model_name='ListingChange',
            name='label',
            field=fields.CharField(db_default='', max_length=60),
        ),
        ops.RemoveConstraint(model_name='ListingChange', name='listing_change_once', fields=None),
        ops.AddConstraint(
            model_name='ListingChange',
            constraint=UniqueConstraint(fields=('listing_id', 'revision', 'field', 'label'), name='listing_change_once'),
        ),
        ops.AddField(
            model_name='StockMovement',
            name='person_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='SheetSaid',
            name='variant_id',
            field=fields.UUIDField(null=True),
        ),
        ops.RunSQL(SAID_OF),
        ops.AlterField(
            model_name='SheetSaid',
            name='variant_id',
            field=fields.UUIDField(),
        ),
        ops.RemoveConstraint(model_name='SheetSaid', name='sheet_said_once', fields=None),
        ops.RemoveField(model_name='SheetSaid', name='listing_id'),
        ops.AddConstraint(
            model_name='SheetSaid',
            constraint=UniqueConstraint(fields=('variant_id',), name='sheet_said_once'),
        ),
    ]
