"""The three servers by themselves: who may do what, and what an earlier run may have left."""

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path

import asyncpg
import httpx
import pytest
import redis.asyncio as redis

from integrations.runtime.embedded import AlreadyRunning, StartRefused, read_environment, servers
from integrations.runtime.embedded.process import Book, free_port, started_ticks, wait_until
from integrations.runtime.embedded.programs.postgres import (
    Postgres,
    find_postgres,
    passable_by_others,
)
from integrations.runtime.embedded.secrets import load_secrets
from tests.embedded.machine import count, eventually, family, folder, gone


async def note(env: dict[str, str]) -> int:
    """Add a row to a table of the owner's; how many it has now."""
    link = await asyncpg.connect(env["DATABASE_OWNER_URL"])
    await link.execute("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")
    await link.close()
    return await count(env["DATABASE_OWNER_URL"], "kept")


async def test_data_stays_and_every_role_is_bound(tmp_path: Path) -> None:
    async with servers(tmp_path) as env:
        assert await note(env) == 1
        for name, user in (
            ("DATABASE_URL", "ganh_app"),
            ("DATABASE_PUBLIC_URL", "ganh_public"),
            ("DATABASE_STATS_URL", "ganh_stats"),
        ):
            link = await asyncpg.connect(env[name])
            row = await link.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
            assert row["rolname"] == user
            for power in ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole"):
                assert row[power] is False
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await link.execute("CREATE TABLE mine (n int)")
            await link.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(env["DATABASE_URL"].replace("ganh_app:", "ganh_app:x"))
    assert not family(tmp_path)
    async with servers(tmp_path) as env:
        assert await note(env) == 2


async def test_redis_obeys_its_rules_and_keeps_jobs(tmp_path: Path) -> None:
    async with servers(tmp_path) as env:
        link = redis.Redis.from_url(env["REDIS_URL"])
        assert await link.set("job", "1")
        assert await link.info("server")
        assert await link.keys("*") == [b"job"]
        for words in ("FLUSHALL", "CONFIG GET dir", "EVAL 1 0", "SHUTDOWN"):
            with pytest.raises(redis.ResponseError, match=r"(?i)permission"):
                await link.execute_command(*words.split())
        await link.aclose()
        bare = redis.Redis.from_url(env["REDIS_URL"].replace("ganh:", "ganh:x"))
        with pytest.raises(redis.AuthenticationError):
            await bare.ping()
        await bare.aclose()
    async with servers(tmp_path) as env:
        link = redis.Redis.from_url(env["REDIS_URL"])
        assert await link.get("job") == b"1"
        await link.aclose()


async def test_a_redis_file_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    async with servers(tmp_path) as env:
        link = redis.Redis.from_url(env["REDIS_URL"])
        await link.set("job", "1")
        await link.aclose()
    for file in (tmp_path / "redis").rglob("*.aof"):
        file.write_bytes(b"no such format" * 100)
    async with servers(tmp_path) as env:
        link = redis.Redis.from_url(env["REDIS_URL"])
        assert await link.get("job") is None
        await link.aclose()
    assert (tmp_path / "redis.unreadable").is_dir()


async def test_s3_gives_nothing_without_its_key(tmp_path: Path) -> None:
    async with servers(tmp_path) as env, httpx.AsyncClient() as web:
        (tmp_path / "s3" / "ganh" / "paper.pdf").write_bytes(b"private")
        answer = await web.get(f"{env['S3_ENDPOINT']}/ganh/paper.pdf")
        assert answer.status_code in (400, 403)
        assert b"private" not in answer.content
        words = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family(tmp_path)]
        assert not any(env["S3_SECRET_KEY"].encode() in word for word in words)


async def test_two_folders_at_once_and_one_folder_only_once(tmp_path: Path) -> None:
    async with servers(tmp_path / "a") as one, servers(tmp_path / "b") as two:
        assert (await note(one), await note(two)) == (1, 1)
        assert one["SECRET_KEY"] != two["SECRET_KEY"]
        with pytest.raises(AlreadyRunning) as refused:
            async with servers(tmp_path / "a"):
                pass
        assert refused.value.params["pid"] == os.getpid()
        assert read_environment(tmp_path / "a") == one
        assert await note(one) == 2
    assert read_environment(tmp_path / "a") is None


