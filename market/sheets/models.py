"""An uploaded price list, its lines as they were understood, and heads that a person explained."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.sheets.schemas import LineState, SheetState


class SheetImport(Model):
    """One file of a producer. `columns`: head, sample and field of each column, by position."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    form_id = fields.CharField(64)  # made with the page: the same one counts once
    state = fields.CharEnumField(SheetState, max_length=10, default=SheetState.RECEIVED)
    problem_code = fields.CharField(40, db_default="")
    file_name = fields.CharField(120)
    file_key = fields.CharField(200)
    file_bytes = fields.BigIntField()
    kind = fields.CharField(4, db_default="")
    sheet_name = fields.CharField(120, db_default="")
    head_line = fields.IntField(null=True)
    columns: fields.JSONField[list[dict[str, object]]] = fields.JSONField(default=list)
    left_out: fields.JSONField[list[list[object]]] = fields.JSONField(default=list)
    created_at = fields.DatetimeField(db_default=Now())
    confirmed_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sheet_import"
        indexes = [Index(fields=["producer_id", "id"], name="sheet_import_producer")]
        constraints = [
            UniqueConstraint(fields=("producer_id", "form_id"), name="sheet_import_once")
        ]


class SheetLine(Model):
    """One line of goods: what the form's schema gets, what was seen, and what is to be mended."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    sheet: fields.ForeignKeyRelation[SheetImport] = fields.ForeignKeyField(
        "market.SheetImport", related_name="lines", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    line = fields.IntField()  # from 0
    state = fields.CharEnumField(LineState, max_length=8, default=LineState.GOOD)
    client_id = fields.CharField(64)  # of the goods, when this line makes them
    sku = fields.CharField(40, db_default="")
    typed: fields.JSONField[dict[str, str]] = fields.JSONField(default=dict)
    note = fields.TextField(db_default="")
    seen: fields.JSONField[list[dict[str, object]]] = fields.JSONField(default=list)
    bad: fields.JSONField[list[dict[str, object]]] = fields.JSONField(default=list)
    will = fields.CharField(8, db_default="")  # new | changed | same, as foreseen
    did = fields.CharField(8, db_default="")  # the same words, once it is done
    listing_id = fields.UUIDField(null=True)

    class Meta:
        table = "sheet_line"
        constraints = [UniqueConstraint(fields=("sheet_id", "line"), name="sheet_line_once")]


class SheetHead(Model):
    """What a producer said that a head means; `head` is folded."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer_id = fields.UUIDField()
    head = fields.CharField(120)
    field = fields.CharField(12, db_default="")

    class Meta:
        table = "sheet_head"
        constraints = [UniqueConstraint(fields=("producer_id", "head"), name="sheet_head_once")]
