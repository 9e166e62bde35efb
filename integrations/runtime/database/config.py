"""Tortoise configuration: who connects as what."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from integrations.runtime.database.line import Line
from integrations.runtime.tracing import connection_options

# Application label -> (models modules, migrations package).
Apps = Mapping[str, tuple[list[str], str]]

_LOCK_TIMEOUT_MS = 5_000
_STATEMENT_TIMEOUT_MS = 20_000
# What was given up with its connection is not worked on any longer than this.
_GONE_CHECK_MS = 2_000
_CONNECT_TIMEOUT_S = 10


def _credentials(url: str, *, pool_min: int, pool_max: int, name: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "engine": "tortoise.backends.asyncpg",
        "credentials": {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 5432,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "database": parts.path.lstrip("/"),
            "minsize": pool_min,
            "maxsize": pool_max,
            **connection_options(),
            "timeout": _CONNECT_TIMEOUT_S,
            "connection_class": Line,
            "server_settings": {
                "application_name": f"ganh-{name}",
                "lock_timeout": str(_LOCK_TIMEOUT_MS),
                "statement_timeout": str(_STATEMENT_TIMEOUT_MS),
                "client_connection_check_interval": str(_GONE_CHECK_MS),
                "timezone": "UTC",
            },
        },
    }


def orm_config(
    apps: Apps,
    *,
    url: str,
    public_url: str | None = None,
    pool_max: int = 10,
    public_pool_max: int | None = None,
    name: str = "app",
) -> dict[str, Any]:
    """Tortoise config: `default` for the viewer-scoped role, `public` for what anyone may read.

    `public_pool_max` is `pool_max` unless the process hardly reads as the public.
    """
    connections = {"default": _credentials(url, pool_min=1, pool_max=pool_max, name=name)}
    if public_url:
        connections["public"] = _credentials(
            public_url,
            pool_min=1,
            pool_max=public_pool_max or pool_max,
            name=f"{name}-public",
        )
    return {
        "connections": connections,
        "apps": {
            label: {"models": models, "default_connection": "default", "migrations": migrations}
            for label, (models, migrations) in apps.items()
        },
        "use_tz": True,
        "timezone": "UTC",
    }
