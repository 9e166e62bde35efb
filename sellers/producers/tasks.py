"""Tell a producer what was changed about them."""

from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_
from integrations.contracts.ports import Message, Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from integrations.runtime.i18n import translate
from sellers.producers.queries import people_of


async def tell_payout_changed(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """A changed account is said to every phone of the producer: whoever did not do it must know."""
    ports: Ports = ctx["ports"]
    async with work(SYSTEM):
        people = await people_of(id)
    for number, (phone, language) in enumerate(people):
        text = translate(
            "en" if language == "en" else "vi",
            N_(
                "The account for money on Gánh is now {bank}, ending in {last4}."
                " Not you? Please call the helper at once."
            ),
            bank=payload["bank_name"],
            last4=payload["last4"],
        )
        await ports.messages.send(
            Message(phone, text, f"{outbox_id}:{number}", "payout_account.changed")
        )
