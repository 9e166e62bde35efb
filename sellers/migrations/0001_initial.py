from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from sellers.accounts.models import SessionKind
from sellers.producers.models import ProducerKind
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    initial = True
    # Written by hand: the tool forgets dependencies between applications made together.
    dependencies = [('runtime', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Bank',
            fields=[
                ('bin', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=6)),
                ('short_name', fields.CharField(max_length=60)),
                ('name', fields.CharField(max_length=160)),
                ('search_key', fields.CharField(max_length=300)),
                ('transfer_supported', fields.BooleanField(db_default=True)),
            ],
            options={'table': 'bank', 'app': 'sellers', 'pk_attr': 'bin', 'table_description': 'A bank by its BIN (NAPAS); renamed banks keep the BIN.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Person',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('phone', fields.CharField(max_length=20)),
                ('name', fields.CharField(max_length=120)),
                ('language', fields.CharField(db_default='vi', max_length=2)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'person', 'app': 'sellers', 'indexes': [Index(fields=['phone'], name='person_phone')], 'pk_attr': 'id', 'table_description': 'A human being. Several people may share one phone.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Province',
            fields=[
                ('code', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=2)),
                ('name', fields.CharField(max_length=80)),
                ('full_name', fields.CharField(max_length=120)),
                ('search_key', fields.CharField(max_length=120)),
            ],
            options={'table': 'province', 'app': 'sellers', 'pk_attr': 'code', 'table_description': 'One of the 34 provinces since July 2025.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Commune',
            fields=[
                ('code', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=5)),
                ('province', fields.ForeignKeyField('sellers.Province', source_field='province_id', db_constraint=True, to_field='code', related_name='communes', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=80)),
                ('full_name', fields.CharField(max_length=120)),
                ('search_key', fields.CharField(max_length=200)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
            ],
            options={'table': 'commune', 'app': 'sellers', 'indexes': [Index(fields=['search_key'], name='commune_search_key')], 'pk_attr': 'code', 'table_description': 'One of the 3,321 communes, wards and special zones, with the time it is valid for.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Producer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=8)),
                ('kind', fields.CharEnumField(description='HOUSEHOLD: household\nGROUP: group\nCOOPERATIVE: cooperative\nFIRM: firm', enum_type=ProducerKind, max_length=16)),
                ('name', fields.CharField(max_length=120)),
                ('search_text', fields.CharField(db_default='', max_length=400)),
                ('commune', fields.ForeignKeyField('sellers.Commune', source_field='commune_id', db_constraint=True, to_field='code', related_name='producers', on_delete=OnDelete.RESTRICT)),
                ('phone', fields.CharField(max_length=20)),
                ('about', fields.TextField(db_default='', unique=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'producer', 'app': 'sellers', 'indexes': [Index(fields=['commune_id'], name='producer_commune')], 'pk_attr': 'id', 'table_description': 'A household, group, cooperative or firm that sells. Names repeat; the code does not.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Membership',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('sellers.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.RESTRICT)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.RESTRICT)),
                ('since', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'membership', 'app': 'sellers', 'pk_attr': 'id', 'table_description': 'A person who acts for a producer, as its owner or a member of the household.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='Membership',
            constraint=UniqueConstraint(fields=('person_id', 'producer_id'), name='membership_once'),
        ),
        ops.CreateModel(
            name='PayoutAccount',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('producer', fields.ForeignKeyField('sellers.Producer', source_field='producer_id', db_constraint=True, to_field='id', related_name='payout_accounts', on_delete=OnDelete.RESTRICT)),
                ('bank', fields.ForeignKeyField('sellers.Bank', source_field='bank_id', db_constraint=True, to_field='bin', related_name='accounts', on_delete=OnDelete.RESTRICT)),
                ('account_sealed', fields.CharField(max_length=300)),
                ('account_hash', fields.CharField(max_length=64)),
                ('account_last4', fields.CharField(max_length=4)),
                ('holder_sealed', fields.CharField(max_length=500)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payout_account', 'app': 'sellers', 'indexes': [Index(fields=['account_hash'], name='payout_account_hash')], 'pk_attr': 'id', 'table_description': "Where the producer's money goes: number and holder sealed, a keyed hash to match events."},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='PayoutAccount',
            constraint=UniqueConstraint(fields=('producer_id',), name='payout_account_one', condition='ended_at IS NULL'),
        ),
        ops.AddConstraint(
            model_name='PayoutAccount',
            constraint=CheckConstraint(check='length(account_last4) <= 4', name='payout_account_last4'),
        ),
        ops.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('sellers.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='grants', on_delete=OnDelete.RESTRICT)),
                ('role', fields.CharField(max_length=30)),
                ('province_code', fields.CharField(null=True, max_length=2)),
                ('commune_code', fields.CharField(null=True, max_length=5)),
                ('granted_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'role_grant', 'app': 'sellers', 'pk_attr': 'id', 'table_description': 'A staff role that a person holds, for a province or one commune, from when until when.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='RoleGrant',
            constraint=UniqueConstraint(fields=('person_id', 'role', 'province_code', 'commune_code'), name='role_grant_once'),
        ),
        ops.CreateModel(
            name='Session',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('kind', fields.CharEnumField(description='WEB: web\nAPI: api', enum_type=SessionKind, max_length=8)),
                ('person', fields.ForeignKeyField('sellers.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name='sessions', on_delete=OnDelete.RESTRICT)),
                ('phone', fields.CharField(max_length=20)),
                ('role', fields.CharField(max_length=30)),
                ('producer_id', fields.UUIDField(null=True)),
                ('province_code', fields.CharField(null=True, max_length=2)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('seen_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'session', 'app': 'sellers', 'indexes': [Index(fields=['person_id', 'ended_at'], name='session_person')], 'pk_attr': 'id', 'table_description': 'A signed-in device: only the hash of its token is kept. Carries actor and beneficiary.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SignInCode',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('purpose', fields.CharField(db_default='sign_in', max_length=40)),
                ('phone_hash', fields.CharField(max_length=64)),
                ('code_hash', fields.CharField(max_length=64)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('wrong_guesses', fields.IntField(db_default=0)),
            ],
            options={'table': 'sign_in_code', 'app': 'sellers', 'indexes': [Index(fields=['phone_hash', 'created_at'], name='sign_in_code_phone')], 'pk_attr': 'id', 'table_description': 'One code for one phone: only its keyed hash, one use, ten minutes, ten guesses.'},
            bases=['Model'],
        ),
    ]
