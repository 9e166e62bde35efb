"""Row-level security, append-only books, the sums of the ledger, and what the public may see."""

from tortoise import migrations
from tortoise.migrations import operations as ops

_OWNED = (
    "listing", "variant", "stock_movement", "reservation", "photo", "rendition",
    "moderation_decision", "seller_word", "bank_event",
    "ledger_account", "ledger_transaction", "ledger_entry",
)  # fmt: skip
_APPEND_ONLY = (
    "stock_movement", "moderation_decision", "order_event", "seller_word",
    "ledger_transaction", "ledger_entry",
)  # fmt: skip

OWNED = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY {table}_scope ON {table}"
    " USING (app_sees_all() OR producer_id = app_producer());\n"
    for table in _OWNED
)

ORDERS = """
ALTER TABLE order_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_part_scope ON order_part
  USING (app_sees_all() OR producer_id = app_producer() OR order_id = app_order());
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_scope ON orders
  USING (app_sees_all() OR id = app_order() OR id IN (SELECT order_id FROM order_part));
ALTER TABLE order_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_line_scope ON order_line
  USING (app_sees_all() OR part_id IN (SELECT id FROM order_part))
  WITH CHECK (app_sees_all() OR producer_id = app_producer());
ALTER TABLE order_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_event_scope ON order_event
  USING (app_sees_all() OR part_id IN (SELECT id FROM order_part));
ALTER TABLE payment ENABLE ROW LEVEL SECURITY;
CREATE POLICY payment_scope ON payment
  USING (app_sees_all() OR producer_id = app_producer() OR order_id = app_order());
"""

APPEND_ONLY = "".join(
    f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change();\n"
    f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();\n"
    for table in _APPEND_ONLY
)

LEDGER = """
CREATE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.transaction_id
             GROUP BY currency HAVING sum(amount_vnd) <> 0 OR count(*) < 2) THEN
    RAISE EXCEPTION 'ledger transaction % does not sum to 0', NEW.transaction_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_balanced AFTER INSERT ON ledger_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced();
CREATE FUNCTION ledger_has_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id) THEN
    RAISE EXCEPTION 'ledger transaction % has no entries', NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_has_entries AFTER INSERT ON ledger_transaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_has_entries();
"""

# Public views run with their owner's rights: they are the only door for the role `ganh_public`.
PUBLIC = """
CREATE INDEX listing_search ON listing USING gin (to_tsvector('simple', search_text))
  WHERE state = 'live';
CREATE INDEX listing_live ON listing (live_at DESC, id DESC) WHERE state = 'live';
CREATE FUNCTION listing_pictures(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = public AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'placeholder', p.placeholder, 'width_px', p.width_px, 'height_px', p.height_px,
      'renditions', (SELECT jsonb_agg(jsonb_build_object(
          'format', r.format, 'width_px', r.width_px, 'key', r.key) ORDER BY r.format, r.width_px)
        FROM rendition r WHERE r.photo_id = p.id)) ORDER BY p.position, p.id), '[]'::jsonb)
  FROM photo p WHERE p.listing_id = wanted AND p.state = 'ready'
    AND EXISTS (SELECT 1 FROM listing l WHERE l.id = wanted AND l.state = 'live') $$;
CREATE VIEW public_producer AS
  SELECT p.id, p.code, p.name, p.kind, p.about, c.full_name AS commune_name,
         v.full_name AS province_name, p.created_at,
         EXISTS (SELECT 1 FROM payout_account a
                 WHERE a.producer_id = p.id AND a.ended_at IS NULL) AS takes_transfer
  FROM producer p JOIN commune c ON c.code = p.commune_id
  JOIN province v ON v.code = c.province_id
  WHERE p.closed_at IS NULL;
CREATE VIEW public_listing AS
  SELECT l.id, l.code, l.slug, l.name, l.description, l.live_at, l.updated_at, l.search_text,
         v.id AS variant_id, v.sku, v.price_vnd, v.unit, v.available,
         p.id AS producer_id, p.code AS producer_code, p.name AS producer_name,
         p.kind AS producer_kind, p.commune_name, p.province_name, p.takes_transfer
  FROM listing l
  JOIN public_producer p ON p.id = l.producer_id
  JOIN variant v ON v.listing_id = l.id
  WHERE l.state = 'live';
"""


class Migration(migrations.Migration):
    """What the database itself refuses, and the public's only doors."""

    dependencies = [("market", "0001_initial"), ("sellers", "0002_guards")]

    operations = [
        ops.RunSQL(OWNED),
        ops.RunSQL(ORDERS),
        ops.RunSQL(APPEND_ONLY),
        ops.RunSQL(LEDGER),
        ops.RunSQL(PUBLIC),
    ]
