"""`ganh keys`: a new key in front, everything sealed anew by it, then the old one away."""

import asyncio
import base64
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from integrations.contracts.errors import N_
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import audit
from integrations.runtime.crypto import SealBroken, reseal
from integrations.runtime.database import rows, value, work
from integrations.runtime.embedded import StartRefused
from integrations.runtime.embedded.console import explain, put, say
from integrations.runtime.embedded.secrets import read_secrets, replace_secret
from integrations.runtime.settings import Settings
from market.operate.reach import reached
from market.running import database
from market.tables import SEALED, SEALED_WHEN

_BATCH: Final = 1000
# Effects that are done are never read again; those that wait or are dead must open.
_IN_PAYLOADS: Final = (
    "SELECT count(*) FROM outbox WHERE state <> 'done' AND payload::text LIKE '%\"' || $1 || '.%'"
)


class KeysRefused(StartRefused):
    """Nothing was changed; the sentence says why."""


def run_keys_add(settings: Settings) -> int:
    """A new key in front of those that are there; the exit code."""
    return _said(lambda: _add(settings))


def run_keys_list(settings: Settings) -> int:
    """Which keys there are and how many values each has sealed; the exit code."""
    return _said(lambda: _list(settings))


def run_keys_reseal(settings: Settings) -> int:
    """Seal everything anew by the first key; 0 when no value is left under another."""
    return _said(lambda: _reseal(settings))


def run_keys_drop(settings: Settings, *, key_id: str) -> int:
    """Take a key away that seals nothing any more; the exit code."""
    return _said(lambda: _drop(settings, key_id))


def _said(deed: Callable[[], Awaitable[int]]) -> int:
    async def run() -> int:
        return await deed()

    os.umask(0o077)
    try:
        return asyncio.run(run())
    except StartRefused as refusal:
        explain(refusal)
        return refusal.exit_code


def _pairs(data_keys: str) -> dict[str, str]:
    """Key id -> the pair as it stands in DATA_KEYS, the one that seals first."""
    pairs = [pair.strip() for pair in data_keys.split(",") if pair.strip()]
    return {pair.partition(":")[0]: pair for pair in pairs}


def _next_id(known: dict[str, str]) -> str:
    numbers = [int(name[1:]) for name in known if name[:1] == "k" and name[1:].isdigit()]
    return f"k{max(numbers, default=0) + 1}"


async def _add(settings: Settings) -> int:
    known = _pairs(_data_keys(settings))
    if not known:
        raise KeysRefused(N_("These keys are not set: {names}"), names="DATA_KEYS")
    name = _next_id(known)
    fresh = f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    _keep(settings, ",".join([fresh, *known.values()]))
    say(
        N_(
            "Key {name} is in front. Stop every process, start with the new value, then run: "
            "ganh keys reseal. Write the keys down again: ganh backup --keys FILE"
        ),
        name=name,
    )
    return 0


def _data_keys(settings: Settings) -> str:
    """DATA_KEYS as the next start will have them."""
    given = settings.data_keys.get_secret_value()
    if given or not settings.embedded:
        return given
    return read_secrets(settings.home).get("DATA_KEYS", "")


def _keep(settings: Settings, data_keys: str) -> None:
    """Into `secrets.env` in the embedded mode; where a person gives the keys, on the screen."""
    if settings.embedded and not settings.data_keys.get_secret_value():
        replace_secret(settings.home, "DATA_KEYS", data_keys)
        say(N_("Written to {path}."), path=Path(settings.home) / "secrets.env")
    else:
        put(f"DATA_KEYS={data_keys}")


async def _list(settings: Settings) -> int:
    async with reached(settings) as live, database(live, name="keys"):
        for name in _pairs(live.data_keys.get_secret_value()):
            say(N_("Key {name}: {count} sealed values"), name=name, count=await _held_by(name))
    return 0


async def _held_by(key_id: str) -> int:
    """How many values this key has sealed that may still be read."""
    async with work(SYSTEM):
        total = int(await value(_IN_PAYLOADS, [key_id]))
        for table, column, _ in SEALED:
            total += int(
                await value(
                    f"SELECT count(*) FROM {table}"  # noqa: S608 - names are ours
                    f" WHERE split_part({column}, '.', 1) = $1",
                    [key_id],
                )
            )
    return total


