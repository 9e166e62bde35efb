"""Files that arrive in pieces over a weak line, and the pieces that are here."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id


class Upload(Model):
    """One file on its way. `used_for` and `used_id` say what it became, e.g. a photo."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)  # who sends it for the producer
    client_id = fields.CharField(64)
    metadata = fields.CharField(1000, db_default="")  # as the sender wrote it
    length_bytes = fields.BigIntField()
    received_bytes = fields.BigIntField(db_default=0)
    chunk_count = fields.IntField(db_default=0)
    used_for = fields.CharField(20, db_default="")
    used_id = fields.UUIDField(null=True)
    used_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "upload"
        indexes = [Index(fields=["expires_at"], name="upload_expires")]
        constraints = [
            UniqueConstraint(fields=("producer_id", "client_id"), name="upload_once"),
            CheckConstraint(
                check="received_bytes BETWEEN 0 AND length_bytes", name="upload_received"
            ),
        ]


class UploadChunk(Model):
    """One piece of a file, an object of its own in the file store."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    upload: fields.ForeignKeyRelation[Upload] = fields.ForeignKeyField(
        "runtime.Upload", related_name="chunks", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    offset_bytes = fields.BigIntField()
    size_bytes = fields.IntField()
    key = fields.CharField(140)

    class Meta:
        table = "upload_chunk"
        indexes = [Index(fields=["key"], name="upload_chunk_key")]
        constraints = [
            UniqueConstraint(fields=("upload_id", "offset_bytes"), name="upload_chunk_once"),
            CheckConstraint(check="size_bytes > 0", name="upload_chunk_size"),
        ]
