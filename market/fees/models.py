"""Dated rows: commission and tax. Seeded from the YAML of this slice; a later row overrides."""

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id


class CommissionRate(Model):
    """What the platform keeps, in millionths of the goods' price."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    rate_ppm = fields.IntField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    legal_ref = fields.CharField(200, db_default="")
    confirmed_by_operator = fields.BooleanField(db_default=False)

    class Meta:
        table = "commission_rate"
        constraints = [UniqueConstraint(fields=("valid_from",), name="commission_rate_from")]


class TaxRate(Model):
    """What is withheld from one kind of seller for one class of goods, in millionths."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    seller_kind = fields.CharField(16)
    tax_class = fields.CharField(24)
    vat_ppm = fields.IntField()
    pit_ppm = fields.IntField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    legal_ref = fields.CharField(200)
    confirmed_by_operator = fields.BooleanField(db_default=False)

    class Meta:
        table = "tax_rate"
        constraints = [
            UniqueConstraint(
                fields=("seller_kind", "tax_class", "valid_from"), name="tax_rate_from"
            )
        ]
