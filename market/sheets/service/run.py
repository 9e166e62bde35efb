"""Import the good lines through the verbs of the form: a few at a time, from where one stood."""

from typing import Final
from uuid import UUID

import orjson

from integrations.contracts.errors import Problem, Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import retrying, rows, run, work
from integrations.runtime.outbox import emit
from market.listing.schemas import read
from market.listing.service import goods
from market.listing.service.goods import Sheet
from market.sheets import queries
from market.sheets.queries import Known, LineSeen, SheetSeen, Shelf
from market.sheets.rules.foresee import foreseen, wanted
from market.sheets.rules.memory import Outcome, weigh
from market.sheets.rules.problems import moved_on, no_such_sheet, nothing_good
from market.sheets.rules.understand import cell_name
from market.sheets.schemas import SheetState
from market.sheets.service import pictures
from market.sheets.service.files import look

# A few seconds of work: the next piece is a job of its own, so that others come in between.
AT_ONCE: Final = 100


async def confirm(viewer: Viewer, sheet_id: UUID) -> SheetSeen:
    """Say yes to the preview: the good lines become goods. Yes twice is no error.

    Raises `NotFound`, `Problem` (`sheet.nothing_good`), `Conflict` when it was stopped.
    """
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
        if found is None:
            raise no_such_sheet()
        if found.state is SheetState.READY and not found.good:
            raise nothing_good()
        first = await run(
            "UPDATE sheet_import SET state = 'importing', confirmed_at = now()"
            " WHERE id = $1 AND state = 'ready'",
            [sheet_id],
        )
        if first:
            await emit("sheet.confirmed", sheet_id)
        elif found.state not in (SheetState.IMPORTING, SheetState.DONE):
            raise moved_on()
    return await look(viewer, sheet_id)


async def cancel(viewer: Viewer, sheet_id: UUID) -> SheetSeen:
    """Stop an import: what was added stays, nothing more is. Stopped already is no error.

    Raises `NotFound`, `Conflict` when everything was added already.
    """
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
        if found is None:
            raise no_such_sheet()
        stopped = await run(
            "UPDATE sheet_import SET state = 'cancelled', ended_at = now()"
            " WHERE id = $1 AND state IN ('received', 'ready', 'importing')",
            [sheet_id],
        )
        if not stopped and found.state is not SheetState.CANCELLED:
            raise moved_on()
    return await look(viewer, sheet_id)


async def import_some(storage: Storage, sheet_id: UUID) -> None:
    """Import the next lines, then photos, and ask for the rest.

    Safe to run twice, even at the same time. Where it stands is in the rows: after a kill it goes
    on with the lines that are still good.
    """
    found = await look(SYSTEM, sheet_id)
    if found.state is not SheetState.IMPORTING:
        return
    async with work(SYSTEM):
        waiting = await queries.next_good(sheet_id, AT_ONCE)
        shelf = Shelf(await queries.known_goods(found.producer_id))
    seller = Viewer(Role.PRODUCER, person_id=found.person_id, producer_id=found.producer_id)
    for line in waiting:
        known = shelf.find(client_id=line.client_id, sku=line.sku, name=line.typed.get("name", ""))
        if not await _import(seller, storage, sheet_id, line, known):
            return
    if not waiting:
        await pictures.add_some(seller, storage, found)
    async with work(SYSTEM):
        ended = await run(
            "UPDATE sheet_import s SET state = 'done', ended_at = now()"
            " WHERE s.id = $1 AND s.state = 'importing' AND NOT EXISTS"
            " (SELECT 1 FROM sheet_line l WHERE l.sheet_id = s.id AND l.state = 'good')"
            " AND NOT EXISTS (SELECT 1 FROM sheet_picture p WHERE p.sheet_id = s.id"
            " AND p.state = 'waiting')",
            [sheet_id],
        )
        if not ended:
            await emit("sheet.confirmed", sheet_id)


