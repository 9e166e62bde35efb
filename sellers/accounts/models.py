"""People, their roles, sign-in codes and sessions."""

from enum import StrEnum

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id


class SessionKind(StrEnum):
    """`web` lives in a cookie, `api` in a bearer token."""

    WEB = "web"
    API = "api"


class Person(Model):
    """A human being. Several people may share one phone."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    phone = fields.CharField(20)
    name = fields.CharField(120)
    language = fields.CharField(2, db_default="vi")
    disabled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "person"
        indexes = [Index(fields=["phone"], name="person_phone")]


class RoleGrant(Model):
    """A staff role that a person holds, for a province or one commune, from when until when."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "sellers.Person", related_name="grants", on_delete=fields.RESTRICT
    )
    role = fields.CharField(30)
    province_code = fields.CharField(2, null=True)
    commune_code = fields.CharField(5, null=True)
    granted_at = fields.DatetimeField(db_default=Now())
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "role_grant"
        constraints = [
            UniqueConstraint(
                fields=("person_id", "role", "province_code", "commune_code"),
                name="role_grant_once",
            )
        ]


class SignInCode(Model):
    """One code for one phone: only its keyed hash, one use, ten minutes, ten guesses."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    purpose = fields.CharField(40, db_default="sign_in")
    phone_hash = fields.CharField(64)
    code_hash = fields.CharField(64)
    created_at = fields.DatetimeField(db_default=Now())
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    wrong_guesses = fields.IntField(db_default=0)

    class Meta:
        table = "sign_in_code"
        indexes = [Index(fields=["phone_hash", "created_at"], name="sign_in_code_phone")]


class Session(Model):
    """A signed-in device: only the hash of its token is kept. Carries actor and beneficiary."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.CharField(64, unique=True)
    kind = fields.CharEnumField(SessionKind, max_length=8)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "sellers.Person", related_name="sessions", on_delete=fields.RESTRICT, null=True
    )
    phone = fields.CharField(20)
    role = fields.CharField(30)
    producer_id = fields.UUIDField(null=True)
    province_code = fields.CharField(2, null=True)
    created_at = fields.DatetimeField(db_default=Now())
    seen_at = fields.DatetimeField(db_default=Now())
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "session"
        indexes = [Index(fields=["person_id", "ended_at"], name="session_person")]
