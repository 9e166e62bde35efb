"""Parts of orders that may not be paid in cash: alcohol that is ordered online."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [('market', '0018_kinds_history'), ('sellers', '0001_initial'), ('sellers', '0002_guards'), ('sellers', '0003_support')]

    initial = False

    operations = [
        ops.AddField(
            model_name='OrderPart',
            name='no_cash',
            field=fields.BooleanField(db_default=False),
        ),
    ]
