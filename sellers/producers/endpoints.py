"""Producers, places and banks over the API."""

from typing import Annotated

from fastapi import APIRouter, Header, Query

from integrations.runtime.web.idempotency import require_key
from integrations.runtime.web.problems import declared
from sellers.accounts.guards import Anyone, AsProducer, OfDevice, SignedIn
from sellers.producers import queries, schemas
from sellers.producers.service import (
    change_producer,
    create_producer,
    my_producer,
    set_payout_account,
)

router = APIRouter(tags=["Producers"])


@router.post(
    "/producers",
    status_code=201,
    operation_id="producers_create",
    summary="Say who is selling; the session acts for the new producer from then on",
    responses=declared(400, 401, 403, 409),
)
async def create(
    new: schemas.NewProducer,
    viewer: SignedIn,
    device: OfDevice,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> schemas.ProducerBody:
    """With an `Idempotency-Key` the same request may be sent again."""
    assert device.session_id is not None
    return await create_producer(
        viewer=viewer,
        session_id=device.session_id,
        new=new,
        key=None if idempotency_key is None else require_key(idempotency_key),
    )


@router.get(
    "/producers/me",
    operation_id="producers_show_mine",
    summary="The producer I act for",
    responses=declared(401, 403),
)
async def show(viewer: AsProducer) -> schemas.ProducerBody:
    """With the outside of the payout account: bank, holder and the last four signs."""
    return await my_producer(viewer)


@router.patch(
    "/producers/me",
    operation_id="producers_change_mine",
    summary="Change kind, name, commune or words about me",
    responses=declared(400, 401, 403),
)
async def change(asked: schemas.ChangeProducer, viewer: AsProducer) -> schemas.ProducerBody:
    """Only what is given changes."""
    return await change_producer(viewer=viewer, change=asked)


@router.put(
    "/producers/me/payout-account",
    operation_id="producers_set_payout_account",
    summary="Say where bank transfers go",
    responses=declared(400, 401, 403),
)
async def put_payout_account(
    new: schemas.NewPayoutAccount, viewer: AsProducer
) -> schemas.PayoutShown:
    """The same account again changes nothing; another ends the old one and is told to the phone."""
    return await set_payout_account(viewer=viewer, new=new)


@router.get(
    "/places/communes",
    operation_id="communes_find",
    summary="Find communes by typing, with or without marks",
    responses=declared(400),
)
async def find_communes(
    _viewer: Anyone, q: Annotated[str, Query(max_length=100, examples=["can loc"])] = ""
) -> schemas.Communes:
    """Names that begin with what was typed first, at most ten; former names of Hà Tĩnh too."""
    found = await queries.find_communes(q, 10)
    return schemas.Communes(
        communes=[
            schemas.CommuneMatch(
                code=one.code,
                name=one.name,
                province=one.province,
                was=one.was,
                was_split=one.was_split,
            )
            for one in found
        ]
    )


@router.get(
    "/banks", operation_id="banks_list", summary="Banks that take transfers, the best known first"
)
async def list_banks(_viewer: Anyone) -> schemas.Banks:
    """By BIN; renamed banks keep it."""
    return schemas.Banks(banks=[schemas.BankBody(**row) for row in await queries.banks()])
