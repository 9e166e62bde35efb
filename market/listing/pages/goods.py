"""The producer's goods: the list, the form of three inputs, and quick changes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_
from integrations.contracts.ids import new_id
from integrations.contracts.measures import said_content, said_size, said_weight
from integrations.contracts.money import format_vnd
from integrations.contracts.viewer import Viewer
from integrations.runtime.crypto import keyed_hash
from integrations.runtime.i18n import language_of, translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage, ThePorts, TheSettings
from market.catalog.rules.seasons import said_season
from market.listing.pages.questions import WORDS, choices_of
from market.listing.pages.questions import pressed as answer_pressed
from market.listing.queries import Goods
from market.listing.rules.filling import NO_TEMPLATE
from market.listing.rules.templates import templates
from market.listing.schemas import FACTS
from market.listing.service import album as pictures
from market.listing.service import goods as service
from market.listing.service.archive import put_away
from market.listing.service.goods import Saved, Sheet
from market.listing.service.questions import answer
from market.photos.queries import drawn
from market.photos.rules import PHOTOS_MAX
from sellers.accounts.guards import AsProducer

router = APIRouter()

FIELDS: Final = ("name", "price", "unit", "stock", "description", "template", *FACTS)
# What was just done, said on the page that follows.
DONE: Final = {
    "saved": N_("Saved."),
    "asked": N_("Saved. Somebody else changed it too: please choose below."),
    "chosen": N_("Chosen and saved."),
    "sent": N_("Sent. Programme staff will look at it."),
    "paused": N_("Hidden. Buyers do not see it any more."),
    "put_away": N_("Put away. Buyers do not see it any more."),
    "back": N_("Brought back."),
    "put_back": N_("Put back as it was."),
    "resumed": N_("Buyers can see it again."),
    "photo_removed": N_("The photo is removed."),
    "photo_back": N_("The photo is back."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is written: for which request, with what, and where pictures lie."""

    request: Request
    pages: Renderer
    media_url: str
    draft_owner: str


@router.get("/producer/goods")
async def goods_list(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    language: TheLanguage,
    after: UUID | None = None,
    done: str = "",
    undo: UUID | None = None,
    open: Annotated[UUID | None, Query()] = None,  # noqa: A002 - the word in the address
) -> Response:
    """Every product with its picture, its state, and what comes next; `undo` was just put away."""
    toast: dict[str, str] | None = (
        {"text": translate(language, DONE[done])} if done in DONE else None
    )
    if toast and undo:
        toast["action"] = f"/producer/goods/{undo}/bring-back"
    goods, rest, seller = await service.home(viewer, after=after)
    context = {
        "goods": goods,
        "rest": rest,
        "after": after,
        "who": seller and seller["name"],
        "who_place": seller and seller["commune_name"],
        "account_missing": seller and not seller["has_account"],
        "form_id": new_id(),
        "opened": open,
        "draft_owner": _draft_owner(viewer),
        "media_url": settings.media_url,
        "toast": toast,
    }
    return pages.render(request, "listing/goods.html", context)


@router.get("/producer/goods/new")
async def new_form(
    *, request: Request, pages: Pages, viewer: AsProducer, settings: TheSettings
) -> Response:
    """The empty form."""
    place = Place(request, pages, settings.media_url, _draft_owner(viewer))
    return _form(place, None, Typed.of({"stock": "1"}))


@router.post("/producer/goods/new")
async def create(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    ports: ThePorts,
    settings: TheSettings,
) -> Response:
    """The first save makes the draft; sent twice, it is one."""
    place = Place(request, pages, settings.media_url, _draft_owner(viewer))
    async with request.form(max_files=1, max_fields=60) as form:
        sheet = _sheet(form)
        saved = await service.save(viewer, storage=ports.storage, sheet=sheet)
    return await _answer(place, viewer, sheet, saved)


@router.get("/producer/goods/{listing_id}")
async def edit_form(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    language: TheLanguage,
    listing_id: UUID,
    done: str = "",
    photo: UUID | None = None,
) -> Response:
    """The form with what is saved; `photo` was just removed, which can be undone."""
    goods, album = await pictures.look(viewer, listing_id)
    toast: dict[str, str] | None = (
        {"text": translate(language, DONE[done])} if done in DONE else None
    )
    if toast and photo:
        toast["action"] = f"/producer/goods/{listing_id}/photos/{photo}/restore"
    place = Place(request, pages, settings.media_url, _draft_owner(viewer))
    return _form(place, goods, Typed.of(_values(goods)), album=album, toast=toast)