async def test_root_in_an_open_folder_needs_no_extra_right() -> None:
    with folder(0o755) as home:
        async with servers(home) as env:
            assert await note(env) == 1
            pid = json.loads((home / "run" / "children.json").read_text())["postgres"]["pid"]
            status = Path(f"/proc/{pid}/status").read_text()
            # Unless the checkout itself lies in a closed folder: then the programs need it.
            open_to_all = passable_by_others(find_postgres() / "postgres")
            assert ("CapEff:\t0000000000000000" in status) is (open_to_all or os.geteuid() != 0)


@pytest.mark.parametrize("whose", ["zombie", "stranger", "nobody at all"])
async def test_a_stale_pid_file_does_not_stop_the_start(tmp_path: Path, whose: str) -> None:
    async with servers(tmp_path) as env:
        await note(env)
    # PostgreSQL believes in a process of its own user only.
    owner = (tmp_path / "postgres").stat().st_uid
    user = owner if os.geteuid() == 0 else None
    with (
        subprocess.Popen(["/bin/true"], cwd="/", user=user) as zombie,
        subprocess.Popen(["/bin/sleep", "60"], cwd="/", user=user) as stranger,
    ):
        assert await wait_until(lambda: started_ticks(zombie.pid) is None, timeout_s=10)
        pid = {"zombie": zombie.pid, "stranger": stranger.pid, "nobody at all": 4_000_000}[whose]
        stale = tmp_path / "postgres" / "postmaster.pid"
        stale.write_text(f"{pid}\n{tmp_path}/postgres\n1\n5432\n\n127.0.0.1\n\nready\n")
        os.chown(stale, owner, -1)
        async with servers(tmp_path) as env:
            assert await note(env) == 2
        assert stranger.poll() is None
        stranger.kill()


async def test_a_server_left_alive_is_taken_over(tmp_path: Path) -> None:
    async with servers(tmp_path) as env:
        await note(env)
    forgotten = Postgres(
        tmp_path, free_port(set()), load_secrets(tmp_path), Book(tmp_path / "elsewhere")
    )
    (tmp_path / "elsewhere" / "run").mkdir(parents=True)
    orphan = await forgotten.ready(await forgotten.launch())
    async with servers(tmp_path) as env:
        assert await asyncio.wait_for(orphan.wait(), 10) == 0
        assert "immediate shutdown" not in (tmp_path / "log" / "postgres.log").read_text()
        assert await note(env) == 2


@pytest.mark.parametrize("name", ["postgres", "redis", "s3"])
async def test_a_killed_server_comes_back_with_its_data(tmp_path: Path, name: str) -> None:
    async with servers(tmp_path) as env:
        await note(env)
        link = redis.Redis.from_url(env["REDIS_URL"])
        book = tmp_path / "run" / "children.json"
        first = json.loads(book.read_text())[name]["pid"]
        os.kill(first, signal.SIGKILL)

        def back() -> bool:
            return bool(json.loads(book.read_text()).get(name, {}).get("pid", first) != first)

        assert await wait_until(back, timeout_s=30)
        assert await eventually(lambda: note(env)) == 2
        assert await eventually(lambda: answers(link, env)) == 2
        await link.aclose()


async def answers(link: redis.Redis, env: dict[str, str]) -> int:
    """How many of Redis and S3 answer; raises `OSError` while one does not."""
    try:
        await link.ping()
        async with httpx.AsyncClient() as web:
            await web.get(env["S3_ENDPOINT"])
    except (redis.RedisError, httpx.HTTPError) as error:
        raise OSError from error
    return 2


async def test_a_first_start_that_was_cut_short_begins_again(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    (half / "base").mkdir()
    async with servers(tmp_path) as env:
        assert await note(env) == 1
    assert not half.exists()
    assert not (tmp_path / "postgres.password").exists()


async def test_lost_keys_are_not_replaced_in_silence(tmp_path: Path) -> None:
    async with servers(tmp_path):
        pass
    (tmp_path / "secrets.env").unlink()
    with pytest.raises(StartRefused, match="DATA_KEYS"):
        async with servers(tmp_path):
            pass
    assert not (tmp_path / "secrets.env").exists()


async def test_only_the_owner_can_read_what_is_secret(tmp_path: Path) -> None:
    async with servers(tmp_path):
        for name in ("secrets.env", "run/servers.json", "run/redis.conf", "log/postgres.log"):
            assert (tmp_path / name).stat().st_mode & 0o077 == 0, name
    await gone(tmp_path)
