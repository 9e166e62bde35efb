"""The command `ganh`: run everything, one part, migrate, drive the whole way, look after it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from integrations.runtime.settings import Settings, UnsafeSettings, get_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Gánh: from a phone photo to a paid, delivered order.",
)


@app.command()
def up() -> None:
    """Run everything on this machine: database, queue, storage, web, worker, stand-ins."""
    from market.running import run_everything

    raise typer.Exit(run_everything(get_settings()))


@app.command()
def serve() -> None:
    """Run the web application (API and pages)."""
    from market.running import run_api

    run_api(_safe_settings())


@app.command()
def worker() -> None:
    """Run the worker: everything that happens after an answer was given."""
    from market.running import run_worker

    run_worker(_safe_settings())


@app.command(hidden=True)
def standins() -> None:
    """Run what stands in for the outside parties (embedded mode only)."""
    from market.running import run_standins

    run_standins(_safe_settings())


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape and load the reference data."""
    from market.running import run_migrate

    run_migrate(_safe_settings())


@app.command()
def demo() -> None:
    """Load the demo province (embedded mode only); twice does no harm."""
    from market.running import run_demo

    run_demo(_safe_settings())


@app.command()
def journey(
    base: Annotated[str, typer.Option(help="Address of a running Gánh.")],
    photo: Annotated[Path, typer.Option(help="A JPEG, PNG, WebP or HEIC from a phone.")],
) -> None:
    """Walk the whole way as an outside client: sign-up to a paid, handed-over order."""
    from market.journey import walk

    raise typer.Exit(walk(base, photo))


@app.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="Folder; default: GANH_HOME/backups.")] = None,
    keep: Annotated[int, typer.Option(help="How many to keep there; 0: all.", min=0)] = 0,
    keys: Annotated[
        Path | None, typer.Option(help="Write only the keys, to this new file, and no backup.")
    ] = None,
) -> None:
    """Copy database and objects to a new folder, while everything runs."""
    from market.operate.backup import run_backup, run_backup_keys

    if keys is not None:
        raise typer.Exit(run_backup_keys(get_settings(), file=keys))
    raise typer.Exit(run_backup(get_settings(), to=to, keep=keep))


@app.command(hidden=True)
def alive() -> None:
    """Say by the exit code whether a worker has worked in the last seconds."""
    from market.operate.alive import worker_is_alive

    raise typer.Exit(0 if worker_is_alive(get_settings()) else 1)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that ganh backup made.")],
    keys: Annotated[
        Path | None, typer.Option(help="The file that ganh backup --keys wrote.")
    ] = None,
) -> None:
    """Bring a backup back into an empty GANH_HOME or an empty database, and prove it equal."""
    from market.operate.backup import run_restore

    raise typer.Exit(run_restore(get_settings(), folder=folder, keys=keys))


keys = typer.Typer(no_args_is_help=True, help="Change the keys that seal personal data.")
app.add_typer(keys, name="keys")


@keys.command("add")
def keys_add() -> None:
    """Put a new key in front; the old ones still open."""
    from market.operate.keys import run_keys_add

    raise typer.Exit(run_keys_add(get_settings()))


@keys.command("list")
def keys_list() -> None:
    """Say which keys there are and how many values each has sealed."""
    from market.operate.keys import run_keys_list

    raise typer.Exit(run_keys_list(get_settings()))


@keys.command("reseal")
def keys_reseal() -> None:
    """Seal every value anew by the first key; cut short, it goes on at the next run."""
    from market.operate.keys import run_keys_reseal

    raise typer.Exit(run_keys_reseal(get_settings()))


@keys.command("drop")
def keys_drop(name: Annotated[str, typer.Argument(help="Such as k1.")]) -> None:
    """Take a key away that seals nothing any more."""
    from market.operate.keys import run_keys_drop

    raise typer.Exit(run_keys_drop(get_settings(), key_id=name))


staff = typer.Typer(no_args_is_help=True, help="Lend roles to staff, and end them.")
app.add_typer(staff, name="staff")
Phone = Annotated[str, typer.Argument(help="Such as 0912345678.")]
RoleWord = Annotated[str, typer.Argument(help="Such as admin, moderator, commune_staff.")]
Name = Annotated[str, typer.Option(help="Who of several on one phone; or who is new there.")]


@staff.command("add")
def staff_add(
    phone: Phone,
    role: RoleWord,
    name: Name = "",
    province: Annotated[str | None, typer.Option(help="Code of two digits, such as 42.")] = None,
    commune: Annotated[
        list[str] | None, typer.Option(help="Code of five digits; may stand several times.")
    ] = None,
) -> None:
    """Lend a role to the person of a phone; a new name makes a new person."""
    from market.operate.people import run_staff_add

    raise typer.Exit(
        run_staff_add(
            get_settings(),
            phone=phone,
            role=role,
            name=name,
            province=province,
            communes=commune or [],
        )
    )


@staff.command("end")
def staff_end(phone: Phone, role: RoleWord, name: Name = "") -> None:
    """Take a role away, for every place; its sessions end at once."""
    from market.operate.people import run_staff_end

    raise typer.Exit(run_staff_end(get_settings(), phone=phone, role=role, name=name))


@staff.command("list")
def staff_list() -> None:
    """Say who has which role, for where, since when."""
    from market.operate.people import run_staff_list

    raise typer.Exit(run_staff_list(get_settings()))


person = typer.Typer(no_args_is_help=True, help="Look after people's accounts.")
app.add_typer(person, name="person")


@person.command("close")
def person_close(
    phone: Phone,
    name: Name = "",
    reason: Annotated[str, typer.Option(help="Kept in the audit.")] = "",
) -> None:
    """Close an account: its roles and sessions end, nobody signs in with it any more."""
    from market.operate.people import run_person_close

    raise typer.Exit(run_person_close(get_settings(), phone=phone, name=name, reason=reason))


@app.command()
def doctor() -> None:
    """Say in plain words what this machine lacks and which package brings it."""
    from rich.console import Console

    from integrations.runtime.embedded.doctor import check, table, unsafe

    settings = get_settings()
    findings = check(home=settings.home, host=settings.host, port=settings.port)
    findings += unsafe(settings)
    Console().print(table(findings))
    raise typer.Exit(1 if any(finding.level == "missing" for finding in findings) else 0)


def _safe_settings() -> Settings:
    settings = get_settings()
    try:
        settings.require_safe()
    except UnsafeSettings as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201 - a person reads it
        raise SystemExit(2) from refusal
    return settings


if __name__ == "__main__":
    app()
