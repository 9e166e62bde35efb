"""A disk that fills up: looking goes on, writing stops in time, and it comes back by itself."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import outbox
from integrations.runtime.database import rows, value, work
from integrations.runtime.disk import DiskGuard
from integrations.runtime.disk.alert import watch
from integrations.runtime.embedded.ballast import Ballast
from integrations.runtime.embedded.process import free_port
from integrations.runtime.outbox import Routes, Task
from market.worker import ROUTES
from tests.embedded.machine import folder as a_folder
from tests.kit.bank import becomes, knock
from tests.kit.buyers import a_buyer
from tests.kit.listings import a_live_listing
from tests.kit.paid import PAID_ONCE, UNPAID, effects, orders_that_wait
from tests.kit.people import a_phone, a_seller
from tests.kit.stack import Stack
from tests.operate.commands import bare_environment
from tests.operate.running import up

MIB = 1024 * 1024


@dataclass
class Disk:
    """Free space as the test says it."""

    free_mb: int = 1000

    def guard(self) -> DiskGuard:
        """A guard with a bound of 100 MB that looks every time."""
        return DiskGuard(
            min_free_bytes=100 * MIB, free_bytes=lambda: self.free_mb * MIB, look_every_s=0
        )


@pytest.fixture
async def disk(stack: Stack) -> AsyncIterator[Disk]:
    """The application watches this disk."""
    before, made = stack.app.state.disk, Disk()
    stack.app.state.disk = made.guard()
    yield made
    stack.app.state.disk = before


def test_it_does_not_swing() -> None:
    disk = Disk()
    guard = disk.guard()
    seen = []
    for disk.free_mb in (101, 100, 99, 101, 124, 125, 101, 99):
        seen.append(guard.read_only)
    assert seen == [False, False, True, True, True, False, False, True]


def test_zero_turns_it_off() -> None:
    assert not DiskGuard(min_free_bytes=0, free_bytes=lambda: 0).read_only


async def test_one_can_look_and_not_write(stack: Stack, disk: Disk) -> None:
    goods = await a_live_listing(await a_seller())
    [waiting] = await orders_that_wait(1)
    disk.free_mb = 60
    async with a_buyer(stack) as buyer:
        assert goods.name in await buyer.look(f"/p/{goods.code}-{goods.slug}")
        answer = await buyer.put_in_cart(goods)
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "300"
        assert "Ổ đĩa của máy chủ sắp đầy" in buyer.text and "Không có gì bị mất" in buyer.text
    async with stack.client() as client:
        refused = await client.post("/api/v1/sign-in-codes", json={"phone": a_phone()})
        assert refused.status_code == 503 and refused.json()["code"] == "disk.full"
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["disk"] == "read-only, 60 MB free"
        counted = (await client.get("/metrics")).text
        assert "ganh_disk_read_only 1.0" in counted
    # A bank sends again what was not taken.
    assert (await knock(stack, waiting.line)).status_code == 503
    assert await effects(waiting.placed) == UNPAID
    disk.free_mb = 200
    assert (await knock(stack, waiting.line)).status_code == 200
    await stack.drain()
    assert await effects(waiting.placed) == PAID_ONCE
    async with a_buyer(stack) as buyer:
        assert (await buyer.put_in_cart(goods)).status_code == 200


async def test_pictures_wait_and_lose_no_try(stack: Stack) -> None:
    assert [
        task.name for tasks in ROUTES.facts.values() for task in tasks if task.writes_objects
    ] == ["demo.draw", "photos.render", "photos.complete", "photos.complete", "sheets.import_lines"]
    done: list[object] = []

    async def draw(ctx: object, **_: object) -> None:
        done.append(ctx)

    disk, subject = Disk(free_mb=10), new_id()
    routes = Routes({"test.drawn": (Task("test.draw", draw, writes_objects=True),)})
    ctx = {**stack.ctx, "disk": disk.guard()}
    async with work(SYSTEM):
        fact = await outbox.emit("test.drawn", subject)
    assert await outbox.run_row(ctx, fact, routes=routes)
    async with work(SYSTEM):
        [task] = await rows("SELECT id FROM outbox WHERE parent_id = $1", [fact])
    assert not await outbox.run_row(ctx, task["id"], routes=routes)
    async with work(SYSTEM):
        [row] = await rows("SELECT state, attempts FROM outbox WHERE id = $1", [task["id"]])
        await rows("UPDATE outbox SET due_at = now() WHERE id = $1 RETURNING 1", [task["id"]])
    assert (row["state"], row["attempts"], done) == ("pending", 0, [])
    disk.free_mb = 1000
    assert await outbox.run_row(ctx, task["id"], routes=routes)
    assert len(done) == 1


async def test_the_operator_has_one_thing_to_do_while_it_lasts(stack: Stack) -> None:
    disk = Disk(free_mb=10)
    ctx = {**stack.ctx, "disk": disk.guard()}

    async def open_ones() -> int:
        async with work(SYSTEM):
            return int(
                await value(
                    "SELECT count(*) FROM follow_up WHERE kind = 'disk.low' AND closed_at IS NULL"
                )
            )

    await watch(ctx)
    await watch(ctx)
    assert await open_ones() == 1
    disk.free_mb = 1000
    await watch(ctx)
    assert await open_ones() == 0


@contextmanager
def small_disk(size_mb: int) -> Iterator[Path]:
    """A file system of its own in memory; where that is not allowed the test does not run."""
    with a_folder(0o711) as where:
        words = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0711", "tmpfs", str(where)]
        try:
            subprocess.run(words, check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError):
            pytest.skip("not run: no right to mount a small disk here")
        try:
            yield where
        finally:
            subprocess.run(["umount", "-l", str(where)], check=True)


def fill(path: Path, *, leave_mb: int) -> None:
    """A file that takes all but `leave_mb` of its disk."""
    free = os.statvfs(path.parent)
    size = free.f_bavail * free.f_frsize - leave_mb * MIB
    with path.open("ab") as file:
        os.posix_fallocate(file.fileno(), file.tell(), size)


def test_the_ballast_is_laid_in_and_given_away() -> None:
    with small_disk(200) as home:
        ballast = Ballast(home, min_free_bytes=0, size_bytes=2 * MIB)
        ballast.look()
        assert (home / "ballast").stat().st_size == 2 * MIB
        fill(home / "filler", leave_mb=60)
        ballast.look()
        assert (home / "ballast").exists()
        fill(home / "filler", leave_mb=10)
        ballast.look()
        assert not (home / "ballast").exists()
        ballast.look()
        assert not (home / "ballast").exists()


async def _ordered(client: httpx.AsyncClient, variant_id: str) -> int:
    body = {
        "lines": [{"variant_id": variant_id, "quantity": 1}],
        "buyer": {
            "name": "Lê Thị Hoa", "phone": a_phone(),
            "commune_code": "18406", "street": "12 Hàng Bài",
        },
    }  # fmt: skip
    answer = await client.post(
        "/api/v1/orders", headers={"Idempotency-Key": str(new_id())}, json=body
    )
    return answer.status_code


@pytest.mark.nightly
async def test_a_real_disk_is_full_and_well_again() -> None:
    """Half full, then full to the last byte: looking goes on, PostgreSQL lives, orders stay."""
    with small_disk(700) as disk:
        port = free_port(set())
        env = bare_environment(
            disk / "home", PORT=str(port), BASE_URL=f"http://127.0.0.1:{port}",
            DISK_MIN_FREE_MB="100",
        )  # fmt: skip
        async with up(env) as running, httpx.AsyncClient(base_url=running.base_url) as client:
            items = (await client.get("/api/v1/shop/listings")).json()["items"]
            variant_id = next(one["variant_id"] for one in items if one["available"])

            async def order() -> int:
                return await _ordered(client, variant_id)

            assert await order() == 201
            assert (disk / "home" / "ballast").exists()
            fill(disk / "filler", leave_mb=80)
            await becomes(order, 503)
            assert (await client.get("/")).status_code == 200
            fill(disk / "filler", leave_mb=3)

            async def ballast() -> bool:
                return (disk / "home" / "ballast").exists()

            async def told() -> bool:
                return "đã nhả 128 MB" in running.said

            await becomes(ballast, False)
            await becomes(told, True)
            fill(disk / "filler", leave_mb=20)
            (disk / "filler").unlink()
            await becomes(order, 201, within_s=60)
            await becomes(ballast, True)
            assert (await client.get("/readyz")).json()["disk"] == "ok"
