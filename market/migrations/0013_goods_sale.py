"""How goods are sold: content, barcode, least number, reach, season, English; age and day kept."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


# The new columns stand at the end, so that what reads the view goes on reading it.
PUBLIC = """
CREATE OR REPLACE VIEW public_listing AS
  SELECT l.id, l.code, l.slug, l.name, l.description, l.live_at, l.updated_at, l.search_text,
         v.id AS variant_id, v.sku, v.price_vnd, v.unit, v.available,
         p.id AS producer_id, p.code AS producer_code, p.name AS producer_name,
         p.kind AS producer_kind, p.commune_name, p.province_name, p.takes_transfer,
         v.weight_g, l.shelf_life_days, l.storage, l.allergens, l.age_min,
         l.min_quantity, l.reach, l.season, l.preorder, l.name_en, l.description_en,
         v.content_amount, v.content_measure, v.gtin
  FROM listing l
  JOIN public_producer p ON p.id = l.producer_id
  JOIN variant v ON v.listing_id = l.id
  WHERE l.state = 'live';
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0012_field_history')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='Listing',
            name='own_fields',
            field=fields.CharField(db_default='', max_length=400),
        ),
        ops.AddField(
            model_name='Listing',
            name='description_en',
            field=fields.TextField(db_default='', unique=False),
        ),
        ops.AddField(
            model_name='Listing',
            name='min_quantity',
            field=fields.IntField(db_default=1),
        ),
        ops.AddField(
            model_name='Listing',
            name='name_en',
            field=fields.CharField(db_default='', max_length=120),
        ),
        ops.AddField(
            model_name='Listing',
            name='preorder',
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name='Listing',
            name='reach',
            field=fields.CharField(db_default='', max_length=10),
        ),
        ops.AddField(
            model_name='Listing',
            name='season',
            field=fields.CharField(db_default='', max_length=21),
        ),
        ops.AddConstraint(
            model_name='Listing',
            constraint=CheckConstraint(check='min_quantity > 0', name='listing_min_quantity'),
        ),
        ops.AddField(
            model_name='Variant',
            name='content_amount',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Variant',
            name='content_measure',
            field=fields.CharField(db_default='', max_length=20),
        ),
        ops.AddField(
            model_name='Variant',
            name='gtin',
            field=fields.CharField(null=True, max_length=14),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=UniqueConstraint(fields=('producer_id', 'gtin'), name='variant_gtin'),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=CheckConstraint(check='content_amount > 0', name='variant_content'),
        ),
        ops.AddField(
            model_name='Order',
            name='age_stated',
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name='Order',
            name='age_stated_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Order',
            name='age_legal_ref',
            field=fields.CharField(db_default='', max_length=120),
        ),
        ops.AddConstraint(
            model_name='Order',
            constraint=CheckConstraint(
                check='(age_stated IS NULL) = (age_stated_at IS NULL)', name='orders_age'
            ),
        ),
        ops.AddField(
            model_name='OrderPart',
            name='deliver_from',
            field=fields.DateField(null=True),
        ),
        ops.RunSQL(PUBLIC),
    ]
