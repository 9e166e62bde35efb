"""Where staff look: PostgreSQL is told their communes or their province too."""

from tortoise import migrations
from tortoise.migrations import operations as ops

AREA = """
CREATE FUNCTION app_area() RETURNS text[] LANGUAGE sql STABLE AS
  $$ SELECT string_to_array(nullif(current_setting('app.area', true), ''), ',') $$;
"""


class Migration(migrations.Migration):
    """Codes of communes and provinces outside of which the viewer sees nothing; NULL: no bound."""

    dependencies = [("runtime", "0003_uploads")]

    operations = [ops.RunSQL(AREA)]
