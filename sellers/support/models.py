"""Support given, append-only, and the kinds of it as dated rows."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from sellers.producers.models import Producer


class SupportKind(Model):
    """One kind of support, in both languages, with the days on which it can be given."""

    code = fields.CharField(24, primary_key=True)
    position = fields.IntField(db_default=0)
    name_vi = fields.CharField(60)
    name_en = fields.CharField(60)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "support_kind"


class SupportEvent(Model):
    """One support that was given. A mistake is taken back by an event that names it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="support", on_delete=fields.RESTRICT
    )
    kind: fields.ForeignKeyRelation[SupportKind] = fields.ForeignKeyField(
        "sellers.SupportKind", related_name="events", on_delete=fields.RESTRICT
    )
    programme = fields.CharField(120)
    giver = fields.CharField(120)
    given_on = fields.DateField()
    commune_code = fields.CharField(5)  # where the producer was on that day
    cost_vnd = fields.BigIntField(db_default=0)
    note = fields.CharField(300, db_default="")
    cancels: fields.ForeignKeyNullableRelation["SupportEvent"] = fields.ForeignKeyField(
        "sellers.SupportEvent", related_name="cancelled_by", on_delete=fields.RESTRICT, null=True
    )
    entered_by = fields.UUIDField()
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "support_event"
        indexes = [
            Index(fields=["producer_id", "given_on"], name="support_event_producer"),
            Index(fields=["entered_by", "created_at"], name="support_event_entered"),
        ]
        constraints = [
            UniqueConstraint(fields=("cancels_id",), name="support_event_cancelled_once"),
            CheckConstraint(check="cost_vnd >= 0", name="support_event_cost"),
        ]
