"""Half-sent requests do not stay open; slow but honest ones are not cut."""

import asyncio
import re
from contextlib import AsyncExitStack

import pytest

from integrations.runtime.web.gates.origin import networks
from integrations.runtime.web.server import Guard, Limits
from tests.web.slow import line, serving

LIMIT_S = 0.3
LOOPBACK = networks("127.0.0.0/8")
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: "


def short(**changed: float) -> Guard:
    """Deadlines of fractions of a second, no cap for loopback."""
    limits = {"request_s": LIMIT_S, "upload_idle_s": LIMIT_S, "upload_least_bytes": 1_000}
    return Guard(
        Limits(**{**limits, **changed}),  # type: ignore[arg-type]
        uploads=re.compile("/upload"),
        exempt=LOOPBACK,
    )


def post(path: str, length: int) -> bytes:
    """The head of a request that says it carries `length` bytes."""
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (b"", "head"),
        (HALF_HEAD, "head"),
        (post("/", 100), "body"),
        (post("/", 100) + b"half", "body"),
        (post("/upload", 100) + b"half", "upload"),
        (GET + HALF_HEAD, "head"),
    ],
)
async def test_a_half_sent_request_is_ended(first: bytes, reason: str) -> None:
    async with serving(short()) as served, line(served, first) as half:
        assert 0.5 * LIMIT_S < await half.ended() < 10 * LIMIT_S
        assert served.guard.cut == {reason: 1}
        assert not served.guard.open


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (HALF_HEAD, b"x"),
        (post("/", 10_000), b"x"),
        (post("/upload", 10_000), b"x"),
        (b"", b"\r\n"),
        (GET, b"\r\n"),
        # Answered before it was sent: what still comes is nobody's upload.
        (post("/early", 10_000_000), b"x" * 100),
    ],
)
async def test_a_dripped_request_is_ended_all_the_same(first: bytes, piece: bytes) -> None:
    async with serving(short()) as served, line(served, first) as dripped:
        assert await dripped.drip(piece, LIMIT_S / 6) < 10 * LIMIT_S
        assert served.guard.cut.total() == 1


async def test_two_hundred_half_sent_requests_do_not_hold_up_a_good_one() -> None:
    async with serving(short(request_s=1)) as served, AsyncExitStack() as held:
        halves = [await held.enter_async_context(line(served, HALF_HEAD)) for _ in range(200)]
        good = await held.enter_async_context(line(served))
        ended = asyncio.gather(*(half.ended() for half in halves))
        answers = 0
        while not ended.done():
            await good.send(GET)
            status, _ = await asyncio.wait_for(good.answer(), 1)
            answers += status == 200
            await asyncio.wait({ended}, timeout=0.02)
        assert answers >= 5
        assert max(await ended) < 5
        assert served.guard.cut == {"head": 200}


async def test_a_slow_answer_is_not_cut() -> None:
    async with serving(short()) as served, line(served) as patient:
        await patient.send(GET.replace(b"/", b"/slow", 1))
        # Three times the deadline pass on another connection meanwhile.
        for _ in range(3):
            async with line(served, HALF_HEAD) as half:
                await half.ended()
        served.let_go()
        assert await patient.answer() == (200, b"hello")
        await patient.send(GET)
        assert await patient.answer() == (200, b"hello")


async def test_a_slow_upload_that_moves_is_not_cut() -> None:
    async with serving(short()) as served, line(served, post("/upload", 12_000)) as slow:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(12):
            await slow.send(b"x" * 1_000)
            await _pause(LIMIT_S / 4)
        assert await slow.answer() == (200, b"12000")
        assert loop.time() - began > 2 * LIMIT_S
        assert not served.guard.cut


async def test_a_body_that_nobody_has_read_yet_waits_for_its_reader() -> None:
    """Reading is paused by us: the client is not to blame."""
    async with serving(short()) as served, line(served, post("/slow", 300_000)) as sender:
        sending = asyncio.ensure_future(sender.send(b"x" * 300_000))
        for _ in range(2):
            async with line(served, HALF_HEAD) as half:
                await half.ended()
        served.let_go()
        await sending
        assert await sender.answer() == (200, b"300000")


async def test_a_reader_who_takes_nothing_is_ended() -> None:
    large = GET.replace(b"/", b"/large", 1)
    async with serving(short(read_idle_s=LIMIT_S)) as served, line(served, large) as idle:
        idle.reader._transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(10):
            while not served.guard.cut:
                await _pause(0.02)
        assert served.guard.cut == {"reader": 1}


async def test_a_head_without_end_is_refused_early() -> None:
    async with serving(short(request_s=5, head_max_bytes=4_000)) as served:
        async with line(served, HALF_HEAD) as endless:
            assert await endless.drip(b"x" * 1_000, 0.01) < 3
        assert served.guard.cut == {"head": 1}
        many = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 101 + b"\r\n"
        async with line(served, many) as fields:
            assert (await fields.answer())[0] == 400


async def test_one_address_has_a_bounded_number_of_connections() -> None:
    guard = Guard(Limits(connections_per_address=3))
    async with serving(guard) as served, AsyncExitStack() as held:
        lines = [await held.enter_async_context(line(served, GET)) for _ in range(3)]
        assert [await one.answer() for one in lines] == [(200, b"hello")] * 3
        async with line(served, GET) as fourth:
            await fourth.ended()
        assert guard.cut == {"too_many": 1}
        lines[0].writer.close()
        await lines[0].writer.wait_closed()
        async with asyncio.timeout(5):
            while guard.open["127.0.0.1"] > 2:
                await _pause(0.01)
        again = await held.enter_async_context(line(served, GET))
        assert await again.answer() == (200, b"hello")


async def test_all_together_have_a_bounded_number_too() -> None:
    guard = Guard(Limits(connections=2), exempt=LOOPBACK)
    async with serving(guard) as served, AsyncExitStack() as held:
        lines = [await held.enter_async_context(line(served, GET)) for _ in range(2)]
        assert [await one.answer() for one in lines] == [(200, b"hello")] * 2
        async with line(served, GET) as third:
            await third.ended()
        assert guard.cut == {"too_many": 1}


@pytest.mark.parametrize(
    "smuggled",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    ],
)
async def test_ambiguous_framing_is_refused(smuggled: bytes) -> None:
    async with serving(short(), keep_alive_s=1) as served, line(served, smuggled) as client:
        assert (await client.answer())[0] == 400
        await client.ended()


async def _pause(for_s: float) -> None:
    """The rhythm of a slow client."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(for_s, passed.set)
    await passed.wait()
