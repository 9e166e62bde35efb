"""`ganh …` as a process of its own, as a person or a timer starts it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def bare_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment that knows the data folder and nothing else of ours."""
    return {"PATH": os.environ["PATH"], "GANH_HOME": str(home), "LANG": "C.UTF-8", **more}


async def ganh(*words: str, env: Mapping[str, str], within_s: float = 120) -> tuple[int, str]:
    """Run a command to its end: exit code, and all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "market.cli", *words,
        cwd=ROOT, env=dict(env), stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), within_s)
    return process.returncode or 0, said.decode()
