"""`ganh backup` and `ganh restore`: what they say, and what of the market must be equal after."""

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ports import Storage
from integrations.runtime.backup import (
    KEY_NAMES,
    Manifest,
    Plan,
    check_folder,
    read_keys,
    restore_database,
    restore_objects,
    take,
    write_keys,
)
from integrations.runtime.backup.facts import Difference
from integrations.runtime.backup.keys import require_same_keys
from integrations.runtime.backup.manifest import BackupRefused
from integrations.runtime.backup.restore import require_empty, verify
from integrations.runtime.backup.take import forget_older
from integrations.runtime.database.migrate import migrate
from integrations.runtime.embedded import StartRefused, servers
from integrations.runtime.embedded.console import explain, say
from integrations.runtime.embedded.lock import prepare_home
from integrations.runtime.embedded.process import write_whole
from integrations.runtime.embedded.stack import UNFINISHED_RESTORE
from integrations.runtime.settings import Settings
from market.operate.reach import reached, take_over
from market.tables import APPS, GRANTS, OBJECT_KEYS
from market.wiring import build_ports

# Beside rows and content of each table: what a person asks first.
FIGURES: Final[Mapping[str, str]] = {
    "schema": "SELECT string_agg(newest, ', ' ORDER BY newest) FROM"
    " (SELECT app || ' ' || max(name) AS newest FROM tortoise_migrations GROUP BY app) m",
    "ledger: transactions": "SELECT count(*)::text FROM ledger_transaction",
    "ledger: entries": "SELECT count(*)::text FROM ledger_entry",
    "ledger: sum of debits": "SELECT coalesce(sum(amount_vnd), 0)::text FROM ledger_entry"
    " WHERE amount_vnd > 0",
    "ledger: sum of all": "SELECT coalesce(sum(amount_vnd), 0)::text FROM ledger_entry",
    "ledger: out of balance": "SELECT count(*)::text FROM (SELECT 1 FROM ledger_entry"
    " GROUP BY transaction_id, currency HAVING sum(amount_vnd) <> 0 OR count(*) < 2) b",
    "orders: sum": "SELECT coalesce(sum(total_vnd), 0)::text FROM orders",
    "payments: sum of settled": "SELECT coalesce(sum(amount_vnd), 0)::text FROM payment"
    " WHERE state = 'settled'",
    "stock: units left": "SELECT coalesce(sum(available), 0)::text FROM variant",
}
PLAN: Final = Plan(figures=FIGURES, references=OBJECT_KEYS)
_MADE_BY_US: Final = ("postgres", "postgres.new", "redis", "s3", "run", "log", "secrets.env")


def run_backup(settings: Settings, *, to: Path | None, keep: int) -> int:
    """Back up below `to` (default: GANH_HOME/backups); the exit code."""
    into = Path(os.path.abspath(to or settings.home / "backups"))
    return _said(lambda: _backup(settings, into, keep))


def run_backup_keys(settings: Settings, *, file: Path) -> int:
    """Write the keys to a file of their own; the exit code."""
    path = Path(os.path.abspath(file))
    return _said(lambda: _backup_keys(settings, path))


def run_restore(settings: Settings, *, folder: Path, keys: Path | None) -> int:
    """Bring a backup back; the exit code is 0 only when everything is equal."""
    whole = Path(os.path.abspath(folder))
    return _said(lambda: _restore(settings, whole, keys))


def _said(deed: Callable[[], Awaitable[int]]) -> int:
    """Run it; a refusal is said in both languages."""

    async def run() -> int:
        return await deed()

    os.umask(0o077)
    try:
        return asyncio.run(run())
    except StartRefused as refusal:
        explain(refusal)
        return refusal.exit_code
    except Problem as problem:  # the file store's own
        say(problem.message, **problem.params)
        return 1


async def _backup(settings: Settings, into: Path, keep: int) -> int:
    async with reached(settings) as live:
        taken = await take(
            into,
            owner_url=live.database_owner_url.get_secret_value(),
            storage=build_ports(live).storage,
            keys=_keys_of(live),
            plan=PLAN,
        )
    manifest, folder = taken.manifest, taken.folder
    size_mb = (
        manifest.dump.size_bytes + sum(o.size_bytes for o in manifest.objects.values())
    ) / 1e6
    say(
        N_("Backup in {folder}: {objects} files, {size_mb} MB, {took_s} s"),
        folder=folder,
        objects=len(manifest.objects),
        size_mb=f"{size_mb:.1f}",
        took_s=manifest.took_s,
    )
    if manifest.lost:
        say(
            N_("{count} pictures are missing in the file store, the first is {key}."),
            count=len(manifest.lost),
            key=manifest.lost[0],
        )
    for old in forget_older(into, keep=keep):
        say(N_("Older backup removed: {folder}"), folder=old)
    say(N_("The keys are not in it. Keep them elsewhere: ganh backup --keys FILE"))
    return 0


