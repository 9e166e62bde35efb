"""What a producer is told about the case, and what staff are reminded of."""

from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_
from integrations.contracts.ports import Message, Messages
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import work
from integrations.runtime.followups import open_follow_up
from integrations.runtime.i18n import Language, translate
from sellers.onboarding import queries
from sellers.onboarding.rules import REVIEW_WITHIN_S, StepState

OVERDUE: Final = "case.overdue"

_TOLD: Final = {
    "approved": N_("Gánh has confirmed who sells: {name}. The goods can be bought now. {link}"),
    "to_mend": N_("{name} needs mending before it can sell. {reason} Please mend it here: {link}"),
    "paused": N_("The goods of {name} are not sold for now. {reason} {link}"),
}


async def tell_producer(
    messages: Messages, *, producer_id: UUID, state: str, reason: str, link: str, key: str
) -> None:
    """Send the decision to the producer's phone in their language. `key`: sent at most once."""
    async with work(SYSTEM):
        whom = await queries.to_tell(producer_id)
        known = await queries.known_of(producer_id)
    if whom is None or state not in _TOLD:
        return
    language: Language = "en" if whom["language"] == "en" else "vi"
    reasons = [one.reason for one in known.marks.values() if one.state is StepState.TO_MEND]
    text = translate(
        language,
        _TOLD[state],
        name=whom["name"],
        reason=reason or " ".join(dict.fromkeys(reasons)),
        link=link,
    )
    await messages.send(Message(whom["phone"], " ".join(text.split()), key, "case"))


async def remind_staff() -> int:
    """Open a follow-up for every case that was not answered in time; how many new."""
    opened = 0
    async with work(SYSTEM):
        for row in await queries.overdue(REVIEW_WITHIN_S):
            opened += await open_follow_up(
                OVERDUE,
                subject_type="case",
                subject_id=row["id"],
                for_role=str(Role.COMMUNE_STAFF),
                due_in_s=0,
                producer_id=row["producer_id"],
                name=row["name"],
            )
    return opened
