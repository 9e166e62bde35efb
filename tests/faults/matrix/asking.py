"""To ask the service for something while a part of it is ill, and to ask again afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import httpx

from integrations.runtime.i18n import translate
from tests.faults.matrix.cells import Cell, Outcome
from tests.kit.crash import until
from tests.kit.pages import words

# Every sentence that may stand in an answer "try again".
SENTENCES: Final = (
    "Our machine is resting for a moment. Nothing was lost. Please try again soon.",
    "The file store does not answer right now. Nothing was lost; please try again soon.",
    "The marketplace does not answer right now. Nothing was lost. Please try again soon.",
    "Many people are using this right now. Please press the button again.",
)
# Six people wait at once, each by several statements.
_EVERY_S: Final = 0.25


async def _nothing() -> None:
    """Nothing to look at."""


async def _always() -> bool:
    return True


@dataclass(frozen=True)
class Ask:
    """One request. `needs_ill`: it is the ill part itself that is asked for something."""

    what: str
    send: Callable[[], Awaitable[httpx.Response]]
    extra: bool = False
    # Somebody else's machine asks, which is cut off and comes again by itself.
    patient: bool = False

    async def refused(self) -> bool:
        """Ask once; True when it is to be asked again. Any other refusal is a fault."""
        try:
            answer = await self.send()
        except httpx.TransportError:
            if self.patient:
                return True
            raise
        if answer.status_code == 503:
            said = words(answer.text)
            assert any(translate("vi", one) in said for one in SENTENCES), f"{self.what}: {said}"
            assert answer.headers.get("Retry-After", "").isdigit(), f"{self.what}: when again?"
            return True
        assert answer.status_code in (200, 201, 202), (
            f"{self.what}: {answer.status_code} {words(answer.text)[:600]}"
        )
        return False


@dataclass
class Action:
    """What a person wants: the requests, what must come of them, and that it came once."""

    asks: tuple[Ask, ...]
    comes: Callable[[], Awaitable[bool]] = _always
    # What comes of it while a part is ill without which some of it has to wait.
    comes_first: Callable[[], Awaitable[bool]] = _always
    once: Callable[[], Awaitable[None]] = _nothing

    async def tried(self, cell: Cell) -> Outcome:
        """Do it while the part is ill. Raises `TimeoutError` beyond the cell's bound."""
        async with asyncio.timeout(cell.within_s):
            refused = await asyncio.gather(*(ask.refused() for ask in self.asks))
        self._again = [ask for ask, again in zip(self.asks, refused, strict=True) if again]
        mains = {again for ask, again in zip(self.asks, refused, strict=True) if not ask.extra}
        if mains == {True}:
            return Outcome.AGAIN
        assert mains == {False}, f"some of it: {[ask.what for ask in self._again]} asked again"
        if self._again:
            await self._has_come(self.comes_first, cell.within_s)
            return Outcome.WITHOUT
        waits = cell.outcome is Outcome.LATER
        await self._has_come(self.comes_first if waits else self.comes, cell.within_s)
        return cell.outcome if cell.outcome is not Outcome.AGAIN else Outcome.WORKS

    async def goes_on(self, within_s: float) -> None:
        """The part is well: what was refused is asked again, and all that was asked has come."""
        for ask in self._again:

            async def done(ask: Ask = ask) -> bool:
                return not await ask.refused()

            await until(done, within_s=within_s, every_s=_EVERY_S, what=f"{ask.what}, asked again,")
        await self._has_come(self.comes, within_s)
        await self.once()

    async def _has_come(self, it: Callable[[], Awaitable[bool]], within_s: float) -> None:
        what = " / ".join(ask.what for ask in self.asks)
        await until(it, within_s=within_s, every_s=_EVERY_S, what=f"what follows from {what}")
