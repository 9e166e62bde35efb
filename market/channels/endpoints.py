"""Shops and goods at marketplaces over the API: the same as the pages show and do."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query

from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage, ThePorts, TheSettings
from market.channels.schemas import (
    CategoryOut,
    ChannelsOut,
    ConnectIn,
    ConsentOut,
    ItemOut,
    OfferIn,
    ShopOut,
    TroublesOut,
)
from market.channels.service import connect, offer, shown
from market.channels.service.offer import Offer
from sellers.accounts.guards import AsProducer, AsStaff, OfDevice

router = APIRouter(prefix="/channels", tags=["Marketplaces"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409, 503)
}
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get(
    "",
    operation_id="channels_list",
    summary="Connected shops, and what stands there",
    response_model=ChannelsOut,
    responses=_PROBLEMS,
)
async def everything(
    viewer: AsProducer,
    ports: ThePorts,
    language: TheLanguage,
    cursor: UUID | None = None,
    limit: Limit = 50,
) -> ChannelsOut:
    """Goods newest first, each with both sides and one sentence."""
    return await shown.everything(
        viewer, ports=ports, language=language, before=cursor, limit=limit
    )


@router.get(
    "/problems",
    operation_id="channels_problems",
    summary="What stands still at marketplaces, for staff",
    response_model=TroublesOut,
    responses=_PROBLEMS,
)
async def problems(
    viewer: AsStaff,
    ports: ThePorts,
    language: TheLanguage,
    cursor: UUID | None = None,
    limit: Limit = 50,
) -> TroublesOut:
    """The longest-standing first, within the staff's province."""
    return await shown.troubles(viewer, ports=ports, language=language, after=cursor, limit=limit)


@router.post(
    "/listings",
    status_code=201,
    operation_id="channels_offer",
    summary="Show goods in a shop",
    response_model=ItemOut,
    responses=_PROBLEMS,
)
async def offer_goods(
    viewer: AsProducer, ports: ThePorts, language: TheLanguage, body: OfferIn
) -> ItemOut:
    """The pre-flight comes first: the first thing that is lacking is answered with 400."""
    made, lacking = await offer.offer(viewer, ports=ports, wanted=Offer(**body.model_dump()))
    if made is None:
        raise lacking[0]
    return await shown.one_item(viewer, ports=ports, language=language, channel_listing_id=made)


@router.get(
    "/listings/{channel_listing_id}",
    operation_id="channels_item",
    summary="Why are the goods not there?",
    response_model=ItemOut,
    responses=_PROBLEMS,
)
async def item(
    viewer: AsProducer, ports: ThePorts, language: TheLanguage, channel_listing_id: UUID
) -> ItemOut:
    """What stands where, who acts, when it is tried again."""
    return await shown.one_item(
        viewer, ports=ports, language=language, channel_listing_id=channel_listing_id
    )


@router.post(
    "/listings/{channel_listing_id}/try-again",
    operation_id="channels_try_again",
    summary="Try now",
    response_model=ItemOut,
    responses=_PROBLEMS,
)
async def try_again(
    viewer: AsProducer, ports: ThePorts, language: TheLanguage, channel_listing_id: UUID
) -> ItemOut:
    """Something was mended, or somebody is impatient."""
    await offer.try_again(viewer, channel_listing_id=channel_listing_id)
    return await shown.one_item(
        viewer, ports=ports, language=language, channel_listing_id=channel_listing_id
    )


@router.post(
    "/listings/{channel_listing_id}/withdraw",
    operation_id="channels_withdraw",
    summary="Hide goods at the marketplace",
    response_model=ItemOut,
    responses=_PROBLEMS,
)
async def withdraw(
    viewer: AsProducer, ports: ThePorts, language: TheLanguage, channel_listing_id: UUID
) -> ItemOut:
    """They stay on sale here."""
    await offer.withdraw(viewer, channel_listing_id=channel_listing_id)
    return await shown.one_item(
        viewer, ports=ports, language=language, channel_listing_id=channel_listing_id
    )


@router.post(
    "/listings/{channel_listing_id}/put-back",
    operation_id="channels_put_back",
    summary="Show goods at the marketplace again",
    response_model=ItemOut,
    responses=_PROBLEMS,
)
async def put_back(
    viewer: AsProducer, ports: ThePorts, language: TheLanguage, channel_listing_id: UUID
) -> ItemOut:
    """As they were offered before."""
    await offer.put_back(viewer, channel_listing_id=channel_listing_id)
    return await shown.one_item(
        viewer, ports=ports, language=language, channel_listing_id=channel_listing_id
    )


@router.get(
    "/shops/{connection_id}/categories",
    operation_id="channels_categories",
    summary="Kinds of goods that a shop's marketplace knows",
    response_model=list[CategoryOut],
    responses=_PROBLEMS,
)
async def categories(viewer: AsProducer, ports: ThePorts, connection_id: UUID) -> list[CategoryOut]:
    """Asked of the marketplace now: they change there."""
    found = await offer.categories(viewer, ports=ports, connection_id=connection_id)
    return [CategoryOut(id=id_, name=name) for id_, name in found.items()]


@router.delete(
    "/shops/{connection_id}",
    status_code=204,
    operation_id="channels_disconnect",
    summary="Take a shop away",
    responses=_PROBLEMS,
)
async def disconnect(viewer: AsProducer, connection_id: UUID) -> None:
    """What stands in that shop stays there."""
    await connect.disconnect(viewer, connection_id=connection_id)


@router.get(
    "/{channel}/consent",
    operation_id="channels_consent",
    summary="Where a seller agrees that we act for a shop",
    response_model=ConsentOut,
    responses=_PROBLEMS,
)
async def consent(
    viewer: AsProducer, device: OfDevice, ports: ThePorts, settings: TheSettings, channel: str
) -> ConsentOut:
    """The answer is good only for the session that asked."""
    url = connect.consent_url(
        ports=ports, settings=settings, session_id=device.session_id, channel=channel
    )
    return ConsentOut(url=url)


@router.post(
    "/{channel}/shops",
    status_code=201,
    operation_id="channels_connect",
    summary="Connect a shop with the marketplace's answer",
    response_model=ShopOut,
    responses=_PROBLEMS,
)
async def connect_shop(
    *,
    viewer: AsProducer,
    device: OfDevice,
    ports: ThePorts,
    settings: TheSettings,
    language: TheLanguage,
    channel: str,
    body: ConnectIn,
) -> ShopOut:
    """The same shop again renews its agreement."""
    made = await connect.connect(
        viewer,
        ports=ports,
        settings=settings,
        session_id=device.session_id,
        channel=channel,
        **body.model_dump(),
    )
    return await shown.one_shop(viewer, ports=ports, language=language, connection_id=made)
