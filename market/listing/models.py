"""What staff decided about a listing, and why."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.catalog.models import Listing


class ModerationDecision(Model):
    """`approved` or `sent_back` with a reason in Vietnamese: append-only."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    listing: fields.ForeignKeyRelation[Listing] = fields.ForeignKeyField(
        "market.Listing", related_name="decisions", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    decision = fields.CharField(12)
    reason = fields.CharField(500, db_default="")
    revision = fields.IntField()
    person_id = fields.UUIDField()
    at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "moderation_decision"
        indexes = [Index(fields=["listing_id", "at"], name="moderation_decision_listing")]
