"""The small parts under the supervisor, without a server."""

import ast
import asyncio
import base64
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from integrations.runtime.embedded import (
    AlreadyRunning,
    ChildSpec,
    PortBusy,
    StartRefused,
    wait_for_release,
)
from integrations.runtime.embedded import console as console_module
from integrations.runtime.embedded.console import Voice, both, turn_over
from integrations.runtime.embedded.doctor import check, table
from integrations.runtime.embedded.lock import HomeLock, prepare_home, require_free_port
from integrations.runtime.embedded.process import (
    Book,
    free_port,
    session_of,
    spawn,
    started_ticks,
    wait_until,
)
from integrations.runtime.embedded.secrets import load_secrets
from integrations.runtime.embedded.stack import Backoff, Keeper
from integrations.runtime.embedded.supervisor import Child
from tests.embedded.machine import ROOT, folder

FOLDER = ROOT / "integrations" / "runtime" / "embedded"
CATALOGUE = ROOT / "integrations" / "locale" / "vi" / "embedded.po"


def test_backoff_doubles_to_its_bound_and_begins_anew_after_a_good_while() -> None:
    backoff = Backoff()
    assert [backoff.after(0) for _ in range(6)] == [0.5, 1, 2, 4, 8, 8]
    assert backoff.after(31) == 0.5
    assert backoff.after(29) == 1


def test_secrets_are_drawn_once_for_one_reader(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert load_secrets(tmp_path) == first
    name, _, key = first["DATA_KEYS"].partition(":")
    assert name == "k1"
    assert len(base64.b64decode(key)) == 32
    assert len(first["SECRET_KEY"]) >= 32
    assert len(set(first.values())) == len(first)


def test_a_secret_that_a_newer_version_wants_is_added(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    path = tmp_path / "secrets.env"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("SEPAY")]
    path.write_text("\n".join(["# a remark", *kept]) + "\n")
    path.chmod(0o644)
    again = load_secrets(tmp_path)
    assert again.pop("SEPAY_SECRET") != first.pop("SEPAY_SECRET")
    assert again == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_one_holder_per_folder(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "new" / "home")
    with HomeLock(home, address="http://127.0.0.1:8000"):
        with pytest.raises(AlreadyRunning) as refused, HomeLock(home):
            pass
        assert refused.value.exit_code == 3
        assert refused.value.params["address"] == "http://127.0.0.1:8000"
    with HomeLock(home):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartRefused, match="GANH_HOME"):
        prepare_home(tmp_path / "file" / "home")


def test_a_busy_port_is_told_from_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortBusy) as refused:
            require_free_port("127.0.0.1", port)
        assert refused.value.exit_code == 4
    require_free_port("127.0.0.1", port)


def test_free_ports_differ_and_lie_outside_the_outgoing_range() -> None:
    taken: set[int] = set()
    ports = [free_port(taken) for _ in range(20)]
    assert len(set(ports)) == 20 == len(taken)
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert low <= 2048 or all(port < low for port in ports)


async def _sleeper(home: Path, *, env_home: Path | None = None) -> asyncio.subprocess.Process:
    # `sh` starts a second process: what a child starts is a leftover too.
    return await spawn(
        ["/bin/sh", "-c", "/bin/sleep 300 & /bin/sleep 300; true"],
        env={"GANH_HOME": str(env_home or home)},
        death_signal=signal.SIGKILL,
        log=home / "log" / "x.log",
    )


async def test_leftovers_are_ended_with_all_they_started(tmp_path: Path) -> None:
    home = prepare_home(tmp_path)
    left = await _sleeper(home)
    Book(home).enter("worker", left.pid)
    both_there = await wait_until(lambda: len(_session(left.pid)) == 3, timeout_s=10)
    assert both_there
    assert set(await Book(home).end_leftovers()) == {"worker"}
    assert await asyncio.wait_for(left.wait(), 10) != 0
    assert not _session(left.pid)
    assert await Book(home).end_leftovers() == []


@pytest.mark.parametrize("what", ["another folder", "another start", "another boot"])
async def test_a_number_given_to_somebody_else_is_left_alone(tmp_path: Path, what: str) -> None:
    home = prepare_home(tmp_path)
    other = await _sleeper(home, env_home=Path("/x") if what == "another folder" else None)
    Book(home).enter("worker", other.pid)
    path = home / "run" / "children.json"
    rows = json.loads(path.read_text())
    if what == "another start":
        rows["worker"]["ticks"] -= 1
    if what == "another boot":
        rows["worker"]["boot"] = "x"
    path.write_text(json.dumps(rows))
    try:
        ended = await Book(home).end_leftovers()
        assert started_ticks(other.pid) is not None
        assert ended == []
    finally:
        os.killpg(other.pid, signal.SIGKILL)
        await other.wait()


