"""Communes that ended in July 2025, and the hamlet of a producer."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from integrations.contracts.ids import new_id
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [('sellers', '0003_support')]

    initial = False

    operations = [
        ops.CreateModel(
            name='OldCommune',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('commune', fields.ForeignKeyField('sellers.Commune', source_field='commune_id', db_constraint=True, to_field='code', related_name='former', on_delete=OnDelete.RESTRICT)),
                ('full_name', fields.CharField(max_length=80)),
                ('district', fields.CharField(max_length=80)),
                ('name_key', fields.CharField(max_length=80)),
                ('search_key', fields.CharField(max_length=240)),
                ('was_split', fields.BooleanField(db_default=False)),
            ],
            options={'table': 'old_commune', 'app': 'sellers', 'pk_attr': 'id', 'table_description': 'A commune that ended: its name, its district, and the commune of today that it is part of.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='OldCommune',
            constraint=UniqueConstraint(fields=('full_name', 'district', 'commune_id'), name='old_commune_once'),
        ),
        ops.AddField(
            model_name='Producer',
            name='hamlet',
            field=fields.CharField(db_default='', max_length=120),
        ),
    ]
