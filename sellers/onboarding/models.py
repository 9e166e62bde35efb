"""The case of a producer, and what is written about its steps."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from sellers.onboarding.rules import CaseState, StepState
from sellers.producers.models import Producer


class OnboardingCase(Model):
    """Whether somebody may sell: sent by the producer, answered by staff of the place.

    `revision` counts how often it was sent, so that nobody decides about what they have not seen.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="cases", on_delete=fields.RESTRICT
    )
    state = fields.CharEnumField(CaseState, max_length=12)
    revision = fields.IntField(db_default=1)
    submitted_at = fields.DatetimeField(db_default=Now())
    taken_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.UUIDField(null=True)
    updated_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "onboarding_case"
        indexes = [Index(fields=["state", "submitted_at", "id"], name="onboarding_case_queue")]
        constraints = [UniqueConstraint(fields=("producer_id",), name="onboarding_case_one")]


class CaseStep(Model):
    """What is written about one step: a decision with its reason, or something that happened."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="case_steps", on_delete=fields.RESTRICT
    )
    step = fields.CharField(24)
    state = fields.CharEnumField(StepState, max_length=10)
    reason = fields.CharField(500, db_default="")
    moved_by = fields.UUIDField(null=True)
    since = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "case_step"
        constraints = [UniqueConstraint(fields=("producer_id", "step"), name="case_step_once")]
