"""What staff decided about a listing, and where two people typed different things."""

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


class ListingQuestion(Model):
    """A field that two sources changed: `kept` stood when `other` came. Both as people write it.

    `base_revision` is what the sender of `other` had seen. Waits until `answered_at`; `taken` is
    kept, other, or newer when the same source sent another text.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    listing: fields.ForeignKeyRelation[Listing] = fields.ForeignKeyField(
        "market.Listing", related_name="questions", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    field = fields.CharField(30)
    kept = fields.TextField()
    other = fields.TextField()
    base_revision = fields.IntField()
    source = fields.CharField(80)
    person_id = fields.UUIDField(null=True)
    at = fields.DatetimeField(db_default=Now())
    answered_at = fields.DatetimeField(null=True)
    taken = fields.CharField(8, db_default="")

    class Meta:
        table = "listing_question"
        indexes = [Index(fields=["listing_id", "answered_at"], name="listing_question_open")]
