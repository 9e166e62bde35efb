"""Pieces of a file: however they are cut, repeated and mixed up, each byte is kept once."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from integrations.contracts.ids import made_at, new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import uploads
from integrations.runtime.database import rows, run, work
from integrations.runtime.uploads.refusals import PIECES_MAX, Gone, WrongOffset
from market.worker import CRONS
from tests.kit.people import Seller, a_seller
from tests.kit.stack import Stack
from tests.kit.storage import Shaky

LENGTH_BYTES = 300
BODY = bytes(n * 7 % 251 for n in range(LENGTH_BYTES))


async def begun(seller: Seller, length_bytes: int = LENGTH_BYTES) -> UUID:
    made = await uploads.begin(seller.viewer, client_id=str(new_id()), length_bytes=length_bytes)
    return made.id


async def pieces_of(upload_id: UUID) -> list[dict[str, Any]]:
    async with work(SYSTEM):
        return await rows(
            "SELECT offset_bytes, size_bytes, key FROM upload_chunk WHERE upload_id = $1"
            " ORDER BY offset_bytes",
            [upload_id],
        )


async def send(stack: Stack, seller: Seller, upload_id: UUID, start: int, piece: bytes) -> int:
    """Where the file stands after a piece, or where it stood when the piece did not fit."""
    try:
        seen = await uploads.append(
            seller.viewer,
            storage=stack.ports.storage,
            upload_id=upload_id,
            offset_bytes=start,
            piece=piece,
        )
    except WrongOffset as wrong:
        return wrong.offset_bytes
    return seen.received_bytes


@dataclass
class Line:
    """What a line does to one sender: how long each piece is, and what becomes of it."""

    sizes: list[int]
    moves: list[str] = field(default_factory=list)


LINES = st.builds(
    Line,
    sizes=st.lists(st.integers(1, 120), min_size=1, max_size=12),
    moves=st.lists(
        st.sampled_from(["sent", "lost answer", "cut", "twice at once", "too early", "too late"]),
        min_size=1,
        max_size=12,
    ),
)


async def through(stack: Stack, seller: Seller, line: Line) -> None:
    upload_id, stands, turn = await begun(seller), 0, 0
    while stands < LENGTH_BYTES:
        move = line.moves[turn] if turn < len(line.moves) else "sent"
        size = line.sizes[turn % len(line.sizes)]
        turn += 1
        piece = BODY[stands : stands + size]
        if move == "twice at once":
            ends = await asyncio.gather(
                *(send(stack, seller, upload_id, stands, piece) for _ in range(2))
            )
            # Whoever lost may have been told of the other's piece, never of anything between.
            assert set(ends) <= {stands, stands + len(piece)}
            assert max(ends) == stands + len(piece)
        elif move == "cut":
            await send(stack, seller, upload_id, stands, piece[: len(piece) // 2])
        elif move == "too early":
            later = stands + size
            assert await send(stack, seller, upload_id, later, BODY[later : later + 1]) == stands
        elif move == "too late" and stands:
            assert await send(stack, seller, upload_id, stands - 1, BODY[stands - 1 :]) == stands
        else:
            await send(stack, seller, upload_id, stands, piece)
            if move == "lost answer":
                again = await send(stack, seller, upload_id, stands, piece)
                assert again == stands + len(piece)
        stands = (await uploads.look(seller.viewer, upload_id)).received_bytes
    kept = await pieces_of(upload_id)
    ends = [one["offset_bytes"] + one["size_bytes"] for one in kept]
    assert [one["offset_bytes"] for one in kept] == [0, *ends[:-1]] and ends[-1] == LENGTH_BYTES
    stored = await stack.ports.storage.list_keys(f"uploads/{upload_id}/")
    assert stored == sorted(one["key"] for one in kept)  # nothing is left of those that lost
    async with uploads.open_whole(
        seller.viewer, storage=stack.ports.storage, upload_id=upload_id
    ) as file:
        assert file.read() == BODY
    await uploads.drop(seller.viewer, upload_id)


async def test_any_line_ends_with_the_same_bytes(stack: Stack) -> None:
    seller, loop = await a_seller(), asyncio.get_running_loop()

    @seed(20_261_128)
    @settings(
        max_examples=25, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(line=LINES)
    def try_it(line: Line) -> None:
        asyncio.run_coroutine_threadsafe(through(stack, seller, line), loop).result(60)

    await asyncio.to_thread(try_it)


async def test_of_ten_at_one_place_one_counts(stack: Stack) -> None:
    seller = await a_seller()
    upload_id = await begun(seller)
    pieces = [bytes([n]) * (n + 1) for n in range(10)]
    ends = await asyncio.gather(*(send(stack, seller, upload_id, 0, one) for one in pieces))
    kept = await pieces_of(upload_id)
    assert len(kept) == 1
    stands = (await uploads.look(seller.viewer, upload_id)).received_bytes
    assert set(ends) == {stands} and kept[0]["size_bytes"] == stands
    stored = await stack.ports.storage.list_keys(f"uploads/{upload_id}/")
    assert stored == [kept[0]["key"]]
    assert await stack.ports.storage.get(kept[0]["key"]) == pieces[stands - 1]


async def test_so_many_small_pieces_and_no_more(stack: Stack) -> None:
    seller = await a_seller()
    upload_id = await begun(seller)
    async with work(SYSTEM):
        await run("UPDATE upload SET chunk_count = $2 WHERE id = $1", [upload_id, PIECES_MAX - 1])
    assert await send(stack, seller, upload_id, 0, b"x") == 1
    with pytest.raises(Problem) as refused:
        await send(stack, seller, upload_id, 1, b"x")
    assert refused.value.code == "upload.pieces"


async def test_nothing_of_a_file_is_read_before_it_is_whole(stack: Stack) -> None:
    seller = await a_seller()
    upload_id = await begun(seller)
    await send(stack, seller, upload_id, 0, BODY[:299])
    shaky = Shaky(stack.ports.storage)
    with pytest.raises(Problem) as refused:
        async with uploads.open_whole(seller.viewer, storage=shaky, upload_id=upload_id):
            pass
    assert refused.value.code == "upload.not_whole"


async def test_a_piece_that_is_no_longer_stored_is_said(stack: Stack) -> None:
    seller = await a_seller()
    upload_id = await begun(seller)
    for start in (0, 150):
        await send(stack, seller, upload_id, start, BODY[start : start + 150])
    await stack.ports.storage.delete((await pieces_of(upload_id))[1]["key"])
    with pytest.raises(Gone):
        async with uploads.open_whole(
            seller.viewer, storage=stack.ports.storage, upload_id=upload_id
        ):
            pass


async def test_a_file_becomes_one_thing(stack: Stack) -> None:
    seller = await a_seller()
    upload_id, first = await begun(seller), new_id()
    async with work(seller.viewer):
        with pytest.raises(uploads.AlreadyUsed):  # not whole
            await uploads.mark_used(upload_id, used_for="photo", used_id=first)
    await send(stack, seller, upload_id, 0, BODY)
    async with work(seller.viewer):
        await uploads.mark_used(upload_id, used_for="photo", used_id=first)
    async with work(seller.viewer):
        with pytest.raises(uploads.AlreadyUsed):
            await uploads.mark_used(upload_id, used_for="photo", used_id=new_id())
    assert (await uploads.look(seller.viewer, upload_id)).used_id == first


async def test_what_is_over_is_forgotten_and_its_pieces_removed(stack: Stack) -> None:
    seller, storage = await a_seller(), stack.ports.storage
    over, open_still = await begun(seller), await begun(seller)
    for upload_id in (over, open_still):
        await send(stack, seller, upload_id, 0, BODY[:100])
    async with work(SYSTEM):
        await run(
            "UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = $1", [over]
        )
    await uploads.clean(storage)
    async with work(SYSTEM):
        left = await rows("SELECT id FROM upload WHERE id = ANY($1::uuid[])", [[over, open_still]])
    assert [row["id"] for row in left] == [open_still]
    assert await uploads.clean(storage, older_than_s=-60) >= 0
    assert await storage.list_keys(f"uploads/{over}/") == []
    assert len(await storage.list_keys(f"uploads/{open_still}/")) == 1
    assert await send(stack, seller, open_still, 100, BODY[100:]) == LENGTH_BYTES


async def test_what_was_used_loses_its_pieces_and_is_remembered(stack: Stack) -> None:
    seller, storage, became = await a_seller(), stack.ports.storage, new_id()
    upload_id = await begun(seller)
    await send(stack, seller, upload_id, 0, BODY)
    async with work(seller.viewer):
        await uploads.mark_used(upload_id, used_for="photo", used_id=became)
    await uploads.clean(storage)
    assert len(await pieces_of(upload_id)) == 1  # an hour has not gone by
    await uploads.clean(storage, older_than_s=-60)
    assert await pieces_of(upload_id) == []
    assert await storage.list_keys(f"uploads/{upload_id}/") == []
    assert (await uploads.look(seller.viewer, upload_id)).used_id == became
    async with work(SYSTEM):
        await run(
            "UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = $1",
            [upload_id],
        )
    await uploads.clean(storage)
    with pytest.raises(Problem) as gone:
        await uploads.look(seller.viewer, upload_id)
    assert gone.value.code == "upload.missing"


async def test_pieces_without_a_row_are_removed_after_an_hour(stack: Stack) -> None:
    seller, storage = await a_seller(), stack.ports.storage
    upload_id = await begun(seller)
    await send(stack, seller, upload_id, 0, BODY[:100])
    orphan = f"uploads/{upload_id}/100-{new_id()}"
    strange = f"uploads/{upload_id}/what"
    for key in (orphan, strange):
        await storage.put(key, b"left behind", content_type="application/octet-stream")
    await uploads.clean(storage)
    keys = await storage.list_keys(f"uploads/{upload_id}/")
    assert orphan in keys and strange not in keys  # it may be in the middle of being sent
    await uploads.clean(storage, older_than_s=-60)
    keys = await storage.list_keys(f"uploads/{upload_id}/")
    assert keys == [one["key"] for one in await pieces_of(upload_id)]


async def test_a_piece_in_the_last_moment_keeps_the_file(stack: Stack) -> None:
    """The cleaner waits for the row, looks again and leaves it."""
    seller, storage = await a_seller(), stack.ports.storage
    upload_id = await begun(seller)
    await send(stack, seller, upload_id, 0, BODY[:100])
    async with work(SYSTEM):
        await run(
            "UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = $1",
            [upload_id],
        )
    held, cleaning = asyncio.Event(), asyncio.Event()

    async def prolong() -> None:
        async with work(seller.viewer):
            await run(
                "UPDATE upload SET expires_at = now() + interval '48 hours' WHERE id = $1",
                [upload_id],
            )
            held.set()
            await cleaning.wait()
            # Not before the cleaner waits for this row.
            async with asyncio.timeout(20):
                while not await _somebody_waits():
                    await asyncio.sleep(0)

    task = asyncio.ensure_future(prolong())
    await held.wait()
    cleaning.set()
    await uploads.clean(storage)
    await task
    assert len(await pieces_of(upload_id)) == 1
    assert (await uploads.look(seller.viewer, upload_id)).received_bytes == 100


async def _somebody_waits() -> bool:
    found = await rows("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
    return bool(found)


def test_the_worker_cleans_every_hour() -> None:
    (one,) = [job for job in CRONS if job.name == "cron:tend"]
    assert (one.minute, one.hour) == (43, None)


def test_an_id_tells_when_it_was_made() -> None:
    assert abs(made_at(new_id()) - datetime.now(UTC)) < timedelta(minutes=1)
