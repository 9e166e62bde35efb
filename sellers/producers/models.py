"""Producers, the people who act for them, their payout account, and the places of the country."""

from enum import StrEnum

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from sellers.accounts.models import Person


class ProducerKind(StrEnum):
    """Who sells decides their tax: asked in plain words, never guessed."""

    HOUSEHOLD = "household"
    GROUP = "group"
    COOPERATIVE = "cooperative"
    FIRM = "firm"


class Province(Model):
    """One of the 34 provinces since July 2025."""

    code = fields.CharField(2, primary_key=True)
    name = fields.CharField(80)
    full_name = fields.CharField(120)
    search_key = fields.CharField(120)

    class Meta:
        table = "province"


class Commune(Model):
    """One of the 3,321 communes, wards and special zones, with the time it is valid for."""

    code = fields.CharField(5, primary_key=True)
    province: fields.ForeignKeyRelation[Province] = fields.ForeignKeyField(
        "sellers.Province", related_name="communes", on_delete=fields.RESTRICT
    )
    name = fields.CharField(80)
    full_name = fields.CharField(120)
    search_key = fields.CharField(200)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "commune"
        indexes = [Index(fields=["search_key"], name="commune_search_key")]


class OldCommune(Model):
    """A commune that ended: its name, its district, and the commune of today that it is part of.

    One that was split has a row for each of its successors. Facts of Hà Tĩnh; `data/SOURCE.md`.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    commune: fields.ForeignKeyRelation[Commune] = fields.ForeignKeyField(
        "sellers.Commune", related_name="former", on_delete=fields.RESTRICT
    )
    full_name = fields.CharField(80)
    district = fields.CharField(80)
    name_key = fields.CharField(80)
    search_key = fields.CharField(240)
    was_split = fields.BooleanField(db_default=False)

    class Meta:
        table = "old_commune"
        constraints = [
            UniqueConstraint(
                fields=("full_name", "district", "commune_id"), name="old_commune_once"
            )
        ]


class Bank(Model):
    """A bank by its BIN (NAPAS); renamed banks keep the BIN."""

    bin = fields.CharField(6, primary_key=True)
    short_name = fields.CharField(60)
    name = fields.CharField(160)
    search_key = fields.CharField(300)
    transfer_supported = fields.BooleanField(db_default=True)

    class Meta:
        table = "bank"


class Producer(Model):
    """A household, group, cooperative or firm that sells. Names repeat; the code does not."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    code = fields.CharField(8, unique=True)
    kind = fields.CharEnumField(ProducerKind, max_length=16)
    name = fields.CharField(120)
    search_text = fields.CharField(400, db_default="")
    commune: fields.ForeignKeyRelation[Commune] = fields.ForeignKeyField(
        "sellers.Commune", related_name="producers", on_delete=fields.RESTRICT
    )
    hamlet = fields.CharField(120, db_default="")
    phone = fields.CharField(20)
    about = fields.TextField(db_default="")
    created_at = fields.DatetimeField(db_default=Now())
    updated_at = fields.DatetimeField(db_default=Now())
    closed_at = fields.DatetimeField(null=True)
    # Who answers, kind and tax number were confirmed: from then on the goods may be sold.
    cleared_at = fields.DatetimeField(null=True)

    class Meta:
        table = "producer"
        indexes = [Index(fields=["commune_id"], name="producer_commune")]


class Membership(Model):
    """A person who acts for a producer, as its owner or a member of the household."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "sellers.Person", related_name="memberships", on_delete=fields.RESTRICT
    )
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="memberships", on_delete=fields.RESTRICT
    )
    since = fields.DatetimeField(db_default=Now())
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "membership"
        constraints = [
            UniqueConstraint(fields=("person_id", "producer_id"), name="membership_once")
        ]


class Identity(Model):
    """Who answers for a producer, as given and perhaps confirmed; sealed, matched by keyed hashes.

    `facts_sealed` is JSON: name, number, born_on, sex, issued_on. `tax_…`: of a cooperative or
    firm. `evidence` and `place` say how and where somebody made sure.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="identities", on_delete=fields.RESTRICT
    )
    method = fields.CharField(12)
    facts_sealed = fields.CharField(1_200)
    number_hash = fields.CharField(64)
    number_last4 = fields.CharField(4)
    tax_sealed = fields.CharField(200, null=True)
    tax_hash = fields.CharField(64, null=True)
    tax_last4 = fields.CharField(4, db_default="")
    given_by = fields.UUIDField()
    given_at = fields.DatetimeField(db_default=Now())
    confirmed_at = fields.DatetimeField(null=True)
    confirmed_by = fields.UUIDField(null=True)
    evidence = fields.CharField(12, db_default="")
    place = fields.CharField(120, db_default="")
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "identity"
        indexes = [
            Index(fields=["number_hash"], name="identity_number"),
            Index(fields=["tax_hash"], name="identity_tax"),
        ]
        constraints = [
            UniqueConstraint(
                fields=("producer_id",), name="identity_one", condition="ended_at IS NULL"
            ),
            CheckConstraint(check="length(number_last4) = 4", name="identity_last4"),
            CheckConstraint(
                check="(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="identity_confirmed"
            ),
        ]


class PayoutAccount(Model):
    """Where the producer's money goes: number and holder sealed, a keyed hash to match events."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="payout_accounts", on_delete=fields.RESTRICT
    )
    bank: fields.ForeignKeyRelation[Bank] = fields.ForeignKeyField(
        "sellers.Bank", related_name="accounts", on_delete=fields.RESTRICT
    )
    account_sealed = fields.CharField(300)
    account_hash = fields.CharField(64)
    account_last4 = fields.CharField(4)
    holder_sealed = fields.CharField(500)
    created_at = fields.DatetimeField(db_default=Now())
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "payout_account"
        indexes = [Index(fields=["account_hash"], name="payout_account_hash")]
        constraints = [
            UniqueConstraint(
                fields=("producer_id",), name="payout_account_one", condition="ended_at IS NULL"
            ),
            CheckConstraint(check="length(account_last4) <= 4", name="payout_account_last4"),
        ]
