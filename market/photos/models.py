"""Photos of listings: the private original, and the public renditions by content hash."""

from enum import StrEnum

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.catalog.models import Listing


class PhotoState(StrEnum):
    """`received` waits for the worker; `refused` carries the reason in `problem_code`."""

    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"
    REMOVED = "removed"


class Photo(Model):
    """One picture of a listing."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    listing: fields.ForeignKeyRelation[Listing] = fields.ForeignKeyField(
        "market.Listing", related_name="photos", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    position = fields.IntField(db_default=0)  # the first is the main photo
    state = fields.CharEnumField(PhotoState, max_length=10, default=PhotoState.RECEIVED)
    problem_code = fields.CharField(40, db_default="")
    original_key = fields.CharField(200)
    original_sha256 = fields.CharField(64)
    original_bytes = fields.BigIntField()
    content_type = fields.CharField(40)
    width_px = fields.IntField(null=True)
    height_px = fields.IntField(null=True)
    placeholder = fields.TextField(db_default="")
    sharpness_pct = fields.IntField(null=True)
    brightness = fields.IntField(null=True)
    subject_pct = fields.IntField(null=True)
    fingerprint = fields.CharField(32, db_default="")
    twin_id = fields.UUIDField(null=True)  # a photo of the same producer that looks like this one
    created_at = fields.DatetimeField(db_default=Now())
    ready_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)  # when AVIF and master were made

    class Meta:
        table = "photo"
        indexes = [Index(fields=["listing_id", "position"], name="photo_listing")]
        constraints = [CheckConstraint(check="original_bytes > 0", name="photo_bytes")]


class Rendition(Model):
    """One size and format of a photo, ready to be served to anyone."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    photo: fields.ForeignKeyRelation[Photo] = fields.ForeignKeyField(
        "market.Photo", related_name="renditions", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    format = fields.CharField(6)  # webp | jpg | avif | master (the square JPEG for marketplaces)
    width_px = fields.IntField()
    height_px = fields.IntField()
    size_bytes = fields.IntField()
    key = fields.CharField(120)

    class Meta:
        table = "rendition"
        indexes = [Index(fields=["key"], name="rendition_key")]
        constraints = [
            UniqueConstraint(fields=("photo_id", "format", "width_px"), name="rendition_once")
        ]
