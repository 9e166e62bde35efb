"""Take a backup while everything runs: one snapshot of the database, then the objects it names."""

import asyncio
import fcntl
import hashlib
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from integrations.contracts.errors import N_, NotFound, Unavailable
from integrations.contracts.ports import Storage
from integrations.runtime.backup.facts import Plan, read_facts, read_references
from integrations.runtime.backup.keys import fingerprints
from integrations.runtime.backup.manifest import (
    DUMP,
    MANIFEST,
    OBJECTS,
    BackupRefused,
    FileOf,
    Manifest,
    file_of,
    is_safe,
)
from integrations.runtime.backup.tools import find_program, run_program

_AT_ONCE: Final = 4
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that is whole: where it lies and its list."""

    folder: Path
    manifest: Manifest


async def take(
    into: Path, *, owner_url: str, storage: Storage, keys: Mapping[str, str], plan: Plan
) -> Taken:
    """Write a new folder below `into`; it gets its name only when it is whole.

    The dump and every fact come from one snapshot. Objects are written once and never changed,
    so that copying them afterwards gives what the snapshot's rows point at; one that was removed
    meanwhile is noted. Raises `BackupRefused`; then nothing is left behind.
    """
    started, began = datetime.now(UTC), time.perf_counter()
    with _place(into) as fresh:
        tools, facts, wanted = await _database(fresh, owner_url, plan)
        objects, absent = await _objects(fresh / OBJECTS, wanted, storage)
        still = set(await _asked(owner_url, plan)) if absent else set()
        dump = await asyncio.to_thread(file_of, fresh / DUMP)
        assert dump is not None
        manifest = Manifest(
            taken_at=started.isoformat(timespec="seconds"),
            took_s=round(time.perf_counter() - began, 2),
            tools=tools,
            keys=fingerprints(keys),
            facts=facts,
            dump=dump,
            objects=objects,
            gone=[key for key in absent if key not in still],
            lost=[key for key in absent if key in still],
        )
        manifest.write(fresh)
        await asyncio.to_thread(os.sync)
        folder = into / started.strftime("ganh-%Y%m%dT%H%M%SZ")
        if folder.exists():
            raise BackupRefused(N_("{path} exists already and is kept."), path=folder)
        fresh.rename(folder)
    return Taken(folder, manifest)


@contextmanager
def _place(into: Path) -> Iterator[Path]:
    """A folder for what is not whole yet, removed whatever happens; one backup at a time."""
    fresh = into / ".ganh-unfinished"
    handle = -1
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(into, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupRefused(
                N_("Another backup is being written to {folder} right now."), folder=into
            ) from error
        # What a killed backup left is no backup.
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / OBJECTS).mkdir(mode=0o700, parents=True)
        try:
            yield fresh
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise BackupRefused(
            N_("The backup cannot be written to {folder} ({reason}). Nothing was left there."),
            folder=into,
            reason=error.strerror or str(error),
        ) from error
    finally:
        if handle >= 0:
            os.close(handle)


async def _database(
    fresh: Path, owner_url: str, plan: Plan
) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """The dump, its facts and the keys that its rows name; tools, facts, keys."""
    link = await connect(owner_url)
    try:
        server = str(link.get_server_version().major)
        program, version = find_program("pg_dump", server_major=int(server))
        async with link.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await link.fetchval("SELECT pg_export_snapshot()")
            words = ["--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}"]
            dump = asyncio.create_task(
                run_program(program, *words, f"--file={fresh / DUMP}", url=owner_url)
            )
            try:
                facts = await read_facts(link, plan)
                wanted = await read_references(link, plan)
            finally:
                # The snapshot must outlive the dump.
                await asyncio.wait({dump})
            await dump
    finally:
        await link.close()
    tools = {"pg_dump": version, "server": server, "python": platform.python_version()}
    return tools, facts, wanted


async def _asked(owner_url: str, plan: Plan) -> list[str]:
    """What rows point at now."""
    link = await connect(owner_url)
    try:
        return await read_references(link, plan)
    finally:
        await link.close()


async def _objects(
    folder: Path, wanted: list[str], storage: Storage
) -> tuple[dict[str, FileOf], list[str]]:
    """Copy objects, a few at a time; what was copied, and the keys that were not there."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def copy(key: str) -> FileOf | None:
        async with gate:
            body = await _fetched(storage, key) if is_safe(key) else None
            return None if body is None else await asyncio.to_thread(_keep, folder / key, body)

    copied = dict(zip(wanted, await asyncio.gather(*map(copy, wanted)), strict=True))
    kept = {key: one for key, one in copied.items() if one is not None}
    return kept, [key for key in wanted if key not in kept]


async def _fetched(storage: Storage, key: str) -> bytes | None:
    """The object, None when there is none; a store that rests is asked again a few times."""
    for attempt in range(_TRIES):
        try:
            return await storage.get(key)
        except NotFound:
            return None
        except Unavailable:
            if attempt < _TRIES - 1:
                await asyncio.sleep(2**attempt / 4)
    raise BackupRefused(N_("The file store does not answer, so the backup was not made."))


def _keep(path: Path, body: bytes) -> FileOf:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(body)
    return FileOf(len(body), hashlib.sha256(body).hexdigest())


async def connect(owner_url: str) -> asyncpg.Connection:
    """A connection of the tables' owner. Raises `BackupRefused` when there is none."""
    if not owner_url:
        raise BackupRefused(
            N_("DATABASE_OWNER_URL is not set: only the owner of the tables sees every row.")
        )
    try:
        return await asyncpg.connect(owner_url, timeout=20)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise BackupRefused(
            N_("The database does not answer ({reason})."), reason=type(error).__name__
        ) from error


def forget_older(into: Path, *, keep: int) -> list[Path]:
    """Remove whole backups of ours below `into`, all but the newest `keep`; which."""
    whole = sorted(path.parent for path in into.glob(f"ganh-*Z/{MANIFEST}"))
    old = whole[:-keep] if keep > 0 else []
    for folder in old:
        # Named unfinished first: one that is half removed is never taken for a whole one.
        doomed = folder.with_name(f".{folder.name}-removed")
        folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
    return old
