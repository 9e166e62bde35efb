"""The whole way is walked, backed up while it is walked again, and walked in what came back."""

import asyncio
from pathlib import Path

import httpx
import pytest

from integrations.runtime.embedded.process import free_port
from tests.embedded.machine import folder as a_folder
from tests.kit.crash import until
from tests.kit.pictures import pattern, phone_jpeg
from tests.operate.commands import bare_environment, ganh
from tests.operate.running import up


def _home(folder: Path) -> dict[str, str]:
    port = free_port(set())
    return bare_environment(folder, PORT=str(port), BASE_URL=f"http://127.0.0.1:{port}")


async def _quiet(base_url: str) -> None:
    """Wait until nothing waits to be worked: the pictures of the demo are drawn."""
    async with httpx.AsyncClient(base_url=base_url) as client:

        async def nothing_waits() -> bool:
            return 'ganh_outbox_rows{state="pending"} 0.0' in (await client.get("/metrics")).text

        await until(nothing_waits, within_s=300, what="the end of all work")


async def _walk(env: dict[str, str], photo: Path) -> None:
    code, said = await ganh(
        "journey", "--base", env["BASE_URL"], "--photo", str(photo), env=env, within_s=240
    )
    assert code == 0, said


@pytest.mark.nightly
async def test_the_journey_passes_in_what_came_back(tmp_path: Path) -> None:
    photo, keys = tmp_path / "photo.jpg", tmp_path / "keys.env"
    photo.write_bytes(phone_jpeg(pattern(1600, 1200)))
    with a_folder(0o711) as parent:
        env = _home(parent / "first")
        async with up(env) as running:
            await _quiet(running.base_url)
            await _walk(env, photo)
            walking = asyncio.ensure_future(_walk(env, photo))
            code, said = await ganh("backup", "--to", str(tmp_path / "copies"), env=env)
            assert code == 0, said
            await walking
        code, said = await ganh("backup", "--keys", str(keys), env=env)
        assert code == 0, said
        again = _home(parent / "second")
        [copy] = (tmp_path / "copies").glob("ganh-*")
        code, said = await ganh("restore", str(copy), "--keys", str(keys), env=again)
        assert code == 0 and "≠" not in said, said
        async with up(again):
            await _walk(again, photo)
