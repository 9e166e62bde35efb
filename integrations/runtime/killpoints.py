"""Where a test lets this process die: around every commit and every call to the outside."""

from collections.abc import Awaitable, Callable
from typing import Final

# Moment ("before", "during", "after") and what it is about ("commit", "decoder").
Reached = Callable[[str, str], Awaitable[None]]


class _Points:
    """What looks on. Nothing does, but for the crash runs of the tests."""

    def __init__(self) -> None:
        self.reached: Reached | None = None


points: Final = _Points()


async def reach(moment: str, what: str) -> None:
    """Say that a point is reached; without an onlooker this is one comparison."""
    if points.reached is not None:
        await points.reached(moment, what)
