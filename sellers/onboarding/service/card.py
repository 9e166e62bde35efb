"""Read the code of an identity card out of a photo that is kept nowhere."""

from typing import Final

from integrations.contracts.errors import Problem
from integrations.contracts.viewer import Viewer
from integrations.runtime.codes import read_codes
from integrations.runtime.limits import Limit, spend
from sellers.producers.rules.identity import Card, no_card, read_card

# Each costs a second of a processor; a blurred photo is tried a few times.
READS: Final = Limit("card.read.hour", 40, 3_600)


async def read_card_photo(viewer: Viewer, picture: bytes) -> Card:
    """What the card in a JPEG, PNG or WebP says.

    Raises `Problem` (code `card.other_code`, field card) where no card's code is seen, `TooMany`.
    """
    try:
        await spend((READS, str(viewer.person_id)))
    except Problem as problem:
        raise problem.at("card") from None
    for text in await read_codes(picture):
        try:
            return read_card(text)
        except Problem:
            continue
    raise no_card()
