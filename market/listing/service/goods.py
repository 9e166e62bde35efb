"""What a producer does with goods: save, send for review, hide, show again, count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, BinaryIO, Final
from uuid import UUID

from integrations.contracts.errors import Problem
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import uploads
from integrations.runtime.database import retrying, work
from integrations.runtime.outbox import emit
from market.catalog.rules import Facts, ListingState
from market.catalog.service import listings, search
from market.catalog.service.listings import Held
from market.catalog.service.stock import STOCK_MAX
from market.listing import queries
from market.listing.queries import Goods
from market.listing.rules import EMPTIED, ListingFacts, missing
from market.listing.rules.filling import unknown_template
from market.listing.schemas import Changes, read
from market.listing.service.filling import fill
from market.listing.service.merging import Sender, merge
from market.listing.service.variants import belongs_to_each, without_each
from market.photos import queries as photo_queries
from market.photos import service as photos
from market.photos.rules import PHOTOS_MAX, refusal
from market.photos.service import Original

# What a file that was sent in pieces becomes here.
PHOTO: Final = "photo"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did: what is right is kept, what is wrong comes back in `problems`.

    `listing_id` is None when there was nothing to keep. `asked`: somebody typed something else
    meanwhile, and both texts are kept until one is chosen.
    """

    listing_id: UUID | None
    problems: tuple[Problem, ...]
    submitted: bool
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form as it was sent. `form_id` is made when a form is shown: the same one counts once.

    `stock_was` is what the form showed as left; what was sold meanwhile is not undone.
    `explicit`: a program sent it, with only the fields that it means. `base`: the revision that
    was shown, 0 for an empty form; what others changed since is merged. None: the last one wins.
    `source` is the phone that sends it, and the form itself when it is empty. `variant_id`: the one
    of several kinds that price and stock are of.
    """

    form_id: str
    typed: Mapping[str, str | None]
    file: BinaryIO | None = None
    stock_was: int | None = None
    submit: bool = False
    explicit: bool = False
    variant_id: UUID | None = None
    base: int | None = None
    source: str = ""

    @property
    def sender(self) -> str:
        """Who wrote it, to the history."""
        return self.source or self.form_id


async def save(
    viewer: Viewer, *, storage: Storage, sheet: Sheet, listing_id: UUID | None = None
) -> Saved:
    """Save a form: a new draft, or changes to goods that exist.

    A first save with any one of photo, name and price makes the draft. Raises `NotFound` for
    another's goods and `Conflict` for goods that were put away; a photo that cannot be used, or
    a storage that does not answer, is a problem of the field photo.
    """
    changes, problems = read(sheet.typed)
    if (unknown := unknown_template(changes.template)) is not None:
        changes = replace(changes, template=None)
        problems.append(unknown)
    full = False
    if listing_id is not None:  # looked at before any byte is stored
        full = (await look(viewer, listing_id)).photos >= PHOTOS_MAX
    if full and sheet.file is not None:
        problems.insert(0, refusal("photo.too_many"))
    file = None if full else sheet.file
    original = await _take_in(storage, file, problems, viewer.producer_id)
    if listing_id is None and original is None and not changes.any:
        known = {problem.field for problem in problems}
        lacking = [p for p in missing(ListingFacts("", None, None)) if p.field not in known]
        return Saved(None, (*problems, *lacking), submitted=False)
    return await retrying(
        lambda: _save(viewer, sheet, (changes, tuple(problems)), original, listing_id)
    )


async def save_all(
    viewer: Viewer, *, storage: Storage, sheet: Sheet, listing_id: UUID | None = None
) -> Goods:
    """Like `save`, for programs: nothing is kept when a field cannot be read; the first problem
    is raised.
    """
    changes, problems = read(sheet.typed)
    if (unknown := unknown_template(changes.template)) is not None:
        problems.append(unknown)
    if problems:
        raise problems[0]
    saved = await save(viewer, storage=storage, sheet=sheet, listing_id=listing_id)
    if saved.listing_id is None or saved.problems:
        raise saved.problems[0]
    return await look(viewer, saved.listing_id)


async def _take_in(
    storage: Storage, file: BinaryIO | None, problems: list[Problem], producer_id: UUID | None
) -> Original | None:
    if file is None:
        return None
    try:
        return await photos.take_in(storage, file, producer_id=producer_id)
    except Problem as problem:
        problems.insert(0, problem.at("photo"))
        return None


async def _save(
    viewer: Viewer,
    sheet: Sheet,
    understood: tuple[Changes, tuple[Problem, ...]],
    original: Original | None,
    listing_id: UUID | None,
) -> Saved:
    changes, problems = understood
    async with work(viewer):
        new, asked = listing_id is None, False
        if listing_id is None:
            listing_id, first = await listings.create(
                producer_id=_own(viewer), client_id=sheet.form_id
            )
            new = first or sheet.base is None
        held = await listings.hold(viewer, listing_id, sheet.variant_id)
        if held.axes and sheet.variant_id is None:
            changes, not_here = without_each(held, changes, stock_was=sheet.stock_was)
            if not_here and sheet.explicit:
                raise not_here[0]
            problems += not_here
        if sheet.base is not None:
            sender = Sender(sheet.sender, sheet.base)
            changes, asked = await merge(viewer, held, changes, sender)
        if not new:
            problems += tuple(EMPTIED[key]() for key in changes.emptied if _had(held, key))
        changes, facts = fill(held, changes, new=new, explicit=sheet.explicit)
        facts, taken = await _numbered(held, facts, sheet)
        problems += taken
        state = await write(held, changes, original, facts, source=sheet.sender)
        await _count(held, changes, sheet, new=new)
        submitted = False
        if sheet.submit and not problems:
            problems = tuple((await seen(viewer, held.id)).hindrances)
            if not problems and state in (ListingState.DRAFT, ListingState.TO_MEND):
                await _send_in(held.id, state)
                submitted = True
    return Saved(held.id, problems, submitted, asked)


async def _numbered(held: Held, facts: Facts, sheet: Sheet) -> tuple[Facts, tuple[Problem, ...]]:
    """The facts with a barcode number that is free; of a program's, another's is refused."""
    if facts.gtin is None or facts.gtin == held.facts.gtin:
        return facts, ()
    try:
        await listings.free_gtin(held.producer_id, facts.gtin, but=[held.variant_id])
    except Problem as problem:
        if sheet.explicit:
            raise
        return replace(facts, gtin=held.facts.gtin), (problem,)
    return facts, ()


def _own(viewer: Viewer) -> UUID:
    if viewer.producer_id is None:
        raise ValueError("only a producer has goods")
    return viewer.producer_id


def _had(held: Held, key: str) -> bool:
    if key == "name":
        return bool(held.name)
    return held.price_vnd is not None if key == "price" else True


async def write(
    held: Held,
    changes: Changes,
    original: Original | None = None,
    facts: Facts | None = None,
    *,
    source: str = "",
) -> ListingState:
    """Write fields and a new photo, inside the open transaction; the state afterwards."""
    new_picture = original is not None and await photos.attach(
        original, listing_id=held.id, producer_id=held.producer_id
    )
    state = await listings.change(
        held,
        name=changes.name,
        description=changes.description,
        unit=changes.unit,
        price_vnd=changes.price_vnd,
        facts=facts,
        new_picture=new_picture,
        source=source,
    )
    if state is not held.state:
        await emit("listing.submitted", held.id)
    return state


async def _count(held: Held, changes: Changes, sheet: Sheet, *, new: bool) -> None:
    """Put the shelf where the form says: as a difference, so that sales meanwhile stay sold.

    Of goods that were never on sale nothing can be sold meanwhile: what was merged is set.
    """
    if changes.stock is None:
        return
    was, reference = 0 if new else sheet.stock_was, f"form:{sheet.form_id}"
    if sheet.base is not None and not held.shown:
        was, reference = None, f"{reference}:{held.revision}"
    elif sheet.explicit and was is not None and not new:
        # A phone sends it again when the answer was lost; each of its counts is another.
        count = f"{sheet.sender} {sheet.base} {was} {changes.stock}"
        reference = f"form:{sha256(count.encode()).hexdigest()}"
    wanted = changes.stock if was is None else held.available + changes.stock - was
    await listings.count(
        held,
        available=min(max(0, wanted), STOCK_MAX),
        reference=reference,
        source=sheet.sender,
    )


async def _send_in(listing_id: UUID, state: ListingState) -> None:
    await listings.keep_description(listing_id)
    await listings.move(listing_id, to=ListingState.IN_REVIEW, only_from=state)
    await emit("listing.submitted", listing_id)


async def seen(viewer: Viewer, listing_id: UUID) -> Goods:
    """`look` inside the open transaction."""
    found = await queries.one(viewer, listing_id)
    if found is None:
        raise listings.no_such_listing()
    return found


async def look(viewer: Viewer, listing_id: UUID) -> Goods:
    """One listing as this viewer sees it. Raises `NotFound` (`listing.missing`)."""
    async with work(viewer):
        return await seen(viewer, listing_id)


async def browse(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 50
) -> tuple[list[Goods], UUID | None]:
    """The viewer's goods, newest first, and the cursor of the rest."""
    async with work(viewer):
        return await queries.goods_of(viewer, after=after, limit=limit)


