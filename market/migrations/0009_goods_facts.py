"""What sells goods besides name and price: type, category, weight, size, storage, allergens, age."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint


# The new columns stand at the end, so that what reads the view goes on reading it.
PUBLIC = """
CREATE OR REPLACE VIEW public_listing AS
  SELECT l.id, l.code, l.slug, l.name, l.description, l.live_at, l.updated_at, l.search_text,
         v.id AS variant_id, v.sku, v.price_vnd, v.unit, v.available,
         p.id AS producer_id, p.code AS producer_code, p.name AS producer_name,
         p.kind AS producer_kind, p.commune_name, p.province_name, p.takes_transfer,
         v.weight_g, l.shelf_life_days, l.storage, l.allergens, l.age_min
  FROM listing l
  JOIN public_producer p ON p.id = l.producer_id
  JOIN variant v ON v.listing_id = l.id
  WHERE l.state = 'live';
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0008_behind')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Listing',
            name='age_min',
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name='Listing',
            name='allergens',
            field=fields.CharField(db_default='', max_length=200),
        ),
        ops.AddField(
            model_name='Listing',
            name='category_code',
            field=fields.CharField(db_default='', max_length=20),
        ),
        ops.AddField(
            model_name='Listing',
            name='own_fields',
            field=fields.CharField(db_default='', max_length=200),
        ),
        ops.AddField(
            model_name='Listing',
            name='shelf_life_days',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Listing',
            name='storage',
            field=fields.CharField(db_default='', max_length=20),
        ),
        ops.AddField(
            model_name='Listing',
            name='template_chosen',
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name='Listing',
            name='template_code',
            field=fields.CharField(db_default='', max_length=40),
        ),
        ops.AddConstraint(
            model_name='Listing',
            constraint=CheckConstraint(check='shelf_life_days > 0', name='listing_shelf_life'),
        ),
        ops.AddConstraint(
            model_name='Listing',
            constraint=CheckConstraint(check='age_min > 0', name='listing_age'),
        ),
        ops.AddField(
            model_name='Variant',
            name='height_mm',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Variant',
            name='length_mm',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Variant',
            name='weight_g',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Variant',
            name='width_mm',
            field=fields.IntField(null=True),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=CheckConstraint(check='weight_g > 0', name='variant_weight'),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=CheckConstraint(check='length_mm > 0 AND width_mm > 0 AND height_mm > 0', name='variant_size'),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=CheckConstraint(check='num_nulls(length_mm, width_mm, height_mm) IN (0, 3)', name='variant_size_whole'),
        ),
        ops.RunSQL(PUBLIC),
    ]
