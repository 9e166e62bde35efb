"""Messages to producers about their shops at marketplaces, in their own language."""

from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_
from integrations.contracts.ports import Message, Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from integrations.runtime.i18n import translate
from market.channels import queries
from market.channels.rules.states import ConnectionState

SILENCED: Final = N_(
    "{marketplace} asks for your agreement again; until then nothing changes there. Please open:"
    " {link}"
)
CLOSED: Final = N_(
    "{marketplace} has closed your shop {shop}; until it is open again nothing changes there."
    " {marketplace}'s seller app says why and how to object. Once it is open, please connect it"
    " again: {link}"
)
BLOCKED: Final = N_("{goods} cannot be shown on {marketplace} yet: {reason} {link}")


async def tell_silenced(ports: Ports, *, connection_id: UUID, public_url: str, key: str) -> None:
    """The seller has to agree again; nothing when that was done meanwhile."""
    async with work(SYSTEM):
        shop = await queries.connection(SYSTEM, connection_id)
        person = await queries.to_tell(shop["producer_id"])
    if person is None or shop["state"] in ("active", "ended"):
        return
    text = translate(
        person["language"],
        CLOSED if shop["state"] == ConnectionState.SUSPENDED else SILENCED,
        marketplace=title_of(ports, shop["channel"]),
        shop=shop["shop_name"],
        link=f"{public_url}/producer/channels",
    )
    await ports.messages.send(Message(person["phone"], text, key, "channel.silenced"))


async def tell_blocked(
    ports: Ports, *, channel_listing_id: UUID, public_url: str, key: str
) -> None:
    """Something is to be mended before goods can be shown; nothing when it was mended."""
    async with work(SYSTEM):
        row = await queries.listing(SYSTEM, channel_listing_id)
        person = await queries.to_tell(row["producer_id"])
    if person is None or not row["problem_code"]:
        return
    language = person["language"]
    text = translate(
        language,
        BLOCKED,
        goods=row["name"],
        marketplace=title_of(ports, row["channel"]),
        reason=translate(language, row["problem_message"], **row["problem_params"]),
        link=f"{public_url}/producer/channels/{channel_listing_id}",
    )
    await ports.messages.send(Message(person["phone"], text, key, "channel.blocked"))


def title_of(ports: Ports, channel: str) -> str:
    """How people call a marketplace."""
    found = ports.channels.get(channel)
    return found.title if found else channel.title()