async def home(
    viewer: Viewer, *, after: UUID | None = None
) -> tuple[list[Goods], UUID | None, dict[str, Any] | None]:
    """What the producer's first page shows: goods, the cursor of the rest, name and commune."""
    async with work(viewer):
        goods, rest = await queries.goods_of(viewer, after=after)
        return goods, rest, await queries.seller_of(viewer)


async def submit(viewer: Viewer, *, listing_id: UUID) -> Goods:
    """Send a draft, or what was mended, to staff; sent already is no error.

    Raises the first thing that is missing as a `Problem`, `Conflict` in any other state.
    """
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        lacking = (await seen(viewer, listing_id)).hindrances
        if lacking:
            raise lacking[0]
        if held.state in (ListingState.DRAFT, ListingState.TO_MEND):
            await _send_in(listing_id, held.state)
        elif held.state is not ListingState.IN_REVIEW:
            raise listings.moved_on(held.state)
        return await seen(viewer, listing_id)


async def pause(viewer: Viewer, *, listing_id: UUID) -> Goods:
    """Hide live goods from the shop. Raises `Conflict` when they are not live."""
    return await _switch(viewer, listing_id, ListingState.LIVE, ListingState.PAUSED)


async def resume(viewer: Viewer, *, listing_id: UUID) -> Goods:
    """Show hidden goods again, as they were approved. Raises `Conflict` when not hidden."""
    return await _switch(viewer, listing_id, ListingState.PAUSED, ListingState.LIVE)


