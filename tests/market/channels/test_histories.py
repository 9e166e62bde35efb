"""Random histories with every switch of the stand-in on: in the end both sides are equal."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import get_args

import pytest

from integrations.channels.shopee.standin.switches import Kind
from integrations.runtime.outbox import Routes
from market.worker import ROUTES
from tests.kit.channels import elsewhere_of, end
from tests.kit.equal import calm, differences
from tests.kit.histories import FAULTS, a_batch, play
from tests.kit.invariants import assert_invariants
from tests.kit.stack import Stack

Note = Callable[[str, object], None]
STEPS, TOGETHER = 12, 25
HISTORIES = 500
# What tells people is tried elsewhere; here it would only take time.
SILENT = Routes(
    {
        fact: tasks
        for fact, tasks in ROUTES.facts.items()
        if any(task.name.startswith("channels.") for task in tasks)
    }
)


async def _histories(stack: Stack, batches: Iterable[int]) -> str:
    """Play them; what was played, for the table at the end of the run."""
    seen: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    began, computed, done = time.monotonic(), time.process_time(), 0
    for number in batches:
        seed = f"b{number}"
        async with elsewhere_of(stack, None, routes=SILENT) as there:
            batch = await a_batch(there, seed, TOGETHER)
            await play(batch, steps=STEPS, chance=random.Random(seed))
            await calm(there, batch)
            faults = await differences(there, batch)
            fired.update(there.market.inside.state.switches.fired)
            # The marketplace ends with its batch: nothing may be asked of it any more.
            for connection_id in {history.connection_id for history in batch}:
                await end(connection_id)
        assert not faults, f"batch {seed}:\n" + "\n".join(faults)
        done += len(batch)
        for history in batch:
            seen.update(history.seen)
    await assert_invariants(stack)
    took_s, computed_s = time.monotonic() - began, time.process_time() - computed
    said = (
        f"{done} histories of {STEPS} steps in {took_s:.0f} s ({computed_s:.1f} s computing):"
        f" both sides equal; {dict(seen)}\n"
        f"switches that fired: {dict(fired)}"
    )
    if done >= 2_000:  # the rarest one fires once in some hundred histories
        assert set(fired) == {rule["kind"] for rule in FAULTS} == set(get_args(Kind))
    return said


async def test_histories_end_equal_on_both_sides(stack: Stack, record_property: Note) -> None:
    record_property("table", await _histories(stack, range(HISTORIES // TOGETHER)))


@pytest.mark.nightly
@pytest.mark.parametrize("first", [1_000, 1_100])
async def test_five_thousand_histories_end_equal(
    stack: Stack, first: int, record_property: Note
) -> None:
    """Halves of 2,500, so that two processes can play them."""
    said = await _histories(stack, range(first, first + 100))
    record_property("table", f"seeds b{first} to b{first + 99}: {said}")
