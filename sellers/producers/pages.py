"""Who am I: name, kind and commune on one screen; the account for money on one of its own."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.pages import Typed
from integrations.runtime.web.idempotency import require_key
from integrations.runtime.web.state import Pages
from sellers.accounts.guards import Anyone, AsProducer, Device, OfDevice, SignedIn
from sellers.accounts.rules import ROLE_WORDS, read_name
from sellers.accounts.service import about_me, say_name
from sellers.producers.queries import CommuneFound, banks, commune_by_code, find_communes
from sellers.producers.rules import (
    KIND_WORDS,
    read_about,
    read_account,
    read_bank,
    read_hamlet,
    read_holder,
    read_kind,
)
from sellers.producers.schemas import ChangeProducer, NewPayoutAccount, NewProducer, ProducerBody
from sellers.producers.service import (
    change_producer,
    create_producer,
    my_producer,
    set_payout_account,
)

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form()]
_SHOWN = 6
_FIRST_PRODUCT = "/producer/goods/new"
_GOODS = "/producer/goods"


@router.get("/who")
async def who_am_i(request: Request, pages: Pages, viewer: SignedIn) -> Response:
    """What is known of me; whoever sells nothing yet is asked who is selling."""
    me = await about_me(viewer)
    if viewer.role is Role.PRODUCER:
        own = await my_producer(viewer)
        context = {"own": own, "me": me, "kind_word": KIND_WORDS[own.kind][0]}
        return pages.render(request, "producers/me.html", context)
    if viewer.role is not Role.PERSON:
        context = {"me": me, "role_word": ROLE_WORDS.get(viewer.role)}
        return pages.render(request, "producers/staff.html", context)
    values = {"name": me["name"], "key": str(new_id())}
    return _form(request, pages, Typed.of(values), own=None, nameless=not me["name"])


@router.get("/who/edit")
async def edit(request: Request, pages: Pages, viewer: AsProducer) -> Response:
    """The same form with what is known."""
    own = await my_producer(viewer)
    values = {
        "kind": own.kind,
        "name": own.name,
        "commune_code": own.commune.code,
        "hamlet": own.hamlet,
        "about": own.about,
    }
    place = CommuneFound(own.commune.code, own.commune.name, own.commune.province)
    return _form(request, pages, Typed.of(values), own=own, found=[place])


@router.post("/who")
async def save(
    *,
    request: Request,
    pages: Pages,
    viewer: SignedIn,
    device: OfDevice,
    kind: Field = "",
    name: Field = "",
    commune_code: Field = "",
    commune_query: Field = "",
    key: Field = "",
    find: Field = "",
    person_name: Field = "",
) -> Response:
    """Saves when all is there; else the same form, with the communes that were found.

    Somebody new says their own name here too; buyers see that one when no other is given.
    """
    own = await my_producer(viewer) if viewer.role is Role.PRODUCER else None
    nameless = own is None and not (await about_me(viewer))["name"]
    # Emptied is a change, a form without the field is none: FastAPI does not tell the two apart.
    sent = await request.form()
    about, hamlet = (
        text if isinstance(text := sent.get(name), str) else None for name in ("about", "hamlet")
    )
    values = {
        "kind": kind[:20],
        "name": name[:480],
        "person_name": person_name[:480],
        "commune_code": commune_code[:20],
        "commune_query": commune_query[:100],
        "key": key[:100],
        "hamlet": (hamlet or "")[:480],
        "about": about or "",
    }
    found, values["commune_code"] = await _communes(
        commune_code, commune_query, searching=bool(find)
    )
    if find:
        return _form(
            request, pages, Typed.of(values), own=own, found=found, searched=True, nameless=nameless
        )
    problems = _unreadable(values, nameless=nameless)
    try:
        await commune_by_code(values["commune_code"])
        if not problems and own is not None:
            await change_producer(viewer=viewer, change=_change(values, about, hamlet))
            return RedirectResponse("/who", 303)
        if not problems:
            await _begin(viewer, device, values, nameless=nameless)
            return RedirectResponse(_FIRST_PRODUCT, 303)
    except Problem as problem:
        problems.append(problem)
    typed = Typed.of(values, *problems)
    searched = bool(commune_query)
    return _form(request, pages, typed, own=own, found=found, searched=searched, nameless=nameless)


def _unreadable(values: Mapping[str, str], *, nameless: bool) -> list[Problem]:
    problems = _gather(
        (read_kind, values["kind"]),
        (read_about, values["about"]),
        (read_hamlet, values["hamlet"]),
    )
    if nameless:
        problems += [it.at("person_name") for it in _gather((read_name, values["person_name"]))]
    if values["name"].strip() or not nameless:
        problems += _gather((read_name, values["name"]))
    return problems


def _change(values: Mapping[str, str], about: str | None, hamlet: str | None) -> ChangeProducer:
    return ChangeProducer(
        kind=values["kind"],
        name=values["name"],
        commune_code=values["commune_code"],
        hamlet=hamlet,
        about=about,
    )


async def _begin(
    viewer: Viewer, device: Device, values: Mapping[str, str], *, nameless: bool
) -> None:
    assert device.session_id is not None
    if nameless:
        await say_name(viewer=viewer, name=values["person_name"])
    await create_producer(
        viewer=viewer,
        session_id=device.session_id,
        new=NewProducer(
            kind=values["kind"],
            name=values["name"] if values["name"].strip() else values["person_name"],
            commune_code=values["commune_code"],
        ),
        key=require_key(values["key"]),
    )


async def _communes(commune: str, query: str, *, searching: bool) -> tuple[list[CommuneFound], str]:
    """The communes to choose from, and the one that is chosen: the only one found is taken."""
    found = await find_communes(query, _SHOWN) if query else []
    try:
        chosen = await commune_by_code(commune)
    except Problem:
        return found, found[0].code if len(found) == 1 else ""
    if chosen not in found and not (searching and query):
        found = [chosen, *found]
    return found, chosen.code


def _gather(*fields: Any) -> list[Problem]:
    """What is wrong with each field, all at once: (rule, what was typed)."""
    problems: list[Problem] = []
    for read, text in fields:
        try:
            read(text)
        except Problem as problem:
            problems.append(problem)
    return problems


def _form(
    request: Request,
    pages: Pages,
    typed: Typed,
    *,
    own: ProducerBody | None,
    found: list[CommuneFound] | None = None,
    searched: bool = False,
    nameless: bool = False,
) -> Response:
    context = {
        "f": typed,
        "nameless": nameless,
        "own": own,
        "kinds": KIND_WORDS,
        "found": found or [],
        "searched": searched,
    }
    status = typed.problems[0].status if typed.problems else 200
    return pages.render(request, "producers/who.html", context, status)


@router.get("/places/communes")
async def communes(
    request: Request, pages: Pages, _viewer: Anyone, q: Annotated[str, Query()] = ""
) -> Response:
    """The radio buttons alone, for the small script that asks while somebody types."""
    context = {"f": Typed(), "found": await find_communes(q, _SHOWN), "searched": bool(q)}
    return pages.render(request, "producers/communes.html", context)


@router.get("/who/account")
async def account_form(request: Request, pages: Pages, viewer: AsProducer) -> Response:
    """Asks where the money goes; it may be left for later."""
    own = await my_producer(viewer)
    held = own.payout_account
    values = {"bank_bin": held.bank_bin, "holder": held.holder} if held else {}
    return await _account_page(request, pages, own, Typed.of(values))


@router.post("/who/account")
async def save_account(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    bank_bin: Field = "",
    account: Field = "",
    holder: Field = "",
) -> Response:
    """Saves the account; the first one leads back to the goods."""
    own = await my_producer(viewer)
    problems = _gather((read_bank, bank_bin), (read_account, account), (read_holder, holder))
    try:
        if not problems:
            new = NewPayoutAccount(bank_bin=bank_bin, account=account, holder=holder)
            await set_payout_account(viewer=viewer, new=new)
            return RedirectResponse("/who" if own.payout_account else _GOODS, 303)
    except Problem as problem:
        problems.append(problem)
    values = {"bank_bin": bank_bin[:20], "account": account[:60], "holder": holder[:140]}
    return await _account_page(request, pages, own, Typed.of(values, *problems))


async def _account_page(
    request: Request, pages: Pages, own: ProducerBody, typed: Typed
) -> Response:
    context = {
        "f": typed,
        "own": own,
        "banks": [(row["bin"], f"{row['short_name']} – {row['name']}") for row in await banks()],
        "later": _GOODS,
    }
    status = typed.problems[0].status if typed.problems else 200
    return pages.render(request, "producers/account.html", context, status)