@router.post("/producer/goods/{listing_id}")
async def change(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    ports: ThePorts,
    settings: TheSettings,
    listing_id: UUID,
) -> Response:
    """Saves what is right, shows again what is not.

    The buttons beside photos and questions save what was typed too: pressing loses nothing.
    """
    async with request.form(max_files=1, max_fields=60) as form:
        sheet, pressed = _sheet(form), str(form.get("photo_do", ""))
        answered = answer_pressed(str(form.get("answer", "")))
        puts_away = form.get("action") == "put_away"
        saved = await service.save(
            viewer, storage=ports.storage, sheet=sheet, listing_id=listing_id
        )
    if answered and not saved.problems:
        question_id, take = answered
        await answer(viewer, listing_id=listing_id, question_id=question_id, take=take)
        return RedirectResponse(f"/producer/goods/{listing_id}?done=chosen", 303)
    if puts_away and not saved.problems:
        await put_away(viewer, listing_id=listing_id)
        return RedirectResponse(f"/producer/goods?done=put_away&undo={listing_id}", 303)
    place = Place(request, pages, settings.media_url, _draft_owner(viewer))
    way, photo_id = _pressed(pressed)
    if saved.problems or not photo_id:
        return await _answer(place, viewer, sheet, saved)
    if way != "remove":
        if isinstance(way, int):
            await pictures.place(viewer, listing_id=listing_id, photo_id=photo_id, position=way)
        else:
            await pictures.move(viewer, listing_id=listing_id, photo_id=photo_id, way=way)
        return RedirectResponse(f"/producer/goods/{listing_id}?done=saved#photos", 303)
    await pictures.remove(viewer, listing_id=listing_id, photo_id=photo_id)
    return RedirectResponse(
        f"/producer/goods/{listing_id}?done=photo_removed&photo={photo_id}", 303
    )


@router.post("/producer/goods/{listing_id}/photos/{photo_id}/restore")
async def restore_photo(*, viewer: AsProducer, listing_id: UUID, photo_id: UUID) -> Response:
    """Undoes the removal of a photo."""
    await pictures.restore(viewer, listing_id=listing_id, photo_id=photo_id)
    return RedirectResponse(f"/producer/goods/{listing_id}?done=photo_back", 303)


@router.post("/producer/goods/{listing_id}/pause")
async def pause(*, viewer: AsProducer, listing_id: UUID) -> Response:
    """Hides live goods."""
    await service.pause(viewer, listing_id=listing_id)
    return RedirectResponse(f"/producer/goods?done=paused&open={listing_id}", 303)


@router.post("/producer/goods/{listing_id}/resume")
async def resume(*, viewer: AsProducer, listing_id: UUID) -> Response:
    """Shows hidden goods again."""
    await service.resume(viewer, listing_id=listing_id)
    return RedirectResponse(f"/producer/goods?done=resumed&open={listing_id}", 303)


@router.post("/producer/goods/{listing_id}/stock")
async def stock(
    *,
    viewer: AsProducer,
    listing_id: UUID,
    change: Annotated[int, Form(ge=-1000, le=1000)],
    reference: Annotated[str, Form(min_length=8, max_length=64)],
) -> Response:
    """One more, or one less."""
    goods = await service.add_stock(
        viewer, listing_id=listing_id, change=change, reference=reference
    )
    return RedirectResponse(f"/producer/goods?open={listing_id}#g-{goods.code}", 303)


def _sheet(form: FormData) -> Sheet:
    typed = {key: value for key in FIELDS if isinstance(value := form.get(key), str)}
    if "allergens" in typed:
        typed["allergens"] = " ".join(str(one) for one in form.getlist("allergens"))
    upload = form.get("photo")
    # A browser sends a nameless part when no file was chosen.
    chosen = upload if isinstance(upload, UploadFile) and upload.filename else None
    return Sheet(
        form_id=_form_id(str(form.get("form_id", ""))),
        typed=typed,
        file=chosen.file if chosen else None,
        stock_was=_count(form, "stock_was"),
        base=_count(form, "base"),
        submit=form.get("action") == "submit",
    )


