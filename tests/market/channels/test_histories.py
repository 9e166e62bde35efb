"""Random histories with every switch of the stand-in on: in the end both sides are equal."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from integrations.runtime.outbox import Routes
from market.worker import ROUTES
from tests.kit.channels import elsewhere_of, end
from tests.kit.histories import a_batch, calm, differences, play
from tests.kit.invariants import assert_invariants
from tests.kit.stack import Stack

STEPS, TOGETHER = 12, 25
# HISTORIES=500 plays more of them than there is time for in every run.
HISTORIES = int(os.environ.get("HISTORIES", "25"))
# What tells people is tried elsewhere; here it would only take time.
SILENT = Routes(
    {
        fact: tasks
        for fact, tasks in ROUTES.facts.items()
        if any(task.name.startswith("channels.") for task in tasks)
    }
)


async def _histories(stack: Stack, folder: Path, batches: Iterable[int]) -> None:
    seen: Counter[str] = Counter()
    began, done = time.monotonic(), 0
    for number in batches:
        seed = f"b{number}"
        async with elsewhere_of(stack, folder / seed, routes=SILENT) as there:
            connection_id, batch = await a_batch(there, seed, TOGETHER)
            await play(batch, steps=STEPS, chance=random.Random(seed))
            await calm(there, batch, connection_id)
            faults = await differences(there, batch, connection_id)
            # The marketplace ends with its batch: nothing may be asked of it any more.
            await end(connection_id)
        assert not faults, f"batch {seed}:\n" + "\n".join(faults)
        done += len(batch)
        for history in batch:
            seen.update(history.seen)
    await assert_invariants(stack)
    took_s = time.monotonic() - began
    sys.stdout.write(
        f"\n{done} histories of {STEPS} steps in {took_s:.0f} s: both sides equal; {dict(seen)}\n"
    )


async def test_histories_end_equal_on_both_sides(stack: Stack, tmp_path: Path) -> None:
    await _histories(stack, tmp_path, range(HISTORIES // TOGETHER))


@pytest.mark.nightly
async def test_five_thousand_histories_end_equal(stack: Stack, tmp_path: Path) -> None:
    await _histories(stack, tmp_path, range(1_000, 1_200))