async def _import(
    seller: Viewer, storage: Storage, sheet_id: UUID, line: LineSeen, known: Known | None
) -> bool:
    """One line and its mark in one transaction; False when the import was stopped."""

    async def verb() -> bool:
        async with work(seller):
            # Whoever stops the import waits for this line, and this line sees who was faster.
            going = await rows(
                "SELECT 1 AS yes FROM sheet_import WHERE id = $1 AND state = 'importing' FOR SHARE",
                [sheet_id],
            )
            if not going:
                return False
            held = await rows(
                "SELECT 1 AS yes FROM sheet_line WHERE id = $1 AND state = 'good' FOR UPDATE",
                [line.id],
            )
            if held:
                await _save(seller, storage, sheet_id, line, known)
            return True

    return await retrying(verb)


async def _save(
    seller: Viewer, storage: Storage, sheet_id: UUID, line: LineSeen, known: Known | None
) -> None:
    form_id = f"{sheet_id.hex}-{line.line}" if known else line.client_id
    if known is not None:
        known = await queries.known_now(known)
    out = _weighed(line, known)
    try:
        saved = await goods.save(
            seller,
            storage=storage,
            sheet=Sheet(
                form_id=form_id,
                typed=wanted(out.typed, line.note, known),
                stock_was=out.counts_from,
                variant_id=known.variant_id if known and known.several else None,
            ),
            listing_id=known.id if known else None,
        )
    except Unavailable:
        raise
    except Problem as problem:
        await _fail(line, problem)
        return
    if saved.problems or saved.listing_id is None:
        await _fail(line, saved.problems[0])
        return
    await run(
        "UPDATE sheet_line SET state = 'done', did = $2, listing_id = $3,"
        " done_at = clock_timestamp() WHERE id = $1",
        [
            line.id,
            foreseen(out.typed, line.note, known, out.counts_from),
            saved.listing_id,
        ],
    )
    if not out.is_old:
        await _remember(seller, saved.listing_id, known, line)


def _weighed(line: LineSeen, known: Known | None) -> Outcome:
    """What the line changes of the goods as they stand now."""
    if known is None:
        return Outcome(line.typed, None, (), is_old=False)
    return weigh(line.typed, mark=line.mark, here=known.here, said=known.said, asked=line.asked)


_REMEMBER: Final = """
INSERT INTO sheet_said (id, producer_id, variant_id, stock, price_vnd, mark)
SELECT $1, $2, v.id, $4, $5, $6 FROM variant v
WHERE v.listing_id = $3 AND CASE WHEN $7::uuid IS NULL THEN v.position = 0 ELSE v.id = $7 END
ON CONFLICT (variant_id) DO UPDATE SET stock = coalesce(excluded.stock, sheet_said.stock),
  price_vnd = coalesce(excluded.price_vnd, sheet_said.price_vnd), mark = excluded.mark,
  said_at = now()
RETURNING id
"""


async def _remember(seller: Viewer, listing_id: UUID, known: Known | None, line: LineSeen) -> None:
    """Keep what the list says, taken or not: the next list is held against it.

    Of goods in several kinds a line that names none says nothing about any.
    """
    if known is not None and known.several and known.variant_id is None:
        return
    said, _ = read(line.typed)
    await rows(
        _REMEMBER,
        [
            *(new_id(), seller.producer_id, listing_id, said.stock, said.price_vnd, line.mark),
            known.variant_id if known else None,
        ],
    )


async def _fail(line: LineSeen, problem: Problem) -> None:
    """The line stays with its reason, as if the cell of the name had said so."""
    at = next((seen["cell"] for seen in line.seen if seen["field"] == "name"), None)
    said = {
        "cell": at or cell_name(line.line, 0),
        "column": 0,
        "code": problem.code,
        "message": problem.message,
        "params": {key: str(value) for key, value in problem.params.items()},
    }
    await run(
        "UPDATE sheet_line SET state = 'failed', bad = $2::jsonb, done_at = clock_timestamp()"
        " WHERE id = $1",
        [line.id, orjson.dumps([said]).decode()],
    )
