"""What the models promise stands in the database: every named constraint, and no drift."""

from tortoise import Tortoise

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.stack import Stack


async def test_every_named_constraint_and_index_is_there(stack: Stack) -> None:
    wanted = {
        one.name
        for models in Tortoise.apps.values()
        for model in models.values()
        for one in (*(model._meta.constraints or ()), *model._meta.indexes)
    }
    async with work(SYSTEM):
        there = {
            row["name"]
            for row in await rows(
                "SELECT conname::text AS name FROM pg_constraint"
                " UNION SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public'"
            )
        }
    assert len(wanted) > 40
    assert wanted - there == set()
