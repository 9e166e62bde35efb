"""The way back: into an empty database and an empty bucket only, then everything is compared."""

import asyncio
import hashlib
import mimetypes
from pathlib import Path
from typing import Final

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.ports import Storage
from integrations.runtime.backup.facts import Difference, Plan, compare, read_facts, read_references
from integrations.runtime.backup.manifest import DUMP, OBJECTS, BackupRefused, Manifest
from integrations.runtime.backup.take import connect
from integrations.runtime.backup.tools import find_program, run_program

_AT_ONCE: Final = 4
_OBJECTS_OF_OURS: Final = (
    "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'v', 'm', 'S')"
)


async def require_empty(owner_url: str, storage: Storage, manifest: Manifest) -> None:
    """Raise `BackupRefused` when something would be overwritten.

    Objects of this very backup may be there: an earlier try put them, and they never change.
    """
    link = await connect(owner_url)
    try:
        if await link.fetchval(_OBJECTS_OF_OURS):
            raise BackupRefused(
                N_("The database is not empty. A restore goes only into an empty one.")
            )
    finally:
        await link.close()
    await storage.check()
    foreign = set(await storage.list_keys("")) - set(manifest.objects)
    if foreign:
        raise BackupRefused(
            N_(
                "The file store is not empty ({count} files). "
                "A restore goes only into an empty one."
            ),
            count=len(foreign),
        )


async def restore_objects(folder: Path, manifest: Manifest, storage: Storage) -> None:
    """Put every object back under its key."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def put(key: str) -> None:
        async with gate:
            body = await asyncio.to_thread((folder / OBJECTS / key).read_bytes)
            kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
            await storage.put(key, body, content_type=kind)

    await asyncio.gather(*map(put, manifest.objects))


async def restore_database(folder: Path, *, owner_url: str) -> None:
    """Play the dump in, in one transaction: all of it or nothing. Raises `BackupRefused`."""
    link = await connect(owner_url)
    try:
        server_major = link.get_server_version().major
    finally:
        await link.close()
    program, _ = find_program("pg_restore", server_major=server_major)
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    database = owner_url.rpartition("/")[2].partition("?")[0]
    await run_program(program, *words, f"--dbname={database}", str(folder / DUMP), url=owner_url)
    link = await connect(owner_url)
    try:
        # A dump carries no statistics: without them the first hours are slow.
        await link.execute("ANALYZE")
    finally:
        await link.close()


async def verify(
    manifest: Manifest, *, owner_url: str, storage: Storage, plan: Plan
) -> list[Difference]:
    """Each fact of the backup beside what the restored database says, and the objects by content.

    Every object is read back from the store and hashed.
    """
    link = await connect(owner_url)
    try:
        async with link.transaction(isolation="repeatable_read", readonly=True):
            after = await read_facts(link, plan)
            wanted = await read_references(link, plan)
    finally:
        await link.close()
    expected = sorted({*manifest.objects, *manifest.gone, *manifest.lost})
    good = await _same_content(manifest, storage)
    return [
        *compare(manifest.facts, after),
        Difference("objects: rows point at", str(len(expected)), str(len(wanted))),
        Difference("objects: the same keys", "yes", "yes" if wanted == expected else "no"),
        Difference("objects: same content", str(len(manifest.objects)), str(good)),
    ]


async def _same_content(manifest: Manifest, storage: Storage) -> int:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def same(key: str) -> bool:
        async with gate:
            try:
                body = await storage.get(key)
            except NotFound:
                return False
            return hashlib.sha256(body).hexdigest() == manifest.objects[key].sha256

    return sum(await asyncio.gather(*map(same, manifest.objects)))
