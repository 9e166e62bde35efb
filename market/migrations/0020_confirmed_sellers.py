"""Goods are shown and sold only of producers whom staff have confirmed."""

from tortoise import migrations
from tortoise.migrations import operations as ops

PUBLIC = """
CREATE OR REPLACE VIEW public_producer AS
  SELECT p.id, p.code, p.name, p.kind, p.about, c.full_name AS commune_name,
         v.full_name AS province_name, p.created_at,
         EXISTS (SELECT 1 FROM payout_account a
                 WHERE a.producer_id = p.id AND a.ended_at IS NULL) AS takes_transfer
  FROM producer p JOIN commune c ON c.code = p.commune_id
  JOIN province v ON v.code = c.province_id
  WHERE p.closed_at IS NULL AND p.cleared_at IS NOT NULL;
CREATE FUNCTION listing_is_public(wanted uuid) RETURNS boolean LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = public AS $$
  SELECT EXISTS (SELECT 1 FROM listing l JOIN producer p ON p.id = l.producer_id
    WHERE l.id = wanted AND l.state = 'live' AND p.closed_at IS NULL
      AND p.cleared_at IS NOT NULL) $$;
CREATE OR REPLACE FUNCTION listing_pictures(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = public AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'placeholder', p.placeholder, 'width_px', p.width_px, 'height_px', p.height_px,
      'renditions', (SELECT jsonb_agg(jsonb_build_object(
          'format', r.format, 'width_px', r.width_px, 'key', r.key) ORDER BY r.format, r.width_px)
        FROM rendition r WHERE r.photo_id = p.id)) ORDER BY p.position, p.id), '[]'::jsonb)
  FROM photo p WHERE p.listing_id = wanted AND p.state = 'ready'
    AND (SELECT listing_is_public(wanted)) $$;
CREATE OR REPLACE FUNCTION listing_variants(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = public AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'variant_id', v.id, 'label', v.label, 'sku', v.sku, 'price_vnd', v.price_vnd,
      'available', v.available, 'weight_g', v.weight_g, 'gtin', v.gtin,
      'content_amount', v.content_amount, 'content_measure', v.content_measure) ORDER BY v.position), '[]'::jsonb)
  FROM variant v WHERE v.listing_id = wanted AND v.position IS NOT NULL
    AND (SELECT listing_is_public(wanted)) $$;
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0019_no_cash'), ('sellers', '0005_cases')]

    initial = False

    operations = [ops.RunSQL(PUBLIC)]
