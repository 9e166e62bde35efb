"""Pages that are kept for a moment: fresh, bounded, never refusals."""

from starlette.requests import Request
from starlette.responses import Response

from integrations.runtime.web.kept import KeptPages


def asking(tag: str = "") -> Request:
    headers = [(b"if-none-match", tag.encode())] if tag else []
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


class Maker:
    """Counts how often a page is made."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.made = 0

    async def __call__(self) -> Response:
        self.made += 1
        return Response(f"page {self.made}", self.status, {"ETag": '"1"'})


async def test_a_fresh_page_is_made_once_and_not_changed_by_middleware() -> None:
    kept, make = KeptPages(for_s=60), Maker()
    first = await kept.answer(asking(), "a", make)
    first.headers["Content-Encoding"] = "gzip"
    second = await kept.answer(asking(), "a", make)
    assert make.made == 1 and second.body == b"page 1"
    assert "content-encoding" not in second.headers
    third = await kept.answer(asking('"1"'), "a", make)
    assert (third.status_code, third.body, make.made) == (304, b"", 1)
    kept.clear()
    await kept.answer(asking(), "a", make)
    assert make.made == 2


async def test_an_old_page_is_made_again() -> None:
    kept, make = KeptPages(for_s=0), Maker()
    for _ in range(2):
        await kept.answer(asking(), "a", make)
    assert make.made == 2


async def test_refusals_and_foreign_copies_are_not_handed_out() -> None:
    kept, lost = KeptPages(for_s=60), Maker(404)
    for _ in range(2):
        await kept.answer(asking(), "lost", lost)
    assert lost.made == 2
    same = Maker(304)
    await kept.answer(asking('"1"'), "a", same)
    whole = Maker()
    assert (await kept.answer(asking(), "a", whole)).status_code == 200
    assert (same.made, whole.made) == (1, 1)


async def test_a_stranger_cannot_fill_the_memory() -> None:
    kept, make = KeptPages(for_s=60, most=3), Maker()
    for n in range(10):
        await kept.answer(asking(), str(n), make)
    await kept.answer(asking(), "9", make)
    assert make.made == 10
    await kept.answer(asking(), "0", make)
    assert make.made == 11
