"""Row-level security of people and producers."""

from tortoise import migrations
from tortoise.migrations import operations as ops

POLICIES = """
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_scope ON person USING (app_sees_all() OR id = app_person());
ALTER TABLE role_grant ENABLE ROW LEVEL SECURITY;
CREATE POLICY role_grant_scope ON role_grant
  USING (app_sees_all() OR person_id = app_person())
  WITH CHECK (app_role() IN ('system', 'admin', 'operator'));
ALTER TABLE sign_in_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY sign_in_code_scope ON sign_in_code USING (app_role() = 'system');
ALTER TABLE session ENABLE ROW LEVEL SECURITY;
CREATE POLICY session_scope ON session
  USING (app_role() IN ('system', 'admin', 'operator') OR person_id = app_person())
  WITH CHECK (app_role() IN ('system', 'admin', 'operator'));
ALTER TABLE producer ENABLE ROW LEVEL SECURITY;
CREATE POLICY producer_scope ON producer USING (app_sees_all() OR id = app_producer());
ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
CREATE POLICY membership_scope ON membership
  USING (app_sees_all() OR person_id = app_person() OR producer_id = app_producer())
  WITH CHECK (app_sees_all());
ALTER TABLE payout_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY payout_account_scope ON payout_account
  USING (app_role() IN ('system', 'finance_staff', 'admin') OR producer_id = app_producer());
"""


class Migration(migrations.Migration):
    """Each table of a tenant is closed to the others, whatever the query forgets."""

    dependencies = [("sellers", "0001_initial"), ("runtime", "0002_guards")]

    operations = [ops.RunSQL(POLICIES)]
