"""A campaign: every point of every flow, alone and twice, judged by what the database says."""

import random
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.contracts.viewer import SYSTEM
from integrations.messages.console import ConsoleMessages
from integrations.runtime.database import rows, work
from market.photos.service import remove_orphans
from tests.faults.killpoints.flows.flow import Flow
from tests.faults.killpoints.forks import Ended, Story, Work, tell
from tests.faults.killpoints.world import Hands, World, alone, plain, quietly
from tests.kit.invariants import assert_invariants

Died = Generator[Work, Ended, bool]
Passed = Generator[Work, Ended, list[str]]


@dataclass
class Case:
    """One subject: where it was crashed, and how its last run ended."""

    id: str
    subject: Any
    crashed_at: list[str] = field(default_factory=list)
    trouble: str = ""


@dataclass
class Verdict:
    """What one flow's crash runs came to."""

    flow: str
    points: dict[str, int]  # name: how often it is passed in a run without a crash
    seeds: int
    cases: int = 0
    crashes: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class _Plan:
    """A flow with its points as they were recorded, and subjects for every case."""

    flow: Flow
    verdict: Verdict
    cases: list[Case]
    passed: list[str]  # every passage of a run without a crash, in order
    crashed: list[str]


@dataclass(frozen=True, slots=True)
class Intensity:
    """How much a campaign crashes.

    `seeds`: each dies twice at every point; the names of flows that get `more_seeds` of it.
    `alone`: every point is died at once too, and the next run comes to the end. `thorough`: a point
    that a flow passes several times is crashed at each of them; otherwise the seed chooses one.
    """

    seeds: Sequence[int]
    more_seeds: Mapping[str, Sequence[int]] = field(default_factory=dict)
    alone: bool = True
    thorough: bool = False

    def of(self, flow: Flow) -> tuple[int, ...]:
        """The seeds of one flow."""
        return (*self.seeds, *self.more_seeds.get(flow.name, ()))


def campaign(
    world: World, flows: Sequence[Flow], *, jobs: int, intensity: Intensity
) -> list[Verdict]:
    """Record, crash and judge all flows."""
    plans: list[_Plan] = tell(
        (_prepared(world, flow, number, intensity) for number, flow in enumerate(flows)),
        jobs=jobs,
    )
    stories = [story for plan in plans for story in _stories(world, plan, intensity)]
    # Long ones and short ones beside each other; the ones that are one long story first.
    random.Random(0).shuffle(stories)
    stories.sort(key=lambda story: not story[0])
    tell((story for _, story in stories), jobs=jobs)
    tell((_judged(world, plan) for plan in plans), jobs=jobs)
    tell([_all_hold(world, plans[0].verdict)], jobs=1)
    return [plan.verdict for plan in plans]


def _run(world: World, flow: Flow, case: Case, die_at: str | int | None = None) -> Work:
    async def act(hands: Hands) -> Any:
        return await flow.act(hands, case.subject)

    return lambda note: alone(world, case.id, act, die_at=die_at, note=note)


def _prepared(world: World, flow: Flow, number: int, intensity: Intensity) -> Story:
    """Two runs without a crash must pass the same points; then one subject for every case."""

    def some(count: int, start: int) -> Work:
        async def make(hands: Hands) -> list[Case]:
            made = []
            for n in range(start, start + count):
                hands.comes_from = f"kp{number:02d}-{n:04d}"
                made.append(Case(hands.comes_from, await flow.prepare(hands)))
            return made

        return lambda note: quietly(world, make, case=f"kp{number:02d}-before")

    first: list[Case] = (yield some(2, 0)).given()
    passed = []
    for case in first:
        _, names = (yield _run(world, flow, case)).given()
        passed.append(names)
    if passed[0] != passed[1]:
        differ = sorted(set(passed[0]) ^ set(passed[1]))
        raise RuntimeError(f"{flow.name} does not pass the same points twice: {differ}")
    points = Counter(name.partition(" #")[0] for name in passed[0])
    crashed = passed[0] if intensity.thorough else list(points)
    seeds = len(intensity.of(flow))
    more: list[Case] = (yield some(len(crashed) * (intensity.alone + seeds), 2)).given()
    return _Plan(flow, Verdict(flow.name, dict(points), seeds), [*first, *more], passed[0], crashed)


def _stories(world: World, plan: _Plan, intensity: Intensity) -> Iterator[tuple[bool, Story]]:
    """One story a point, or one for all where cases would work each other's rows."""
    fresh, seeds = iter(plan.cases[2:]), intensity.of(plan.flow)
    single = [
        _point(
            world,
            plan,
            point,
            once=next(fresh) if intensity.alone else None,
            twice={seed: next(fresh) for seed in seeds},
        )
        for point in plan.crashed
    ]
    if plan.flow.serial:
        yield True, _one_after_the_other(single)
    else:
        yield from ((False, story) for story in single)


def _one_after_the_other(stories: Iterable[Story]) -> Story:
    for story in stories:
        yield from story


