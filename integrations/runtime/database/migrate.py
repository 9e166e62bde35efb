"""Bring the database to the newest shape, once, whoever else tries at the same time."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.operations import AddConstraint, CreateModel, Operation
from tortoise.migrations.schema_generator.state import State

from integrations.runtime.database.config import Apps, orm_config

# Two `migrate` at once would run data steps twice: Tortoise takes no lock of its own.
_LOCK_KEY = 0x47414E48


async def migrate(apps: Apps, *, owner_url: str, grants: str) -> int:
    """Apply what is missing as the owner of the tables; how many migrations that were.

    `grants` is the script that gives the working roles their rights, run every time. Holds a
    PostgreSQL advisory lock for the whole run and releases the connections it opened.
    """
    lock = await asyncpg.connect(owner_url)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _LOCK_KEY)
        await Tortoise.init(config=orm_config(apps, url=owner_url, pool_max=2, name="migrate"))
        try:
            executor = _Executor(get_connection("default"), _executor_apps(apps))
            targets = [MigrationTarget(app_label=label, name="__latest__") for label in apps]
            steps = await executor.plan(targets)
            if steps:
                await executor.migrate(targets, fake=False, dry_run=False, direction="forward")
            await lock.execute(grants)
            return len(steps)
        finally:
            await Tortoise.close_connections()
    finally:
        await lock.close()


class _Shapes(State):
    """Tables as the migrations so far have made them.

    Tortoise makes every model anew, twice for each of some 200 operations, which took half a
    minute of a processor for an empty database. Here an operation makes anew what it changes and
    what that points at, and a copy shares the models: none is changed once it is replaced.
    """

    def _find_related_models(self, app_label: str, model_name: str) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        waiting = [(app_label, model_name)]
        while waiting:
            key = waiting.pop()
            if key in found or (key not in self.models and key != (app_label, model_name)):
                continue
            found.add(key)
            fields = self.models[key].fields.values() if key in self.models else ()
            waiting += [
                self.apps.split_reference(field.model_name)
                for field in fields
                if isinstance(field, ForeignKeyFieldInstance | ManyToManyFieldInstance)
            ]
        return found

    def clone(self) -> State:
        apps = copy(self.apps)
        apps.apps = {label: dict(models) for label, models in self.apps.apps.items()}
        return State(models={key: it.clone() for key, it in self.models.items()}, apps=apps)


class _Executor(MigrationExecutor):
    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        known = await super()._project_state(applied, upto=upto)
        return _Shapes(models=known.models, apps=known.apps)


def _executor_apps(apps: Apps) -> dict[str, dict[str, Any]]:
    config: dict[str, dict[str, Any]] = orm_config(apps, url="postgres://x@127.0.0.1/x")["apps"]
    # With a connection Tortoise makes every model ready for queries again after each operation,
    # some 200 times 60 models. Ours ask nothing through models: data moves by `RunSQL`.
    return {label: {**app, "default_connection": None} for label, app in config.items()}


async def drift(apps: Apps, *, owner_url: str) -> list[str]:
    """What the models say and the migrations do not: names of the changes, empty when in step."""
    await Tortoise.init(config=orm_config(apps, url=owner_url, pool_max=2, name="drift"))
    try:
        detector = MigrationAutodetector(Tortoise.apps, _executor_apps(apps))
        return [
            f"{writer.app_label}: {operation.describe()}"
            for writer in await detector.changes()
            for operation in writer.operations
        ]
    finally:
        await Tortoise.close_connections()


async def make_migrations(apps: Apps) -> list[str]:
    """Write the migrations that the models ask for; their paths. All applications at once."""
    await Tortoise.init(
        config=orm_config(apps, url="postgres://x@127.0.0.1/x"), init_connections=False
    )
    detector = MigrationAutodetector(Tortoise.apps, _executor_apps(apps))
    writers = await detector.changes()
    for writer in writers:
        writer.operations = list(_spelled_out(writer.operations))
    return [str(writer.write()) for writer in writers]


def _spelled_out(operations: Iterable[Operation]) -> Iterator[Operation]:
    """A new table and, one by one, its constraints: `CreateModel` alone leaves them out."""
    for operation in operations:
        constraints: Sequence[UniqueConstraint | CheckConstraint] = ()
        if isinstance(operation, CreateModel) and operation.options:
            constraints = operation.options.pop("constraints", ())
        yield operation
        if isinstance(operation, CreateModel):
            for constraint in constraints:
                yield AddConstraint(operation.name, constraint)