def _session(leader: int) -> list[int]:
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in numbers if session_of(pid) == leader and started_ticks(pid)]


async def test_a_child_that_does_not_listen_is_killed_with_its_own_children(tmp_path: Path) -> None:
    home = prepare_home(tmp_path)
    argv = ["/bin/sh", "-c", "trap '' TERM INT; /bin/sleep 300 & while :; do wait; done"]
    env = {"GANH_HOME": str(home)}
    child = Child(ChildSpec("stubborn", argv, stop_timeout_s=0.2), env, home, Book(home))
    keeper = Keeper(child, Book(home))
    await keeper.start()
    pid = json.loads((home / "run" / "children.json").read_text())["stubborn"]["pid"]
    assert await wait_until(lambda: len(_session(pid)) == 2, timeout_s=10)
    await asyncio.wait_for(keeper.stop(), 10)
    assert await wait_until(lambda: not _session(pid), timeout_s=10)


async def test_an_early_child_waits_for_its_release(tmp_path: Path) -> None:
    home = prepare_home(tmp_path)
    code = (
        "from integrations.runtime.embedded import wait_for_release\n"
        "import sys; print('loaded', flush=True); wait_for_release(); print('released')"
    )
    spec = ChildSpec("api", [sys.executable, "-c", code], early=True)
    env = {"GANH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    child = Child(spec, env, home, Book(home))
    process = await child.launch()
    log = home / "log" / "api.log"
    assert await wait_until(lambda: log.exists() and "loaded" in log.read_text(), timeout_s=30)
    assert "released" not in log.read_text()
    child.released.set()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert await wait_until(lambda: "released" in log.read_text(), timeout_s=10)


def test_without_a_supervisor_nobody_waits() -> None:
    wait_for_release()


def test_the_screen_shows_what_people_need(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "api.log"
    voice = Voice("api", log)
    voice.hear(b'INFO:     "GET / HTTP/1.1" 200\n{"level": "info", "event": "x"}\n')
    voice.hear("Mã đăng nhập: 123".encode()[:9])
    voice.hear("Mã đăng nhập: 123".encode()[9:] + b"\n{'level': 'error'}\nlast")
    assert (
        capsys.readouterr().out == "     api | Mã đăng nhập: 123\n     api | {'level': 'error'}\n"
    )
    voice.finish()
    assert capsys.readouterr().out == "     api | last\n"
    assert log.read_text().splitlines()[1] == '{"level": "info", "event": "x"}'
    assert len(log.read_text().splitlines()) == 5


def test_a_long_log_begins_anew_and_three_old_ones_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("ab") as held_open:
        for number in range(5):
            held_open.write(bytes([65 + number]) * 5_000_001)
            held_open.flush()
            turn_over(log)
            assert log.stat().st_size == 0
    kept = [tmp_path / f"api.log.{number}" for number in (1, 2, 3)]
    assert [file.read_bytes()[:1] for file in kept] == [b"E", b"D", b"C"]
    assert sorted(tmp_path.iterdir()) == sorted([log, *kept])


def test_every_sentence_has_its_vietnamese_and_none_is_left_over() -> None:
    said = set()
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                said.add(ast.literal_eval(node.args[0]))
    with CATALOGUE.open("rb") as file_of_words:
        words = {m.id: m.string for m in read_po(file_of_words) if m.id}
    assert said == set(words)
    assert all(words.values())
    # Our own reader sees what the library sees.
    assert words.items() <= console_module._vietnamese().items()


def test_both_languages_are_said() -> None:
    refusal = PortBusy(8000)
    vi, en = both(refusal.message, **refusal.params)
    assert vi == "Cổng 8000 đang có chương trình khác dùng. Mời chọn cổng khác: PORT=8001 make run"
    assert en == str(refusal)


def test_the_doctor_finds_nothing_missing_here_and_speaks_both_languages(tmp_path: Path) -> None:
    findings = check(home=tmp_path / "var", port=free_port(set()))
    assert [finding.en for finding in findings if finding.level == "missing"] == []
    assert len(findings) >= 8
    assert all(finding.vi and finding.en for finding in findings)
    assert table(findings).row_count == len(findings)
    assert not (tmp_path / "var").exists()


def test_the_doctor_names_what_stands_in_the_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, folder(0o700) as closed:
        port = other.getsockname()[1]
        findings = check(home=closed / "file" / "var", port=port)
        missing = [finding.en for finding in findings if finding.level == "missing"]
        assert missing == [
            f"Port {port} is in use by another program. Try another: PORT={port + 1} make run"
        ]
