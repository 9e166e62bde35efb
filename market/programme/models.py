"""Facts that staff's figures are made of, and the links that Excel reads them by."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from sellers.accounts.models import Person
from sellers.producers.models import Producer


class ProducerSale(Model):
    """One order part that is paid and was not undone: a copy that tasks keep equal to its source.

    Written only from the view `live_sale`, which says who is a stranger.
    """

    id = fields.UUIDField(primary_key=True)  # the order part's
    producer: fields.ForeignKeyRelation[Producer] = fields.ForeignKeyField(
        "sellers.Producer", related_name="sales", on_delete=fields.RESTRICT
    )
    source = fields.CharField(20)
    method = fields.CharField(10)
    is_cashless = fields.BooleanField()
    by_stranger = fields.BooleanField()
    amount_vnd = fields.BigIntField()
    paid_at = fields.DatetimeField()
    paid_on = fields.DateField()  # the day in Viet Nam

    class Meta:
        table = "producer_sale"
        indexes = [
            Index(fields=["paid_at", "id"], name="producer_sale_newest"),
            Index(fields=["producer_id", "paid_at"], name="producer_sale_producer"),
        ]


class ProducerProgress(Model):
    """How far a producer has come, and when: written only from the view `live_progress`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer: fields.OneToOneRelation[Producer] = fields.OneToOneField(
        "sellers.Producer", related_name="progress", on_delete=fields.RESTRICT
    )
    identified_at = fields.DatetimeField(null=True)
    listed_at = fields.DatetimeField(null=True)
    sold_at = fields.DatetimeField(null=True)
    second_at = fields.DatetimeField(null=True)
    last_sold_at = fields.DatetimeField(null=True)
    sold_again_at = fields.DatetimeField(null=True)  # the second one, when within 60 days
    sales = fields.IntField(db_default=0)
    days_to_sale = fields.IntField(null=True)

    class Meta:
        table = "producer_progress"
        constraints = [CheckConstraint(check="sales >= 0", name="producer_progress_sales")]


class FigureLink(Model):
    """A link by which a spreadsheet reads the figures of one person: only its hash is kept."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.CharField(64)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "sellers.Person", related_name="figure_links", on_delete=fields.RESTRICT
    )
    role = fields.CharField(30)
    province_code = fields.CharField(2, null=True)
    name = fields.CharField(60)
    created_at = fields.DatetimeField(db_default=Now())
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "figure_link"
        indexes = [Index(fields=["person_id", "ended_at"], name="figure_link_person")]
        constraints = [UniqueConstraint(fields=("token_hash",), name="figure_link_token")]
