"""An uploaded price list, its lines as they were understood, and heads that a person explained."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id
from market.sheets.schemas import LineState, PictureState, SheetState


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
    pictures_key = fields.CharField(200, db_default="")  # a zip of photos beside the list
    kind = fields.CharField(4, db_default="")
    sheet_name = fields.CharField(120, db_default="")
    head_line = fields.IntField(null=True)
    columns: fields.JSONField[list[dict[str, object]]] = fields.JSONField(default=list)
    left_out: fields.JSONField[list[list[object]]] = fields.JSONField(default=list)
    is_list = fields.BooleanField(db_default=False)  # said of a file that looked like another
    heads_sha256 = fields.CharField(64, db_default="")  # tells a file with the same heads again
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
    mark = fields.CharField(40, db_default="")  # of the export that the line came from
    left_here = fields.IntField(null=True)  # the three below: when the file was read
    sold_here = fields.IntField(null=True)
    price_here_vnd = fields.BigIntField(null=True)
    counts_from = fields.IntField(null=True)  # stock changes by the difference to this
    asks = fields.CharField(12, db_default="")  # stock and price, by spaces
    answer = fields.CharField(4, db_default="")  # keep | take
    done_at = fields.DatetimeField(null=True)

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


class SheetSaid(Model):
    """What the last list said of goods: the next one changes stock by the difference to it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    producer_id = fields.UUIDField()
    variant_id = fields.UUIDField()
    stock = fields.IntField(null=True)
    price_vnd = fields.BigIntField(null=True)
    mark = fields.CharField(40, db_default="")
    said_at = fields.DatetimeField(db_default=Now())

    class Meta:
        table = "sheet_said"
        constraints = [UniqueConstraint(fields=("variant_id",), name="sheet_said_once")]


class SheetPicture(Model):
    """One picture in the zip of an import. `place` is in the zip's list, `at` in our order."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    sheet: fields.ForeignKeyRelation[SheetImport] = fields.ForeignKeyField(
        "market.SheetImport", related_name="pictures", on_delete=fields.RESTRICT
    )
    producer_id = fields.UUIDField()
    at = fields.IntField()
    place = fields.IntField()
    name = fields.CharField(120)
    folder = fields.CharField(120, db_default="")
    line = fields.IntField(null=True)  # of its goods
    state = fields.CharEnumField(PictureState, max_length=8, default=PictureState.UNKNOWN)
    problem: fields.JSONField[dict[str, object] | None] = fields.JSONField(null=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sheet_picture"
        constraints = [UniqueConstraint(fields=("sheet_id", "at"), name="sheet_picture_once")]
