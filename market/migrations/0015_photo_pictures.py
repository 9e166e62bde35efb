"""When what nobody waits for (AVIF, the marketplaces' square) was made of a photo."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0012_field_history"),
        ("sellers", "0001_initial"),
        ("sellers", "0002_guards"),
        ("sellers", "0003_support"),
    ]

    initial = False

    operations = [
        ops.AddField(
            model_name="Photo",
            name="completed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
