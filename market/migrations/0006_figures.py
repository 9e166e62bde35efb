"""Facts that staff's figures are made of, the views they are copied from, views for charts."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

TABLES = """
ALTER TABLE producer_sale ENABLE ROW LEVEL SECURITY;
CREATE POLICY producer_sale_scope ON producer_sale
  USING ((SELECT app_sees_all()) OR producer_id = (SELECT app_producer()))
  WITH CHECK ((SELECT app_role()) = 'system');
ALTER TABLE producer_progress ENABLE ROW LEVEL SECURITY;
CREATE POLICY producer_progress_scope ON producer_progress
  USING ((SELECT app_sees_all()) OR producer_id = (SELECT app_producer()))
  WITH CHECK ((SELECT app_role()) = 'system');
ALTER TABLE figure_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY figure_link_scope ON figure_link
  USING (app_role() IN ('system', 'admin') OR person_id = app_person());
CREATE INDEX producer_newest ON producer (created_at DESC, id DESC);
CREATE INDEX moderation_decision_producer ON moderation_decision (producer_id)
  WHERE decision = 'approved';
CREATE INDEX payout_account_producer ON payout_account (producer_id);
"""

# What the two tables are copied from, with the rights of whoever asks. A buyer is known when the
# phone is the producer's, of somebody who acts or acted for it, or of anybody whom the programme
# ever lent a role. What went back to a card is no revenue; gone wholly, there was no sale.
# Days are those of Viet Nam.
LIVE = """
CREATE VIEW live_sale WITH (security_invoker = true) AS
  SELECT op.id, op.producer_id, o.source, op.method,
         op.method IN ('bank_qr', 'card', 'channel') AS is_cashless,
         o.source <> 'shop' OR NOT (
           o.buyer_phone = p.phone
           OR EXISTS (SELECT 1 FROM person h JOIN membership m ON m.person_id = h.id
                      WHERE h.phone = o.buyer_phone AND m.producer_id = op.producer_id)
           OR EXISTS (SELECT 1 FROM person h JOIN role_grant g ON g.person_id = h.id
                      WHERE h.phone = o.buyer_phone)) AS by_stranger,
         least(op.total_vnd, coalesce(kept.vnd, op.total_vnd))::bigint AS amount_vnd,
         y.settled_at AS paid_at,
         (y.settled_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS paid_on
  FROM order_part op
  JOIN orders o ON o.id = op.order_id
  JOIN payment y ON y.part_id = op.id
  JOIN producer p ON p.id = op.producer_id
  LEFT JOIN LATERAL (SELECT sum(k.amount_vnd - k.refunded_vnd) AS vnd FROM card_part k
                     WHERE k.part_id = op.id AND k.paid) kept ON op.method = 'card'
  WHERE y.state = 'settled' AND y.settled_at IS NOT NULL
    AND op.state NOT IN ('cancelled', 'refused', 'expired')
    AND coalesce(kept.vnd, op.total_vnd) > 0;
CREATE VIEW live_progress WITH (security_invoker = true) AS
  SELECT p.id AS producer_id, a.identified_at, l.listed_at, s.sold_at, s.second_at, s.last_sold_at,
         CASE WHEN (s.second_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
                <= (s.sold_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date + 60
              THEN s.second_at END AS sold_again_at,
         coalesce(s.sales, 0)::int AS sales,
         (s.sold_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
           - (p.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS days_to_sale
  FROM producer p
  LEFT JOIN (SELECT producer_id, min(created_at) AS identified_at FROM payout_account
             GROUP BY producer_id) a ON a.producer_id = p.id
  LEFT JOIN (SELECT producer_id, min(at) AS listed_at
             FROM (SELECT producer_id, live_at AS at FROM listing WHERE live_at IS NOT NULL
                   UNION ALL SELECT producer_id, at FROM moderation_decision
                   WHERE decision = 'approved') shown
             GROUP BY producer_id) l ON l.producer_id = p.id
  LEFT JOIN (SELECT producer_id, count(*) AS sales, min(paid_at) AS sold_at,
                    max(paid_at) AS last_sold_at, min(paid_at) FILTER (WHERE turn = 2) AS second_at
             FROM (SELECT producer_id, paid_at, row_number() OVER (
                     PARTITION BY producer_id ORDER BY paid_at, id) AS turn
                   FROM producer_sale WHERE by_stranger) sold
             GROUP BY producer_id) s ON s.producer_id = p.id;
"""

# For a tool that draws charts: with the owner's rights, and without a name, a phone, an address
# or free words of anybody. Column by column in docs/statistics.md.
STATS = """
CREATE VIEW stats_producer AS
  SELECT p.id AS producer_id, p.code AS producer_code, p.kind AS producer_kind,
         p.commune_id AS commune_code, c.full_name AS commune_name, c.province_id AS province_code,
         (p.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS signed_up_on,
         (g.identified_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS identified_on,
         (g.listed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS first_listing_on,
         (g.sold_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS first_sale_on,
         (g.second_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS second_sale_on,
         (g.last_sold_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS last_sale_on,
         g.sold_again_at IS NOT NULL AS sold_again_within_60_days,
         g.days_to_sale AS days_to_first_sale, coalesce(g.sales, 0) AS sales_to_strangers,
         coalesce(e.events, 0)::int AS support_events, e.first_support_on,
         coalesce(e.cost_vnd, 0)::bigint AS support_cost_vnd,
         (p.closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS closed_on
  FROM producer p JOIN commune c ON c.code = p.commune_id
  LEFT JOIN producer_progress g ON g.producer_id = p.id
  LEFT JOIN (SELECT e.producer_id, count(*) AS events, min(e.given_on) AS first_support_on,
                    sum(e.cost_vnd) AS cost_vnd
             FROM support_event e
             WHERE e.cancels_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM support_event x WHERE x.cancels_id = e.id)
             GROUP BY e.producer_id) e ON e.producer_id = p.id;
CREATE VIEW stats_order AS
  SELECT op.id AS part_id, op.producer_id, p.commune_id AS commune_code,
         c.province_id AS province_code, o.source, op.method, op.state,
         (o.placed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS placed_on,
         op.total_vnd AS amount_vnd, s.id IS NOT NULL AS is_paid, s.paid_on,
         date_trunc('month', s.paid_on)::date AS paid_month, s.is_cashless, s.by_stranger
  FROM order_part op JOIN orders o ON o.id = op.order_id
  JOIN producer p ON p.id = op.producer_id JOIN commune c ON c.code = p.commune_id
  LEFT JOIN producer_sale s ON s.id = op.id;
CREATE VIEW stats_month AS
  SELECT date_trunc('month', s.paid_on)::date AS month, c.province_id AS province_code,
         p.commune_id AS commune_code, c.full_name AS commune_name, count(*) AS orders,
         sum(s.amount_vnd)::bigint AS revenue_vnd,
         count(*) FILTER (WHERE s.is_cashless) AS cashless_orders,
         count(*) FILTER (WHERE s.by_stranger) AS orders_by_strangers,
         count(DISTINCT s.producer_id) AS sellers
  FROM producer_sale s JOIN producer p ON p.id = s.producer_id
  JOIN commune c ON c.code = p.commune_id GROUP BY 1, 2, 3, 4;
CREATE VIEW stats_funnel AS
  SELECT date_trunc('month', signed_up_on)::date AS signed_up_month, province_code, commune_code,
         commune_name, producer_kind, count(*) AS signed_up,
         count(identified_on) AS identified, count(first_listing_on) AS listed,
         count(first_sale_on) AS sold,
         count(*) FILTER (WHERE sold_again_within_60_days) AS sold_again
  FROM stats_producer GROUP BY 1, 2, 3, 4, 5;
CREATE VIEW stats_support AS
  SELECT e.id AS event_id, e.producer_id, e.kind_id AS kind, k.name_vi AS kind_name_vi,
         k.name_en AS kind_name_en, e.programme, e.given_on,
         date_trunc('month', e.given_on)::date AS given_month, e.commune_code,
         c.province_id AS province_code, e.cost_vnd,
         (g.sold_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date < e.given_on AS after_first_sale
  FROM support_event e JOIN support_kind k ON k.code = e.kind_id
  JOIN commune c ON c.code = e.commune_code
  LEFT JOIN producer_progress g ON g.producer_id = e.producer_id
  WHERE e.cancels_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM support_event x WHERE x.cancels_id = e.id);
"""


class Migration(migrations.Migration):
    dependencies = [('market', '0005_cards'), ('sellers', '0003_support')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FigureLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('token_hash', fields.CharField(max_length=64)),
                ('person', fields.ForeignKeyField('sellers.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='figure_links', on_delete=OnDelete.RESTRICT)),
                ('role', fields.CharField(max_length=30)),
                ('province_code', fields.CharField(null=True, max_length=2)),
                ('name', fields.CharField(max_length=60)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'figure_link', 'app': 'market', 'indexes': [Index(fields=['person_id', 'ended_at'], name='figure_link_person')], 'pk_attr': 'id', 'table_description': 'A link by which a spreadsheet reads the figures of one person: only its hash is kept.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='FigureLink',
            constraint=UniqueConstraint(fields=('token_hash',), name='figure_link_token'),
        ),
        ops.CreateModel(
            name='ProducerProgress',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer', fields.OneToOneField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='progress', on_delete=OnDelete.RESTRICT)),
                ('identified_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('listed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('sold_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('second_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_sold_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('sold_again_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('sales', fields.IntField(db_default=0)),
                ('days_to_sale', fields.IntField(null=True)),
            ],
            options={'table': 'producer_progress', 'app': 'market', 'pk_attr': 'id', 'table_description': 'How far a producer has come, and when: written only from the view `live_progress`.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='ProducerProgress',
            constraint=CheckConstraint(check='sales >= 0', name='producer_progress_sales'),
        ),
        ops.CreateModel(
            name='ProducerSale',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='sales', on_delete=OnDelete.RESTRICT)),
                ('source', fields.CharField(max_length=20)),
                ('method', fields.CharField(max_length=10)),
                ('is_cashless', fields.BooleanField()),
                ('by_stranger', fields.BooleanField()),
                ('amount_vnd', fields.BigIntField()),
                ('paid_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('paid_on', fields.DateField()),
            ],
            options={'table': 'producer_sale', 'app': 'market', 'indexes': [Index(fields=['paid_at', 'id'], name='producer_sale_newest'), Index(fields=['producer_id', 'paid_at'], name='producer_sale_producer')], 'pk_attr': 'id', 'table_description': 'One order part that is paid and was not undone: a copy that tasks keep equal to its source.'},
            bases=['Model'],
        ),
        ops.RunSQL(TABLES),
        ops.RunSQL(LIVE),
        ops.RunSQL(STATS),
    ]
