"""The production parts fit the settings: read from the files, since no engine is at hand."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
import redis
import yaml
from pydantic import SecretStr

from integrations.runtime.embedded.process import free_port
from integrations.runtime.embedded.programs import postgres as embedded_postgres
from integrations.runtime.embedded.programs import redis as embedded_redis
from integrations.runtime.settings import NEEDED, Settings
from tests.kit.crash import until
from tests.kit.stack import Stack
from tests.operate.commands import ROOT, ganh

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"migrate", "backup"}
OURS = ("api", "worker", "migrate", "backup")
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}
# What an operator cannot change in .env.production, and why.
FIXED = {
    "GANH_ENV": "this file is for production",
    "GANH_HOME": "the folder of the embedded servers: production keeps nothing in one",
    "HOST": "only the networks of this file reach it",
    "PORT": "the proxy and the healthcheck ask there",
    "DATABASE_URL": "the service postgres; the password is asked for",
    "DATABASE_PUBLIC_URL": "the service postgres; the password is asked for",
    "DATABASE_OWNER_URL": "only commands as the owner of the tables, never web and worker",
    "REDIS_URL": "the service valkey; the password is asked for",
    "S3_ENDPOINT": "the service s3",
    "S3_BUCKET": "the folder of the service s3",
    "S3_REGION": "rclone has none: the default signs",
    "TRUSTED_PROXIES": "the network of the proxy",
    "DISK_PATHS": "where the volumes are mounted",
    "STANDIN_URL": "production refuses stand-ins",
}
# Production needs another value than a first try on one machine.
DIFFERENT = {"MESSAGES": "http"}
# Of the images, not of ours.
FOREIGN = {
    "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "GANH_DOMAIN", "HOME", "RCLONE_CONFIG",
    "RCLONE_AUTH_KEY", "REDIS_PASSWORD", "POSTGRES_OWNER_PASSWORD", "POSTGRES_APP_PASSWORD",
    "POSTGRES_PUBLIC_PASSWORD", "POSTGRES_STATS_PASSWORD",
}  # fmt: skip


def example() -> dict[str, str]:
    """Names and values of `.env.production.example`."""
    text = (ROOT / ".env.production.example").read_text()
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text, re.M))


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_kept_watched_and_bounded(name: str) -> None:
    service = SERVICES[name]
    if name in ONCE:
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["user"].split(":")[0] not in ("root", "0")
    assert service["cap_drop"] == ["ALL"]
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert {"memory", "cpus", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    for other in service.get("depends_on", {}):
        assert other in SERVICES


def test_only_the_proxy_has_a_door() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey", "s3", "migrate", "backup"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_every_volume_is_declared() -> None:
    named = set()
    for service in SERVICES.values():
        for one in service.get("volumes", []):
            source = one["source"] if isinstance(one, dict) else one.split(":")[0]
            if not source.startswith("."):
                named.add(source)
            else:
                assert (ROOT / source).is_file()
    assert named == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_production_starts_with_what_it_is_given(name: str) -> None:
    """Each variable exists, all that are needed are there, and together they are safe."""
    given = SERVICES[name]["environment"]
    assert set(given) <= SETTINGS
    assert set(NEEDED) <= set(given)
    filled = {key: value or "f" * 40 for key, value in example().items()}
    filled["SMS_URL"] = "https://sms.example.vn"
    filled |= {key: "" for key in filled if key.startswith(("STRIPE_", "SHOPEE_"))}
    said = {key: _filled(str(value), filled) for key, value in given.items()}
    Settings.model_validate(said | {"STANDIN_URL": ""}).require_safe()
    assert "ganh_owner" not in str(given) or name in ONCE


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_reaches_web_and_worker_or_is_fixed_here(name: str) -> None:
    """Forwarded under its own name, with the code's default: what is documented takes effect."""
    for service in OURS:
        given = SERVICES[service]["environment"]
        written = re.fullmatch(r"\$\{(\w+)(:\?|:-(.*))\}", str(given.get(name, "")))
        if name in FIXED:
            assert written is None, f"{name} is forwarded, so no longer fixed"
            continue
        assert written and written[1] == name, f"{name} does not reach {service}"
        if written[2] != ":?":
            assert written[3] == DIFFERENT.get(name, default_of(name))
            assert example()[name] == written[3]
            assert _filled(given[name], {name: "changed"}) == "changed"


def default_of(name: str) -> str:
    """As the code has it, in words of the environment."""
    (field,) = (one for one in Settings.model_fields.values() if one.alias == name)
    plain = field.default
    return str(plain.get_secret_value() if isinstance(plain, SecretStr) else plain)


def _filled(value: str, known: dict[str, str]) -> str:
    """Compose's `${NAME:?}` and `${NAME:-default}`."""

    def put(match: re.Match[str]) -> str:
        name, default = match[1], match[3] or ""
        return known.get(name) or default

    return re.sub(r"\$\{(\w+)(:[?-]([^}]*))?\}", put, value)


def test_every_name_is_known_and_explained() -> None:
    for service in SERVICES.values():
        assert set(service.get("environment", {})) <= SETTINGS | FOREIGN
    assert set(FIXED) | set(DIFFERENT) <= SETTINGS
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked - {"INDEX_URL"} == set(example())


