"""Every named point is died at, once and twice: nothing is lost, doubled or stuck."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.faults.killpoints.campaign import Intensity
from tests.faults.killpoints.document import section, written
from tests.faults.killpoints.flows import FLOWS
from tests.kit.service import ROOT
from tests.kit.stack import Stack

Note = Callable[[str, object], None]
BAD = ("lost", "doubled", "stuck")
# These are quick: by day too they die with several seeds.
QUICK = ("tap", "cash")


async def _campaign(
    stack: Stack, folder: Path, intensity: Intensity, *, flows: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], str]:
    """The verdicts, and what was said: the process is a new one, without our loop and pools."""
    plan, report = folder / "plan.json", folder / "report.json"
    wanted = {"env": stack.env, "flows": list(flows), "jobs": 3, "intensity": asdict(intensity)}
    plan.write_text(json.dumps(wanted))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.killpoints", str(plan), str(report),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert report.exists(), said.decode()[-4000:]
    return json.loads(report.read_text()), said.decode()


def _clean(verdicts: Sequence[dict[str, Any]], said: str, *, least: int) -> None:
    assert [one["faults"] for one in verdicts if one["faults"]] == [], said[-6000:]
    assert sum(one[bad] for one in verdicts for bad in BAD) == 0, said
    assert sum(one["crashes"] for one in verdicts) >= least, said


async def test_every_point_twice(stack: Stack, tmp_path: Path, record_property: Note) -> None:
    intensity = Intensity([1], more_seeds={name: [2] for name in QUICK}, alone=False)
    verdicts, said = await _campaign(stack, tmp_path, intensity)
    record_property("table", said)
    _clean(verdicts, said, least=600)
    assert written() == section({one["flow"]: one["points"] for one in verdicts}), (
        f"python -m tests.faults.killpoints.document {tmp_path / 'report.json'}"
    )


@pytest.mark.nightly
async def test_every_passage_with_many_seeds(
    stack: Stack, tmp_path: Path, record_property: Note
) -> None:
    verdicts, said = await _campaign(stack, tmp_path, Intensity([101, 102], thorough=True))
    record_property("table", said)
    _clean(verdicts, said, least=3000)


async def test_what_is_unsafe_is_seen(stack: Stack, tmp_path: Path) -> None:
    """An effect before its commit, a commit before its effect, a claim that never ends."""
    names = ("doubles", "loses", "sticks")
    verdicts, said = await _campaign(stack, tmp_path, Intensity([1]), flows=names)
    seen = [tuple(bad for bad in BAD if one[bad]) for one in verdicts]
    assert seen == [("doubled",), ("lost",), ("lost", "stuck")], said


def test_the_document_names_the_points() -> None:
    lines = written().splitlines()
    assert int(lines[0].split()[0]) >= 30
    assert [line.split(" | ")[0] for line in lines[4:]] == [f"| {flow.name}" for flow in FLOWS]