async def _switch(viewer: Viewer, listing_id: UUID, old: ListingState, new: ListingState) -> Goods:
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        if held.state is not new:
            await listings.move(listing_id, to=new, only_from=old)
            await emit("stock.changed", held.variant_id)
        return await seen(viewer, listing_id)


async def add_stock(viewer: Viewer, *, listing_id: UUID, change: int, reference: str) -> Goods:
    """One more or one less on the shelf; never below 0. The same `reference` counts once.

    Raises `Conflict` (`variants.each`) for goods of several kinds.
    """
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        if held.axes:
            raise belongs_to_each()
        wanted = min(max(0, held.available + change), STOCK_MAX)
        by = f"press:{reference}"
        await listings.count(held, available=wanted, reference=by, source=by)
        return await seen(viewer, listing_id)


async def add_photo(
    viewer: Viewer,
    *,
    storage: Storage,
    listing_id: UUID,
    file: BinaryIO,
    upload_id: UUID | None = None,
) -> dict[str, Any]:
    """One more photo for goods that exist; its row, or that of the same file sent before.

    `upload_id`: what the file was sent as, in pieces; it becomes this photo and nothing else.
    Raises as `photos.take_in` and `uploads.mark_used`, and `photo.too_many`.
    """
    if (await look(viewer, listing_id)).photos >= PHOTOS_MAX:
        raise refusal("photo.too_many")
    original = await photos.take_in(storage, file, producer_id=viewer.producer_id)
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        await write(held, Changes(), original)
        album = await photo_queries.album(listing_id)
        row = next(one for one in album if one["original_sha256"] == original.sha256)
        if upload_id is not None:
            await uploads.mark_used(upload_id, used_for=PHOTO, used_id=row["photo_id"])
        return row


async def rename_maker(producer_id: UUID, *, at_once: int = 100) -> None:
    """Let the goods be found by their producer's name and place of today. Safe to run twice."""
    after: UUID | None = None
    while True:
        async with work(SYSTEM):
            after = await search.rewrite(producer_id, after=after, limit=at_once)
        if after is None:
            return
