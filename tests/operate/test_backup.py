"""A backup that is taken while people buy comes back whole, equal, and serves."""

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime import audit
from integrations.runtime.backup import compare, read_facts
from integrations.runtime.database import work
from integrations.runtime.embedded.process import free_port
from market.operate.backup import PLAN
from tests.embedded.machine import folder as a_folder
from tests.kit.bank import knock
from tests.kit.crash import until
from tests.kit.crowd import BEHIND_A_PROXY, Crowd
from tests.kit.listings import Goods, a_live_listing
from tests.kit.paid import orders_that_wait
from tests.kit.people import a_seller
from tests.kit.service import running_service
from tests.kit.shop import a_picture
from tests.kit.stack import Stack
from tests.operate.commands import bare_environment, ganh
from tests.operate.running import up

SERVICE = BEHIND_A_PROXY


@contextlib.asynccontextmanager
async def people_buying(crowd: Crowd, goods: Goods) -> AsyncIterator[None]:
    """Orders come in for as long as the block lasts."""
    enough = asyncio.Event()

    async def buy() -> None:
        while not enough.is_set():
            async with crowd.buyer() as client:
                await crowd.order(client, (goods, 1))

    buyers = [asyncio.ensure_future(buy()) for _ in range(4)]
    try:
        yield
    finally:
        enough.set()
        await asyncio.gather(*buyers)


async def backed_up(stack: Stack, into: Path, *words: str) -> Path:
    """The folder of a new backup of the stack's servers, which run."""
    env = bare_environment(Path(stack.env["GANH_HOME"]))
    code, said = await ganh("backup", "--to", str(into), *words, env=env)
    assert code == 0, said
    return max(into.glob("ganh-*"))


async def keys_of(stack: Stack, file: Path) -> Path:
    """The keys of the stack in a file of their own."""
    env = bare_environment(Path(stack.env["GANH_HOME"]))
    code, said = await ganh("backup", "--keys", str(file), env=env)
    assert code == 0, said
    assert file.stat().st_mode & 0o777 == 0o600
    return file


async def test_taken_under_load_it_comes_back_equal_and_serves(
    stack: Stack, tmp_path: Path
) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, available=100_000, name="Cam Khe Mây")
    key = await a_picture(seller, goods)
    async with work(SYSTEM):
        await audit.record(SYSTEM, "test.happened", "test:1", note="é · đ")
    paid = await orders_that_wait(3)
    for one in paid:
        assert (await knock(stack, one.line)).status_code == 200
    async with running_service(stack, "worker", "serve", **SERVICE) as service:
        crowd = Crowd([service.base_url])
        async with people_buying(crowd, goods):

            async def some() -> bool:
                return len(crowd.orders) >= 5

            await until(some, what="the first orders")
            folder = await backed_up(stack, tmp_path / "copies")
            before = len(crowd.orders)

            async def more() -> bool:
                return len(crowd.orders) >= before + 3

            await until(more, what="orders after the backup")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert key in manifest["objects"]
    assert manifest["facts"]["ledger: sum of all"] == "0"
    assert manifest["facts"]["audit: first broken"] == "none"
    keys = await keys_of(stack, tmp_path / "keys.env")
    with a_folder(0o711) as parent:
        home, port = parent / "home", free_port(set())
        env = bare_environment(home, PORT=str(port), BASE_URL=f"http://127.0.0.1:{port}")
        code, said = await ganh("restore", str(folder), "--keys", str(keys), env=env)
        assert code == 0, said
        assert "Mọi thứ khớp" in said and "≠" not in said
        async with up(env) as running:
            await serves(running.base_url, goods, key)


async def serves(base_url: str, goods: Goods, key: str) -> None:
    """The goods, their picture, and an order."""
    async with httpx.AsyncClient(base_url=base_url) as client:
        page = await client.get(f"/p/{goods.code}-{goods.slug}")
        assert page.status_code == 200 and goods.name in page.text
        picture = await client.get("/" + key)
        assert picture.status_code == 200
        assert picture.headers["content-type"] == "image/jpeg"
    crowd = Crowd([base_url])
    async with crowd.buyer() as client:
        assert await crowd.order(client, (goods, 1))


