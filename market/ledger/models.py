"""Double entry: accounts, transactions, entries. Append-only; triggers keep the sums at 0."""

from tortoise import fields
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from integrations.contracts.ids import new_id


class LedgerAccount(Model):
    """An account by its code, such as `receivable:seller:<id>`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    code = fields.CharField(120, unique=True)
    kind = fields.CharField(12)  # asset | liability | income | expense
    currency = fields.CharField(3, db_default="VND")
    producer_id = fields.UUIDField(null=True)

    class Meta:
        table = "ledger_account"
        constraints = [
            CheckConstraint(
                check="kind IN ('asset', 'liability', 'income', 'expense')",
                name="ledger_account_kind",
            )
        ]


class LedgerTransaction(Model):
    """One business event in the books; `reference` makes it happen once."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(40)
    reference = fields.CharField(120, unique=True)
    producer_id = fields.UUIDField(null=True)
    reverses_id = fields.UUIDField(null=True, unique=True)
    occurred_at = fields.DatetimeField()
    posted_at = fields.DatetimeField(db_default=Now())
    meta: fields.JSONField[dict[str, object]] = fields.JSONField(default=dict)

    class Meta:
        table = "ledger_transaction"
        indexes = [Index(fields=["producer_id", "occurred_at"], name="ledger_transaction_producer")]


class LedgerEntry(Model):
    """One leg: debit above 0, credit below."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    transaction: fields.ForeignKeyRelation[LedgerTransaction] = fields.ForeignKeyField(
        "market.LedgerTransaction", related_name="entries", on_delete=fields.RESTRICT
    )
    account: fields.ForeignKeyRelation[LedgerAccount] = fields.ForeignKeyField(
        "market.LedgerAccount", related_name="entries", on_delete=fields.RESTRICT
    )
    amount_vnd = fields.BigIntField()
    currency = fields.CharField(3, db_default="VND")
    producer_id = fields.UUIDField(null=True)
    seq = fields.IntField()

    class Meta:
        table = "ledger_entry"
        indexes = [Index(fields=["account_id"], name="ledger_entry_account")]
        constraints = [
            UniqueConstraint(fields=("transaction_id", "seq"), name="ledger_entry_seq"),
            CheckConstraint(check="amount_vnd <> 0", name="ledger_entry_amount"),
        ]