def _point(
    world: World, plan: _Plan, point: str, *, once: Case | None, twice: Mapping[int, Case]
) -> Story:
    """Crash at one point; the next run ends it. Then, for each seed, the next run crashes too."""
    left = 0
    if once is not None:
        yield from _die(world, plan, once, _one_of(plan, point, 0))
        left = len((yield from _finish(world, plan, once)))
    for seed, case in twice.items():
        at = _one_of(plan, point, seed)
        if not (yield from _die(world, plan, case, at)):
            continue
        dice = random.Random(f"{plan.flow.name}|{point}|{seed}")
        again = dice.randint(1, max(1, left or len(plan.passed) - plan.passed.index(at)))
        if (yield from _die(world, plan, case, again)):
            yield from _finish(world, plan, case)
        else:
            plan.verdict.cases += 1  # it came to the end before that


def _one_of(plan: _Plan, point: str, seed: int) -> str:
    """Which time that a point is passed."""
    times = plan.verdict.points.get(point, 1)
    nth = random.Random(f"{point}|{seed}").randint(1, times)
    return point if nth == 1 else f"{point} #{nth}"


def _die(world: World, plan: _Plan, case: Case, at: str | int) -> Died:
    ended = yield _run(world, plan.flow, case, at)
    case.crashed_at.append(str(ended.result if ended.killed else at))
    if ended.killed:
        plan.verdict.crashes += 1
    elif isinstance(at, str):
        case.trouble = f"did not come to the point: {ended.result}"
    elif ended.status:
        case.trouble = str(ended.result)
    return ended.killed


def _finish(world: World, plan: _Plan, case: Case) -> Passed:
    plan.verdict.cases += 1
    ended = yield _run(world, plan.flow, case)
    if ended.status:
        case.trouble = f"the last run ended with {ended.status}: {ended.result}"
        return []
    passed: list[str] = ended.result[1]
    return passed


_WAITS = "SELECT request_id, name, state, last_error FROM outbox WHERE state <> 'done'"


def _judged(world: World, plan: _Plan) -> Story:
    flow, verdict = plan.flow, plan.verdict

    async def look(hands: Hands) -> tuple[list[dict[str, Any]], dict[str, str]]:
        found = []
        for case in plan.cases:
            effects = dict(await flow.effects(hands, case.subject))
            sent = ConsoleMessages(world.scratch / case.id).latest(limit=100)
            found.append(effects | {"messages": tuple(sorted(one["kind"] for one in sent))})
        async with work(SYSTEM):
            waits = {row["request_id"]: plain(row) for row in await rows(_WAITS)}
        return found, waits

    found, waits = (yield lambda note: quietly(world, look)).given()
    wanted = {**flow.expected, "messages": tuple(sorted(flow.messages))}
    for case, effects in zip(plan.cases, found, strict=True):
        wrong = compare(wanted, effects)
        verdict.lost += wrong["lost"]
        verdict.doubled += wrong["doubled"]
        stuck = bool(case.trouble) or case.id in waits
        verdict.stuck += stuck
        if stuck or wrong.total():
            verdict.faults.append(
                f"{flow.name} crashed at {case.crashed_at}: {plain(effects)} wanted"
                f" {plain(wanted)} {waits.get(case.id, '')} {case.trouble}"
            )


def compare(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Counter[str]:
    """How many effects are lost (missing, too few, another state) and doubled (too many)."""
    count: Counter[str] = Counter()
    for name in wanted.keys() | found.keys():
        want, have = wanted.get(name, 0), found.get(name, 0)
        if isinstance(want, tuple) and isinstance(have, tuple):
            want, have = Counter(want), Counter(have)
            count["lost"] += (want - have).total()
            count["doubled"] += (have - want).total()
        elif isinstance(want, int) and isinstance(have, int):
            count["lost"] += have < want
            count["doubled"] += have > want
        else:
            count["lost"] += want != have
    return count


def _all_hold(world: World, verdict: Verdict) -> Story:
    """The house's invariants over everything, and no file that no row knows."""

    async def look(hands: Hands) -> None:
        await assert_invariants(hands.stack, grace_s=3600)
        await remove_orphans(hands.ports.storage, older_than_s=-60)

    ended: Ended = yield lambda note: quietly(world, look)
    if ended.status:
        verdict.stuck += 1
        verdict.faults.append(str(ended.result))


def table(verdicts: Sequence[Verdict]) -> str:
    """The figures as people read them."""
    head = ("flow", "points", "seeds", "cases", "crash runs", "lost", "doubled", "stuck")
    figures = [
        (len(v.points), v.seeds, v.cases, v.crashes, v.lost, v.doubled, v.stuck) for v in verdicts
    ]
    names = [*(v.flow for v in verdicts), "all"]
    total = [sum(column) for column in zip(*figures, strict=True)]
    total[1] = max(v.seeds for v in verdicts)
    lines = [head] + [
        (name, *map(str, line)) for name, line in zip(names, [*figures, total], strict=True)
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    )
