"""Find producers whose facts differ from their source in one pass, above the policies."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# It tells only which producers are to be counted anew. With the owner's rights, since a policy
# that is asked for each of some 100,000 rows costs more than everything else.
BEHIND = """
CREATE FUNCTION producers_behind(most integer) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = public AS $$
  SELECT DISTINCT producer_id FROM (
    SELECT coalesce(v.producer_id, s.producer_id) AS producer_id
    FROM live_sale v FULL JOIN producer_sale s ON s.id = v.id
    WHERE v.id IS NULL OR s.id IS NULL
       OR (v.producer_id, v.source, v.method, v.is_cashless, v.by_stranger, v.amount_vnd,
           v.paid_at, v.paid_on)
          IS DISTINCT FROM (s.producer_id, s.source, s.method, s.is_cashless, s.by_stranger,
           s.amount_vnd, s.paid_at, s.paid_on)
    UNION ALL
    SELECT v.producer_id
    FROM live_progress v LEFT JOIN producer_progress g ON g.producer_id = v.producer_id
    WHERE (v.identified_at, v.listed_at, v.sold_at, v.second_at, v.last_sold_at, v.sold_again_at,
           v.sales, CASE WHEN v.sold_at IS NOT NULL THEN v.days_to_sale END)
          IS DISTINCT FROM (g.identified_at, g.listed_at, g.sold_at, g.second_at, g.last_sold_at,
           g.sold_again_at, coalesce(g.sales, 0), g.days_to_sale)
  ) behind ORDER BY producer_id LIMIT most $$;
"""


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("market", "0007_channel_runs")]

    operations = [ops.RunSQL(BEHIND)]