def _count(form: FormData, name: str) -> int | None:
    """A number that the form was shown with; None without one."""
    text = str(form.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


_Pressed = Literal["earlier", "later", "main", "remove"]


def _pressed(text: str) -> tuple[_Pressed | int, UUID | None]:
    """What a button beside a photo says, such as "later:<id>", or where it was drawn to, such as
    "to-2:<id>"; no id for anything else.
    """
    found = re.fullmatch(r"(earlier|later|main|remove|to-([0-7])):([0-9a-f-]{36})", text)
    if not found:
        return "main", None
    return int(found[2]) if found[2] else cast(_Pressed, found[1]), UUID(found[3])


def _draft_owner(viewer: Viewer) -> str:
    """Under what a browser keeps this person's drafts: on a shared phone nobody sees another's."""
    return keyed_hash(f"{viewer.person_id} {viewer.producer_id}", purpose="draft_owner")[:16]


def _form_id(text: str) -> str:
    """The id that the form was shown with; a form without one counts as a new one."""
    return text if 8 <= len(text) <= 50 and text.isascii() else str(new_id())


def _values(goods: Goods) -> dict[str, Any]:
    """What stands in the fields, as people write it."""
    facts = goods.facts
    price = "" if goods.price_vnd is None else format_vnd(goods.price_vnd).split("\u00a0")[0]
    return {
        "name": goods.name,
        "price": price,
        "unit": goods.unit,
        "stock": str(goods.available),
        "description": goods.description,
        "template": (facts.template_code or NO_TEMPLATE) if facts.template_chosen else "",
        "category": facts.category_code,
        "weight": "" if facts.weight_g is None else said_weight(facts.weight_g),
        "size": "" if facts.size_mm is None else said_size(facts.size_mm),
        "keeps": facts.shelf_life_days or "",
        "storage": facts.storage,
        "allergens": facts.allergens,
        "age": facts.age_min or "",
        "content": "" if facts.content is None else said_content(facts.content),
        "gtin": facts.gtin or "",
        "minimum": facts.min_quantity if facts.min_quantity > 1 else "",
        "reach": facts.reach,
        "season": said_season(facts.season),
        "preorder": "yes" if facts.preorder else "",
        "name_en": facts.name_en,
        "description_en": facts.description_en,
    }


async def _answer(place: Place, viewer: Viewer, sheet: Sheet, saved: Saved) -> Response:
    if not saved.problems:
        done = "sent" if saved.submitted else "asked" if saved.asked else "saved"
        return RedirectResponse(f"/producer/goods/{saved.listing_id}?done={done}", 303)
    if saved.listing_id is None:
        kept = {"stock": "1", **{key: text or "" for key, text in sheet.typed.items()}}
        return _form(place, None, Typed.of(kept, *saved.problems), posted=sheet.form_id)
    goods, album = await pictures.look(viewer, saved.listing_id)
    wrong = {p.field for p in saved.problems}
    again = {key: text or "" for key, text in sheet.typed.items() if key in wrong}
    typed = Typed.of({**_values(goods), **again}, *saved.problems)
    return _form(place, goods, typed, album=album, posted=sheet.form_id)


def _form(
    place: Place,
    goods: Goods | None,
    typed: Typed,
    *,
    album: Sequence[Mapping[str, Any]] = (),
    toast: Mapping[str, str] | None = None,
    posted: str = "",
) -> Response:
    language = language_of(place.request)
    context = {
        "goods": goods,
        "album": drawn(album, place.media_url),
        "full": goods is not None and goods.photos >= PHOTOS_MAX,
        "picture": goods and goods.picture(place.media_url),
        "f": replace(typed, choices=choices_of(goods, language)) if goods else typed,
        "form_id": new_id(),
        "posted": posted,
        "draft_owner": place.draft_owner,
        "action": f"/producer/goods/{goods.id}" if goods else "/producer/goods/new",
        "toast": toast,
        "kind": goods and goods.template,
        "kinds": templates().values(),
        "filled": goods.filled if goods else (),
        "choices": {
            field: [(code, translate(language, said)) for code, said in words.items()]
            for field, words in WORDS.items()
        },
    }
    status = typed.problems[0].status if typed.problems else 200
    return place.pages.render(place.request, "listing/form.html", context, status)