@pytest.fixture
async def copy(stack: Stack, tmp_path: Path) -> tuple[Path, Path]:
    """A backup and its keys."""
    seller = await a_seller()
    await a_picture(seller, await a_live_listing(seller))
    return await backed_up(stack, tmp_path / "copies"), await keys_of(stack, tmp_path / "keys.env")


async def test_what_is_not_whole_is_refused_before_anything_is_made(
    copy: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, keys = copy
    home = tmp_path / "home"

    async def refused(*words: str) -> str:
        code, said = await ganh("restore", *words, env=bare_environment(home))
        assert code == 1, said
        assert not home.exists()
        return said

    assert "Đây không phải khoá" in await refused(str(folder))
    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    victim = next(path for path in (damaged / "objects").rglob("*") if path.is_file())
    victim.write_bytes(victim.read_bytes()[:-1])
    assert "bị hỏng: 1 tệp" in await refused(str(damaged), "--keys", str(keys))
    (damaged / "manifest.json").write_text("{")
    assert "không phải bản sao lưu trọn vẹn" in await refused(str(damaged), "--keys", str(keys))


async def test_nothing_is_ever_overwritten(
    stack: Stack, copy: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, keys = copy
    words = ("restore", str(folder), "--keys", str(keys))
    code, said = await ganh(*words, env=bare_environment(Path(stack.env["GANH_HOME"])))
    assert code == 1 and "Đã có dữ liệu" in said
    # Production: the same servers, named by their addresses.
    env = {**stack.env, "PATH": os.environ["PATH"], "GANH_ENV": "production"}
    code, said = await ganh(*words, env=env)
    assert code == 1 and "không trống" in said
    code, said = await ganh("backup", "--keys", str(keys), env=env)
    assert code == 1 and "giữ nguyên" in said


async def test_production_is_reached_by_its_addresses(
    stack: Stack, copy: tuple[Path, Path], tmp_path: Path
) -> None:
    """Another database and bucket of the same servers stand for the new ones of production."""
    folder, _ = copy
    admin = await asyncpg.connect(stack.env["DATABASE_ADMIN_URL"])
    try:
        await admin.execute("CREATE DATABASE fresh OWNER ganh_owner")
        names = ("DATABASE_URL", "DATABASE_PUBLIC_URL", "DATABASE_OWNER_URL")
        env = {
            **stack.env,
            **{name: stack.env[name].rpartition("/")[0] + "/fresh" for name in names},
            "PATH": os.environ["PATH"],
            "GANH_ENV": "production",
            "S3_BUCKET": "fresh",
        }
        code, said = await ganh("restore", str(folder), env=env)
        assert code == 0 and "Mọi thứ khớp" in said, said
        code, said = await ganh("backup", "--to", str(tmp_path / "second"), env=env)
        assert code == 0, said
        second = json.loads(next(tmp_path.glob("second/ganh-*/manifest.json")).read_text())
        first = json.loads((folder / "manifest.json").read_text())
        assert second["facts"] == first["facts"] and second["objects"] == first["objects"]
    finally:
        await admin.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
        await admin.close()


async def test_a_changed_row_is_seen(stack: Stack, copy: tuple[Path, Path]) -> None:
    """The comparison itself can fail: one đồng less in one row, and one object gone."""
    link = await asyncpg.connect(stack.env["DATABASE_OWNER_URL"])
    transaction = link.transaction()
    await transaction.start()
    try:
        before = await read_facts(link, PLAN)
        await link.execute(
            "UPDATE variant SET price_vnd = price_vnd + 1 WHERE id ="
            " (SELECT id FROM variant WHERE price_vnd IS NOT NULL LIMIT 1)"
        )
        found = compare(before, await read_facts(link, PLAN))
        assert [one.name for one in found if not one.equal] == ["rows: variant"]
    finally:
        await transaction.rollback()
        await link.close()


async def test_the_newest_are_kept_and_what_is_unfinished_is_cleared(
    stack: Stack, tmp_path: Path
) -> None:
    left: Any = tmp_path / ".ganh-unfinished"
    left.mkdir()
    (left / "half").write_text("half")
    for name in ("ganh-20200101T000000Z", "ganh-20200102T000000Z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    (tmp_path / "ganh-20190101T000000Z").mkdir()  # without a list: not ours to judge
    await backed_up(stack, tmp_path, "--keep", "2")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[:2] == ["ganh-20190101T000000Z", "ganh-20200102T000000Z"]
    assert len(names) == 3