def test_commands_are_ours() -> None:
    from market.cli import app

    known = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    assert {SERVICES[name]["command"][0] for name in OURS} <= known
    assert SERVICES["worker"]["healthcheck"]["test"][-1] in known


def test_the_image_holds_the_lock_and_no_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    stages = re.split(r"^FROM ", text, flags=re.M)[1:]
    assert "COPY requirements/bootstrap.lock requirements/run.lock" in stages[0]
    assert stages[0].count("--require-hashes") == 2
    for stage in stages[1:]:
        assert re.findall(r"^USER (\w+)", stage, re.M)[-1] == "ganh"
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M):
        for one in source.split():
            assert (ROOT / one).exists(), one
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored and not [line for line in ignored if line.startswith("!.env")]
    assert max(str(SERVICES[n]["user"]) for n in OURS) == "10001:10001" and "--uid 10001" in text


def test_the_proxy_leaves_nothing_inside_open() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "@inside path /metrics /readyz" in text and "respond @inside 404" in text
    assert "name api" in text and "port 8000" in text and "admin off" in text
    assert text.count("{") == text.count("}")


def test_roles_are_those_of_the_embedded_mode() -> None:
    """One source: PASSWORD '{app}' there is PASSWORD :'app' here."""
    text = (ROOT / "deploy" / "roles.sql").read_text()
    ours = re.sub(r"'\{(\w+)\}'", r":'\1'", embedded_postgres._ROLES)
    assert text.partition("\n")[2].strip() == ours.strip()
    asked = set(re.findall(r":'(\w+)'", ours))
    script = (ROOT / "deploy" / "postgres-roles.sh").read_text()
    assert asked == set(re.findall(r"^\\getenv (\w+) POSTGRES_\w+_PASSWORD$", script, re.M))


async def test_postgres_takes_the_roles(stack: Stack, tmp_path: Path) -> None:
    """The script of the image, run by the real psql against the real server."""
    programs = embedded_postgres.find_postgres()
    url = re.match(r"postgres://(\w+):(\w+)@127.0.0.1:(\d+)/", stack.env["DATABASE_ADMIN_URL"])
    assert url
    script = (ROOT / "deploy" / "postgres-roles.sh").read_text()
    mine = tmp_path / "roles.sh"
    mine.write_text(script.replace("/ganh/roles.sql", str(ROOT / "deploy" / "roles.sql")))
    words = {
        f"POSTGRES_{name.upper()}_PASSWORD": _password(stack.env[variable])
        for name, variable in (
            ("owner", "DATABASE_OWNER_URL"), ("app", "DATABASE_URL"),
            ("public", "DATABASE_PUBLIC_URL"), ("stats", "DATABASE_STATS_URL"),
        )
    }  # fmt: skip
    env = {
        **words, "PATH": f"{programs}:{os.defpath}", "POSTGRES_USER": url[1],
        "PGPASSWORD": url[2], "PGHOST": "127.0.0.1", "PGPORT": url[3],
    }  # fmt: skip
    ran = subprocess.run(["sh", str(mine)], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    link = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        assert await link.fetchval("SELECT 1") == 1
    finally:
        await link.close()


def _password(url: str) -> str:
    found = re.search(r"://\w+:(\w+)@", url)
    assert found
    return found[1]


@contextmanager
def a_valkey(folder: Path, port: int) -> Iterator[None]:
    """Our start script and configuration, with the server that is at hand."""
    (folder / "bin").mkdir()
    (folder / "bin" / "valkey-server").symlink_to(embedded_redis.find_redis())
    config = folder / "valkey.conf"
    text = (ROOT / "deploy" / "valkey.conf").read_text()
    config.write_text(text.replace("dir /data", f"dir {folder}"))
    env = {
        "PATH": f"{folder / 'bin'}:{os.defpath}", "REDIS_PASSWORD": "secret",
        "RUN_DIR": str(folder), "CONFIG": str(config),
    }  # fmt: skip
    script = ROOT / "deploy" / "valkey-start.sh"
    words = ["sh", str(script), "--port", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def test_valkey_is_as_the_embedded_one(tmp_path: Path) -> None:
    assert f'"{embedded_redis._RULES}"' in (ROOT / "deploy" / "valkey-start.sh").read_text()
    port = free_port(set())
    with a_valkey(tmp_path, port):
        link = redis.Redis(port=port, username="ganh", password="secret")

        async def answers() -> bool:
            try:
                return bool(link.ping())
            except redis.ConnectionError:
                return False

        await until(answers)
        with pytest.raises(redis.ResponseError, match="permissions"):
            link.flushall()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        assert cast("dict[str, int]", link.info("persistence"))["aof_enabled"] == 1
        link.close()


async def test_a_worker_is_known_to_live(stack: Stack) -> None:
    env = {**stack.env, "PATH": os.environ["PATH"]}
    link = redis.Redis.from_url(stack.env["REDIS_URL"])
    link.delete("ganh:fast:health-check")
    code, _ = await ganh("alive", env=env)
    assert code == 1
    link.set("ganh:fast:health-check", "a note", ex=20)
    code, said = await ganh("alive", env=env)
    assert code == 0, said
    link.close()


def test_scripts_are_sound() -> None:
    shell = shutil.which("sh") or "/bin/sh"
    for script in (ROOT / "deploy").glob("*.sh"):
        subprocess.run([shell, "-n", str(script)], check=True)
        assert os.access(script, os.X_OK)
