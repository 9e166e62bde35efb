"""Random histories with every switch of the stand-in on: in the end both sides are equal."""

import random
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.kit.channels import Elsewhere
from tests.kit.histories import a_batch, calm, differences, play
from tests.kit.invariants import assert_invariants

STEPS, TOGETHER = 14, 10


async def _histories(there: Elsewhere, batches: Iterable[int]) -> None:
    seen: Counter[str] = Counter()
    began, done = time.monotonic(), 0
    for number in batches:
        seed = f"b{number}"
        connection_id, batch = await a_batch(there, seed, TOGETHER)
        await play(batch, steps=STEPS, chance=random.Random(seed))
        await calm(there, batch, connection_id)
        faults = await differences(there, batch, connection_id)
        assert not faults, f"batch {seed}:\n" + "\n".join(faults)
        done += len(batch)
        for history in batch:
            seen.update(history.seen)
    await assert_invariants(there.stack)
    took_s = time.monotonic() - began
    print(f"\n{done} histories of {STEPS} steps in {took_s:.0f} s: both sides equal; {dict(seen)}")


async def test_histories_end_equal_on_both_sides(there: Elsewhere) -> None:
    await _histories(there, range(1))


@pytest.mark.nightly
async def test_five_thousand_histories_end_equal(there: Elsewhere) -> None:
    await _histories(there, range(1_000, 1_200))
