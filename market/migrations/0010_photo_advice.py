"""What the photo coach measured, the square picture of marketplaces, when a photo was removed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0009_goods_facts"),
        ("sellers", "0001_initial"),
        ("sellers", "0002_guards"),
        ("sellers", "0003_support"),
    ]

    initial = False

    operations = [
        ops.AddField(
            model_name="Photo",
            name="brightness",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Photo",
            name="fingerprint",
            field=fields.CharField(db_default="", max_length=32),
        ),
        ops.AddField(
            model_name="Photo",
            name="removed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Photo",
            name="sharpness_pct",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Photo",
            name="subject_pct",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Photo",
            name="twin_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AlterField(
            model_name="Rendition",
            name="format",
            field=fields.CharField(max_length=6),
        ),
    ]
