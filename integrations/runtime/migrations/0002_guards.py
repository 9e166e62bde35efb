"""Who is looking, told to PostgreSQL; the audit chain; append-only tables."""

from tortoise import migrations
from tortoise.migrations import operations as ops

VIEWER = """
CREATE FUNCTION app_role() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(current_setting('app.role', true), '') $$;
CREATE FUNCTION app_person() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('app.person', true), '')::uuid $$;
CREATE FUNCTION app_producer() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('app.producer', true), '')::uuid $$;
CREATE FUNCTION app_order() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('app.order', true), '')::uuid $$;
CREATE FUNCTION app_sees_all() RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT app_role() IN ('system', 'commune_staff', 'province_staff', 'moderator',
                           'finance_staff', 'admin', 'operator') $$;
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END $$;
"""

AUDIT = """
CREATE FUNCTION audit_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public AS $$
DECLARE last audit%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(7102);
  SELECT * INTO last FROM audit ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(last.seq, 0) + 1;
  NEW.previous_hash := coalesce(last.hash, repeat('0', 64));
  NEW.hash := audit_hash(NEW);
  RETURN NEW;
END $$;
CREATE FUNCTION audit_hash(r audit) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(jsonb_build_array(
    r.previous_hash, r.seq, extract(epoch FROM r.at)::text, r.actor, r.beneficiary_id, r.action,
    r.subject, r.reason, r.details, r.request_id)::text, 'UTF8')), 'hex') $$;
CREATE FUNCTION audit_first_broken() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = public AS $$
  SELECT min(seq) FROM (
    SELECT a.seq, a.hash <> audit_hash(a) OR a.previous_hash <>
      coalesce(lag(a.hash) OVER (ORDER BY a.seq), repeat('0', 64))
      OR a.seq <> coalesce(lag(a.seq) OVER (ORDER BY a.seq), 0) + 1 AS broken
    FROM audit a) checked WHERE broken $$;
CREATE TRIGGER audit_append BEFORE INSERT ON audit
  FOR EACH ROW EXECUTE FUNCTION audit_append();
CREATE TRIGGER audit_fixed BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_read ON audit FOR SELECT
  USING (app_role() IN ('system', 'admin', 'operator'));
CREATE POLICY audit_add ON audit FOR INSERT WITH CHECK (true);
"""

FOLLOW_UP = """
ALTER TABLE follow_up ENABLE ROW LEVEL SECURITY;
CREATE POLICY follow_up_scope ON follow_up
  USING (app_sees_all() OR producer_id = app_producer());
"""

QUEUE = """
CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE state = 'pending';
"""


class Migration(migrations.Migration):
    """Functions, triggers and policies that Tortoise's models cannot say."""

    dependencies = [("runtime", "0001_initial")]

    operations = [
        ops.RunSQL(VIEWER),
        ops.RunSQL(AUDIT),
        ops.RunSQL(FOLLOW_UP),
        ops.RunSQL(QUEUE),
    ]
