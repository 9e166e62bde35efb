"""Broken photos by the thousand: none ends the decoder, none carries metadata out."""

import asyncio
import json
import sys

import pytest

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("files", "seed"), [(1_000, 4), pytest.param(10_000, 40, marks=pytest.mark.nightly)]
)
async def test_no_mutated_file_crashes_or_leaks(files: int, seed: int) -> None:
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kit.mutations", str(files), str(seed)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,  # a bound decoder cannot write to a file
    )
    said, warned = await run.communicate()
    assert run.returncode == 0, warned.decode()[-2000:]  # a crash would be the signal's number
    seen = json.loads(said)
    assert (seen["files"], seen["traces"]) == (files, 0)
    assert seen["refused in the rest"] == 0  # what is shown can be worked once more
    # Both ends are reached: what is broken is refused, what is only scratched is made.
    assert seen["photo.truncated"] > files // 10 and seen["made"] > files // 20
