"""How each process of the service starts: the supervisor's plan, the web server, the worker."""

import asyncio
import gc
import hashlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from integrations.runtime.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_ROOT: Final = Path(__file__).resolve().parents[1]


def run_everything(settings: Settings) -> int:
    """The embedded mode: real servers, our processes and the stand-ins under one supervisor."""
    from integrations.runtime.embedded.supervisor import ChildSpec, run_all, run_once

    ganh = [sys.executable, "-m", "market.cli"]

    async def migrate_when_changed(env: dict[str, str]) -> None:
        stamp, now = Path(env["GANH_HOME"]) / "schema.stamp", _schema_digest()
        if not stamp.exists() or stamp.read_text() != now:
            await run_once([*ganh, "migrate"], env, name="migrate")
            stamp.write_text(now)

    async def load_demo(env: dict[str, str]) -> None:
        await run_once([*ganh, "demo"], env, name="demo")

    return asyncio.run(
        run_all(
            settings,
            children=(
                ChildSpec(
                    "api", [*ganh, "serve"], ready_url=f"{_local(settings)}/readyz", early=True
                ),
                ChildSpec("worker", [*ganh, "worker"], stop_timeout_s=15, early=True),
                ChildSpec("standins", [*ganh, "standins"]),
            ),
            migrate=migrate_when_changed,
            first_start=load_demo,
            banner=_banner(settings),
        )
    )


def _local(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.port}"


def _schema_digest() -> str:
    """Changes with any migration, grant or reference table: then `migrate` has work to do."""
    digest = hashlib.sha256()
    patterns = ("*/migrations/*.py", "*/*/migrations/*.py", "*/*/data/*", "*/tables.py")
    for path in sorted({p for pattern in patterns for p in _ROOT.glob(pattern)}):
        if ".venv" not in path.parts and path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _banner(settings: Settings) -> Callable[[dict[str, str]], None]:
    def show(env: dict[str, str]) -> None:
        from integrations.runtime.embedded.welcome import welcome
        from market.demo import PRODUCER_PHONE, STAFF_PHONE

        welcome(
            settings.public_url,
            producer_phone=PRODUCER_PHONE,
            staff_phone=STAFF_PHONE,
            home=env["GANH_HOME"],
        )

    return show


def settle_heap() -> None:
    """What was made at the start lives to the end: no later collection looks through it again.

    A tenth of the time of a price list went into that.
    """
    gc.collect()
    gc.freeze()


def run_api(settings: Settings) -> None:
    """One web process. Waits for the supervisor's word before it accepts requests."""
    from integrations.runtime import tracing
    from integrations.runtime.embedded.supervisor import wait_for_release
    from integrations.runtime.logging import configure
    from integrations.runtime.web.gates.origin import networks
    from integrations.runtime.web.server import Guard, serve
    from market.app import MOVING, create_app

    configure(settings.log_level)
    tracing.start(settings, service="ganh-api")
    application: ASGIApp = create_app(settings)
    # Everybody behind our own proxy, or on this machine, has one address.
    exempt = networks(f"127.0.0.0/8, ::1, {settings.trusted_proxies}")
    settle_heap()
    wait_for_release()
    serve(
        application,
        host=settings.host,
        port=settings.port,
        guard=Guard(uploads=MOVING, exempt=exempt),
    )


def run_worker(settings: Settings) -> None:
    """One worker process for all queues."""
    import uvloop

    from integrations.runtime.embedded.supervisor import wait_for_release
    from integrations.runtime.logging import configure
    from market.worker import work_forever

    configure(settings.log_level)
    settle_heap()
    wait_for_release()
    uvloop.run(work_forever())


def run_standins(settings: Settings) -> None:
    """One process that mounts every stand-in on the loopback address of STANDIN_URL."""
    from urllib.parse import urlsplit

    import uvicorn

    from market.standins import create_standins

    if not settings.embedded:
        raise SystemExit("stand-ins exist only in the embedded mode")
    where = urlsplit(settings.standin_url)
    uvicorn.run(
        create_standins(settings),
        host="127.0.0.1",
        port=where.port or 0,
        log_config=None,
        access_log=False,
    )


def run_migrate(settings: Settings) -> None:
    """Migrations as the owner, then the reference data as the application."""
    asyncio.run(_migrate(settings))


async def _migrate(settings: Settings) -> None:
    from integrations.runtime.database.migrate import migrate
    from market.reference import load_reference_data
    from market.tables import APPS, GRANTS

    owner_url = settings.database_owner_url.get_secret_value()
    if not owner_url:
        raise SystemExit("DATABASE_OWNER_URL is not set: migrations run as the owner of the tables")
    await migrate(APPS, owner_url=owner_url, grants=GRANTS)
    async with database(settings, name="migrate"):
        await load_reference_data()


def run_demo(settings: Settings) -> None:
    """The demo province, with pictures put through the same worker code as real ones."""
    from market.demo.load import load

    if not settings.embedded:
        raise SystemExit("the demo province is loaded only in the embedded mode")

    async def run() -> None:
        async with database(settings, name="demo"):
            await load()

    asyncio.run(run())


@asynccontextmanager
async def database(settings: Settings, *, name: str) -> AsyncIterator[None]:
    """Tortoise's connections for a command that is neither web nor worker."""
    from tortoise import Tortoise

    from integrations.runtime.database import orm_config
    from market.tables import APPS

    config = orm_config(
        APPS,
        url=settings.database_url.get_secret_value(),
        public_url=settings.database_public_url.get_secret_value(),
        pool_max=4,
        name=name,
    )
    await Tortoise.init(config=config)
    try:
        yield
    finally:
        await Tortoise.close_connections()
