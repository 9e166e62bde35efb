"""Choose between two texts that two people typed for one field."""

from typing import Literal
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import run, work
from market.catalog.service import listings
from market.catalog.service.listings import Held
from market.listing import queries
from market.listing.queries import Goods
from market.listing.rules.merge import chosen_otherwise, no_such_question
from market.listing.schemas import read
from market.listing.service.filling import fill
from market.listing.service.goods import seen, write
from market.listing.service.variants import OF_EACH, belongs_to_each

Take = Literal["kept", "other"]


async def answer(viewer: Viewer, *, listing_id: UUID, question_id: UUID, take: Take) -> Goods:
    """Keep what stands, or take the text that came second; the same answer again is no error.

    Raises `NotFound` (`listing.missing`, `question.missing`), `Conflict` when it was answered
    otherwise (`question.answered`) or the goods were put away.
    """
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        found = [one for one in await queries.asked(listing_id) if one.id == question_id]
        if not found:
            raise no_such_question()
        if found[0].waiting:
            if take == "other":
                await take_text(held, found[0].field, found[0].other, f"question:{question_id}")
            await run(
                "UPDATE listing_question SET answered_at = now(), taken = $2 WHERE id = $1",
                [question_id, take],
            )
        elif found[0].taken != take:
            raise chosen_otherwise()
        return await seen(viewer, listing_id)


async def take_text(held: Held, field: str, text: str, source: str) -> None:
    """Write what was typed for one field earlier, inside the open transaction.

    Raises `Conflict` (`variants.each`) for what each of several kinds has for itself.
    """
    if held.axes and field in OF_EACH:
        raise belongs_to_each()
    changes, problems = read({field: text})
    if problems:
        raise problems[0]
    changes, facts = fill(held, changes, new=False, explicit=True)
    await write(held, changes, facts=facts, source=source)
    if changes.stock is not None:
        await listings.count(held, available=changes.stock, reference=source, source=source)
