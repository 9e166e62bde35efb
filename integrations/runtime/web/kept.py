"""Public pages kept in this process for a few seconds, so that a crowd costs one statement."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.responses import Response

FOR_S: Final = 3
MOST: Final = 400


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was answered, apart from the response: middleware writes into a response's headers."""

    fresh_until: float
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]

    @property
    def tag(self) -> str | None:
        """Its ETag."""
        return dict(self.headers).get("etag")


class KeptPages:
    """The latest answers by key (path, query, language); nothing personal may be in them."""

    def __init__(self, *, for_s: float = FOR_S, most: int = MOST) -> None:
        self._for_s = for_s
        self._most = most
        self._answers: OrderedDict[str, _Answer] = OrderedDict()

    async def answer(
        self, request: Request, key: str, make: Callable[[], Awaitable[Response]]
    ) -> Response:
        """The kept answer while it is fresh, else a new one; 304 for who has the same already.

        Only pages (200) and "not modified" (304) are kept; refusals are made anew each time.
        """
        kept = self._answers.get(key)
        if kept is not None and time.monotonic() < kept.fresh_until:
            found = _again(request, kept)
            if found is not None:
                self._answers.move_to_end(key)
                return found
        made = await make()
        if made.status_code in (200, 304):
            self._keep(key, made)
        return made

    def clear(self) -> None:
        """Forget everything."""
        self._answers.clear()

    def _keep(self, key: str, made: Response) -> None:
        self._answers[key] = _Answer(
            time.monotonic() + self._for_s,
            made.status_code,
            bytes(made.body),
            tuple(made.headers.items()),
        )
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)


def _again(request: Request, kept: _Answer) -> Response | None:
    """The same answer once more; None when only its tag is known and the reader needs the page."""
    if kept.tag and request.headers.get("if-none-match") == kept.tag:
        headers = {name: value for name, value in kept.headers if name != "content-length"}
        return Response(status_code=304, headers=headers)
    return Response(kept.body, 200, dict(kept.headers)) if kept.status == 200 else None


async def _kept(request: Request) -> KeptPages:
    state = request.app.state
    if not hasattr(state, "kept_pages"):
        state.kept_pages = KeptPages()
    kept: KeptPages = state.kept_pages
    return kept


Kept = Annotated[KeptPages, Depends(_kept)]
