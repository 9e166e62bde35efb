"""Tables of the ground floor: outbox, inbox, idempotency, limits, audit, follow-ups."""

from enum import StrEnum

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id


class OutboxState(StrEnum):
    """`dead` waits for the operator: the attempts are used up."""

    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


class OutboxRow(Model):
    """One fact that happened, or one task that follows from it; its id is the effect's key."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(8)  # fact | task
    name = fields.CharField(80)
    parent_id = fields.UUIDField(null=True)
    subject_id = fields.CharField(64)
    payload: fields.JSONField[dict[str, object]] = fields.JSONField(default=dict)
    lane = fields.CharField(8, db_default="fast")
    state = fields.CharEnumField(OutboxState, default=OutboxState.PENDING, max_length=8)
    attempts = fields.IntField(db_default=0)
    fence = fields.BigIntField(db_default=0)
    due_at = fields.DatetimeField(db_default=Now())
    lease_until = fields.DatetimeField(null=True)
    last_error = fields.CharField(500, db_default="")
    request_id = fields.CharField(40, db_default="")
    created_at = fields.DatetimeField(db_default=Now())
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox"
        indexes = [Index(fields=["state", "due_at"], name="outbox_state_due")]
        constraints = [
            UniqueConstraint(fields=("parent_id", "name"), name="outbox_task_once"),
            CheckConstraint(check="kind IN ('fact', 'task')", name="outbox_kind"),
        ]


class InboxEvent(Model):
    """What an outside party sent, stored once by its own event id, worked later."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    provider = fields.CharField(40)
    provider_event_id = fields.CharField(120)
    raw_body = fields.BinaryField()
    received_at = fields.DatetimeField(db_default=Now())
    worked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "inbox"
        constraints = [
            UniqueConstraint(fields=("provider", "provider_event_id"), name="inbox_once")
        ]


class IdempotencyKey(Model):
    """The first answer to a request that may be sent again."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    scope = fields.CharField(120)
    key = fields.CharField(120)
    request_hash = fields.CharField(64)
    status = fields.IntField(null=True)
    body = fields.TextField(null=True)
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "idempotency_key"
        constraints = [UniqueConstraint(fields=("scope", "key"), name="idempotency_once")]


class RateLimit(Model):
    """How often something was tried in one window; kept here so that wiping Redis gives nothing."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    bucket = fields.CharField(60)
    subject_hash = fields.CharField(64)
    window_start = fields.DatetimeField()
    used = fields.IntField(db_default=0)

    class Meta:
        table = "rate_limit"
        constraints = [
            UniqueConstraint(fields=("bucket", "subject_hash"), name="rate_limit_window")
        ]


class AuditEntry(Model):
    """Append-only, each row carries the hash of the one before."""

    seq = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField(db_default=Now())
    actor = fields.CharField(80)
    beneficiary_id = fields.UUIDField(null=True)
    action = fields.CharField(80)
    subject = fields.CharField(120)
    reason = fields.CharField(300, db_default="")
    details: fields.JSONField[dict[str, object]] = fields.JSONField(default=dict)
    request_id = fields.CharField(40, db_default="")
    previous_hash = fields.CharField(64)
    hash = fields.CharField(64)

    class Meta:
        table = "audit"
        constraints = [UniqueConstraint(fields=("hash",), name="audit_hash")]


class FollowUp(Model):
    """Something that a person must do by a time: no waiting state without one of these."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(60)
    subject_type = fields.CharField(40)
    subject_id = fields.UUIDField()
    for_role = fields.CharField(30)
    producer_id = fields.UUIDField(null=True)
    details: fields.JSONField[dict[str, object]] = fields.JSONField(default=dict)
    opened_at = fields.DatetimeField(db_default=Now())
    due_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.CharField(80, db_default="")
    outcome = fields.CharField(60, db_default="")

    class Meta:
        table = "follow_up"
        indexes = [Index(fields=["closed_at", "due_at"], name="follow_up_open")]
        constraints = [
            UniqueConstraint(
                fields=("kind", "subject_id"),
                name="follow_up_once_open",
                condition="closed_at IS NULL",
            )
        ]