async def _backup_keys(settings: Settings, path: Path) -> int:
    # The servers need not run: the keys lie in secrets.env, or in the settings of production.
    given = _keys_of(settings)
    known = given
    if settings.embedded and not all(given.values()):
        known = given | read_keys(settings.home / "secrets.env")
    missing = [name for name in KEY_NAMES if not known.get(name)]
    if missing:
        raise BackupRefused(N_("These keys are not set: {names}"), names=", ".join(missing))
    write_keys(path, known)
    say(N_("The keys are in {path}."), path=path)
    say(
        N_(
            "Who holds this file and a backup can read every account number. Without it a backup "
            "cannot be read by anybody. Keep it away from the backups, best on paper or on a "
            "stick in a safe."
        )
    )
    return 0


async def _restore(settings: Settings, folder: Path, keys: Path | None) -> int:
    say(N_("Reading the backup in {folder}"), folder=folder)
    manifest = await asyncio.to_thread(check_folder, folder)
    known = _keys_of(settings) | (read_keys(keys) if keys else {})
    require_same_keys(manifest.keys, known)
    if not settings.embedded:
        return await _restore_into(settings, folder, manifest)
    home = _empty_home(settings.home)
    text = "".join(f"{name}={known[name]}\n" for name in KEY_NAMES if known.get(name))
    write_whole(home / "secrets.env", text, durable=True)
    async with servers(home) as env:
        code = await _restore_into(take_over(env), folder, manifest)
    if code == 0:
        # The province of the demo is for an empty market only.
        (home / "first-start.done").touch(mode=0o600)
        (home / UNFINISHED_RESTORE).unlink()
    return code


def _empty_home(wanted: Path) -> Path:
    """The folder, made ready; what an unfinished restore left there is removed.

    Raises `BackupRefused` when it holds data.
    """
    home = prepare_home(wanted)
    mark = home / UNFINISHED_RESTORE
    if mark.exists():
        for name in _MADE_BY_US:
            path = home / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        home = prepare_home(wanted)
    elif (home / "postgres").exists() or (home / "s3").exists() or (home / "secrets.env").exists():
        raise BackupRefused(
            N_("There is data in {home} already. Set GANH_HOME to a new folder."), home=home
        )
    mark.touch(mode=0o600)
    return home


async def _restore_into(settings: Settings, folder: Path, manifest: Manifest) -> int:
    owner_url = settings.database_owner_url.get_secret_value()
    storage: Storage = build_ports(settings).storage
    await require_empty(owner_url, storage, manifest)
    began = time.perf_counter()
    await restore_objects(folder, manifest, storage)
    await restore_database(folder, owner_url=owner_url)
    found = await verify(manifest, owner_url=owner_url, storage=storage, plan=PLAN)
    took_s = time.perf_counter() - began
    # An older backup grows to the shape of this version; the roles get their rights.
    await migrate(APPS, owner_url=owner_url, grants=GRANTS)
    _show(found)
    different = [one for one in found if not one.equal]
    if different:
        say(N_("{count} things are not equal. Do not use this copy."), count=len(different))
        return 1
    say(
        N_("Everything is equal to the backup of {taken_at}. It took {took_s} s."),
        taken_at=manifest.taken_at,
        took_s=f"{took_s:.1f}",
    )
    return 0


def _show(found: Sequence[Difference]) -> None:
    from rich.console import Console
    from rich.table import Table

    grid = Table()
    for title in ("", "backup", "restored", ""):
        grid.add_column(title, overflow="fold")
    for one in found:
        grid.add_row(one.name, one.before, one.after, "=" if one.equal else "[red]≠[/]")
    Console().print(grid)


def _keys_of(settings: Settings) -> dict[str, str]:
    return {
        "DATA_KEYS": settings.data_keys.get_secret_value(),
        "HASH_KEY": settings.hash_key.get_secret_value(),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
    }
