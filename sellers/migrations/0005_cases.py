"""Who answers for a producer, the case, and the area that PostgreSQL is told of."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from sellers.onboarding.rules import CaseState, StepState
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

AREA = """
CREATE FUNCTION app_in_area(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN app_area() IS NULL THEN app_role() NOT IN ('commune_staff', 'province_staff')
    ELSE EXISTS (SELECT 1 FROM commune c WHERE c.code = wanted
                 AND (c.code = ANY(app_area()) OR c.province_id = ANY(app_area()))) END $$;
CREATE FUNCTION app_decides_on(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT app_role() = 'system' OR app_role() IN ('commune_staff', 'province_staff', 'admin')
    AND EXISTS (SELECT 1 FROM producer p WHERE p.id = wanted AND app_in_area(p.commune_id)) $$;
"""
POLICIES = """
ALTER TABLE identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY identity_scope ON identity
  USING (producer_id = app_producer() OR app_decides_on(producer_id));
ALTER TABLE onboarding_case ENABLE ROW LEVEL SECURITY;
CREATE POLICY onboarding_case_scope ON onboarding_case
  USING (producer_id = app_producer() OR app_decides_on(producer_id));
ALTER TABLE case_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY case_step_scope ON case_step
  USING (producer_id = app_producer() OR app_decides_on(producer_id));
"""


class Migration(migrations.Migration):
    dependencies = [('sellers', '0004_old_places'), ('runtime', '0004_area')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Producer',
            name='cleared_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.CreateModel(
            name='Identity',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='identities', on_delete=OnDelete.RESTRICT)),
                ('method', fields.CharField(max_length=12)),
                ('facts_sealed', fields.CharField(max_length=1200)),
                ('number_hash', fields.CharField(max_length=64)),
                ('number_last4', fields.CharField(max_length=4)),
                ('tax_sealed', fields.CharField(null=True, max_length=200)),
                ('tax_hash', fields.CharField(null=True, max_length=64)),
                ('tax_last4', fields.CharField(db_default='', max_length=4)),
                ('given_by', fields.UUIDField()),
                ('given_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('confirmed_by', fields.UUIDField(null=True)),
                ('evidence', fields.CharField(db_default='', max_length=12)),
                ('place', fields.CharField(db_default='', max_length=120)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'identity', 'app': 'sellers', 'indexes': [Index(fields=['number_hash'], name='identity_number'), Index(fields=['tax_hash'], name='identity_tax')], 'pk_attr': 'id', 'table_description': 'Who answers for a producer, as given and perhaps confirmed; sealed, matched by keyed hashes.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='Identity',
            constraint=UniqueConstraint(fields=('producer_id',), name='identity_one', condition='ended_at IS NULL'),
        ),
        ops.AddConstraint(
            model_name='Identity',
            constraint=CheckConstraint(check='length(number_last4) = 4', name='identity_last4'),
        ),
        ops.AddConstraint(
            model_name='Identity',
            constraint=CheckConstraint(check='(confirmed_at IS NULL) = (confirmed_by IS NULL)', name='identity_confirmed'),
        ),
        ops.CreateModel(
            name='OnboardingCase',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='cases', on_delete=OnDelete.RESTRICT)),
                ('state', fields.CharEnumField(description='DRAFT: draft\nSUBMITTED: submitted\nIN_REVIEW: in_review\nTO_MEND: to_mend\nAPPROVED: approved\nPAUSED: paused\nCLOSED: closed', enum_type=CaseState, max_length=12)),
                ('revision', fields.IntField(db_default=1)),
                ('submitted_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('taken_by', fields.UUIDField(null=True)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.UUIDField(null=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'onboarding_case', 'app': 'sellers', 'indexes': [Index(fields=['state', 'submitted_at', 'id'], name='onboarding_case_queue')], 'pk_attr': 'id', 'table_description': 'Whether somebody may sell: sent by the producer, answered by staff of the place.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='OnboardingCase',
            constraint=UniqueConstraint(fields=('producer_id',), name='onboarding_case_one'),
        ),
        ops.CreateModel(
            name='CaseStep',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='case_steps', on_delete=OnDelete.RESTRICT)),
                ('step', fields.CharField(max_length=24)),
                ('state', fields.CharEnumField(description='TO_DO: to_do\nWAITING: waiting\nTO_MEND: to_mend\nDONE: done\nWAIVED: waived', enum_type=StepState, max_length=10)),
                ('reason', fields.CharField(db_default='', max_length=500)),
                ('moved_by', fields.UUIDField(null=True)),
                ('since', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'case_step', 'app': 'sellers', 'pk_attr': 'id', 'table_description': 'What is written about one step: a decision with its reason, or something that happened.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='CaseStep',
            constraint=UniqueConstraint(fields=('producer_id', 'step'), name='case_step_once'),
        ),
        ops.RunSQL(AREA),
        ops.RunSQL(POLICIES),
    ]
