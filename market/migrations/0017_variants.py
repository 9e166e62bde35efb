"""Goods that differ in up to two things: axes, variants in their order, a code once per seller."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import SqlDefault
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

# Goods stand in lists by their first variant; each that is sold can be bought. The new columns
# stand at the end, so that what reads the view goes on reading it.
PUBLIC = """
CREATE OR REPLACE VIEW public_listing AS
  SELECT l.id, l.code, l.slug, l.name, l.description, l.live_at, l.updated_at, l.search_text,
         v.id AS variant_id, v.sku, v.price_vnd, v.unit, v.available,
         p.id AS producer_id, p.code AS producer_code, p.name AS producer_name,
         p.kind AS producer_kind, p.commune_name, p.province_name, p.takes_transfer,
         v.weight_g, l.shelf_life_days, l.storage, l.allergens, l.age_min,
         l.min_quantity, l.reach, l.season, l.preorder, l.name_en, l.description_en,
         v.content_amount, v.content_measure, v.gtin,
         l.axes
  FROM listing l
  JOIN public_producer p ON p.id = l.producer_id
  JOIN variant v ON v.listing_id = l.id AND v.position = 0
  WHERE l.state = 'live';
CREATE VIEW public_variant AS
  SELECT v.id AS variant_id, v.label, v.price_vnd, v.unit, v.available,
         l.id, l.code, l.slug, l.name, p.code AS producer_code, p.name AS producer_name,
         p.commune_name, p.province_name, p.takes_transfer,
         l.age_min, l.min_quantity, l.reach, l.season, l.preorder
  FROM variant v
  JOIN listing l ON l.id = v.listing_id
  JOIN public_producer p ON p.id = l.producer_id
  WHERE l.state = 'live' AND v.position IS NOT NULL;
CREATE FUNCTION listing_variants(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = public AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'variant_id', v.id, 'label', v.label, 'sku', v.sku, 'price_vnd', v.price_vnd,
      'available', v.available, 'weight_g', v.weight_g, 'gtin', v.gtin,
      'content_amount', v.content_amount, 'content_measure', v.content_measure) ORDER BY v.position), '[]'::jsonb)
  FROM variant v WHERE v.listing_id = wanted AND v.position IS NOT NULL
    AND EXISTS (SELECT 1 FROM listing l WHERE l.id = wanted AND l.state = 'live') $$;
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0013_goods_sale'), ('market', '0016_sheet_memory'), ('sellers', '0001_initial'), ('sellers', '0002_guards'), ('sellers', '0003_support')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Listing',
            name='axes',
            field=fields.JSONField(default=list, db_default=SqlDefault("'[]'"), encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AlterField(
            model_name='OrderLine',
            name='name',
            field=fields.CharField(max_length=200),
        ),
        ops.RemoveConstraint(
            model_name='Variant',
            name='variant_sku',
            fields=None,
        ),
        ops.AddField(
            model_name='Variant',
            name='position',
            field=fields.SmallIntField(null=True, default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Variant',
            name='value_1',
            field=fields.CharField(db_default='', max_length=28),
        ),
        ops.AddField(
            model_name='Variant',
            name='value_2',
            field=fields.CharField(db_default='', max_length=28),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=UniqueConstraint(fields=('producer_id', 'sku'), name='variant_sku_once'),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=UniqueConstraint(fields=('listing_id', 'value_1', 'value_2'), name='variant_values'),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=UniqueConstraint(fields=('listing_id', 'position'), name='variant_position'),
        ),
        ops.AddConstraint(
            model_name='Variant',
            constraint=CheckConstraint(check='position >= 0 AND position < 50', name='variant_places'),
        ),
        ops.RunSQL(PUBLIC),
    ]