async def _reseal(settings: Settings) -> int:
    async with reached(settings) as live, database(live, name="keys"):
        first = next(iter(_pairs(live.data_keys.get_secret_value())))
        if first != next(iter(_pairs(_data_keys(settings)))):
            raise KeysRefused(
                N_("Gánh still runs with {name} in front. Start it anew first."), name=first
            )
        done, broken = 0, 0
        for table, column, purpose in SEALED:
            changed, failed = await _reseal_column(table, column, purpose, first)
            done, broken = done + changed, broken + failed
        if done:
            async with work(SYSTEM):
                await audit.record(SYSTEM, "keys.resealed", f"key:{first}", values=done)
        left = await _held_by_others(first) - broken
    say(N_("{count} values are sealed by {name} now."), count=done, name=first)
    if broken:
        say(N_("{count} values open with no key and were left as they are."), count=broken)
    if left:
        say(N_("{count} values are in use right now. Run it once more."), count=left)
    return 1 if broken or left else 0


async def _held_by_others(first: str) -> int:
    total = 0
    async with work(SYSTEM):
        for table, column, _ in SEALED:
            total += int(
                await value(
                    f"SELECT count(DISTINCT {column}) FROM {table}"  # noqa: S608 - names are ours
                    f" WHERE {column} <> '' AND split_part({column}, '.', 1) <> $1",
                    [first],
                )
            )
    return total


async def _reseal_column(table: str, column: str, purpose: str, first: str) -> tuple[int, int]:
    """Batch by batch, each in its own transaction: cut short, the next run goes on."""
    done, broken = 0, [""]
    when = SEALED_WHEN.get(table, "true")
    while True:
        async with work(SYSTEM):
            found = await rows(
                f"SELECT DISTINCT {column} AS sealed FROM {table}"  # noqa: S608 - names are ours
                f" WHERE split_part({column}, '.', 1) <> $1 AND NOT {column} = ANY($2)"
                f" AND {when} LIMIT {_BATCH}",
                [first, broken],
            )
            pairs = [(row["sealed"], _anew(row["sealed"], purpose)) for row in found]
            broken += [old for old, new in pairs if new is None]
            done += await _replace(table, column, [p for p in pairs if p[1] is not None])
        if not found:
            return done, len(broken) - 1


def _anew(sealed: str, purpose: str) -> str | None:
    try:
        return reseal(sealed, purpose=purpose)
    except SealBroken:
        return None


async def _replace(table: str, column: str, pairs: list[tuple[str, Any]]) -> int:
    """Change what is still as it was read; a copy of a value gets the same new one."""
    changed = await rows(
        f"UPDATE {table} t SET {column} = v.new"  # noqa: S608 - names are ours
        f" FROM unnest($1::text[], $2::text[]) AS v(old, new) WHERE t.{column} = v.old"
        f" AND {SEALED_WHEN.get(table, 'true')} RETURNING 1 AS changed",
        [[old for old, _ in pairs], [new for _, new in pairs]],
    )
    return len(changed)


async def _drop(settings: Settings, key_id: str) -> int:
    known = _pairs(_data_keys(settings))
    if key_id not in known:
        raise KeysRefused(N_("There is no key {name}."), name=key_id)
    if key_id == next(iter(known)):
        raise KeysRefused(N_("Key {name} seals now and stays."), name=key_id)
    async with reached(settings) as live, database(live, name="keys"):
        # While the old value of DATA_KEYS is in use somewhere, this key still seals.
        if key_id == next(iter(_pairs(live.data_keys.get_secret_value()))):
            raise KeysRefused(
                N_("Gánh still runs with {name} in front. Start it anew first."), name=key_id
            )
        count = await _held_by(key_id)
        if count:
            raise KeysRefused(
                N_("{count} values are still sealed by {name}. Run first: ganh keys reseal"),
                count=count,
                name=key_id,
            )
        async with work(SYSTEM):
            await audit.record(SYSTEM, "keys.dropped", f"key:{key_id}")
    _keep(settings, ",".join(pair for name, pair in known.items() if name != key_id))
    say(
        N_(
            "Key {name} is gone. Backups from before need it: "
            "keep the old file of keys beside them."
        ),
        name=key_id,
    )
    return 0
