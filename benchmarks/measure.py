"""Pairs of measurements in turn, their medians, and what a process has used."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PAIRS = 5
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: ours and the floor in `unit`, and the bar that is wanted, if any."""

    what: str
    unit: str
    ours: float
    floor: float | None
    ratio: tuple[float, float, float] | None
    pairs: int
    floor_is: str


async def in_turn(
    ours: Callable[[], Awaitable[float]], floor: Callable[[], Awaitable[float]], pairs: int = PAIRS
) -> tuple[list[float], list[float]]:
    """One uncounted run of each, then A B A B …: the machine's drift meets both alike."""
    await ours()
    await floor()
    taken = [(await ours(), await floor()) for _ in range(pairs)]
    return [a for a, _ in taken], [b for _, b in taken]


def compared(
    what: str, unit: str, ours: Sequence[float], floor: Sequence[float], floor_is: str
) -> Row:
    """Medians, and the ratio ours / floor pair by pair: its median and both ends."""
    ratios = [a / b for a, b in zip(ours, floor, strict=True)]
    return Row(
        what,
        unit,
        median(ours),
        median(floor),
        (median(ratios), min(ratios), max(ratios)),
        len(ratios),
        floor_is,
    )


def cpu_s(pid: int) -> float:
    """Processor seconds that a living process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def pss_mb(pid: int) -> float:
    """Proportional memory of a process and everything below it, in megabytes."""
    kilobytes = 0
    for one in (pid, *_below(pid)):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


def _below(pid: int) -> list[int]:
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(p) for t in tasks for p in (t / "children").read_text().split()]
    except OSError:
        return found
    for child in children:
        found += [child, *_below(child)]
    return found
