"""What a picture to pass on shows, and under which key it is kept."""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict

# Counted up when pictures are drawn in another way: older ones are drawn anew.
DRAWN_AS: Final = 1


class Shape(StrEnum):
    """1:1 for chats and walls, 9:16 for stories."""

    SQUARE = "square"
    STORY = "story"

    @property
    def sides_px(self) -> tuple[int, int]:
        """Width and height."""
        return (1080, 1080) if self is Shape.SQUARE else (1080, 1920)


@dataclass(frozen=True, slots=True)
class Card:
    """What is drawn, as people read it; `photo_key` is a public JPEG of the main photo."""

    name: str
    price: str
    unit: str
    link: str
    photo_key: str

    def key(self, listing_id: UUID, shape: Shape) -> str:
        """Where the picture lies: named by everything that is on it."""
        return f"{prefix(listing_id, shape)}{self.mark}.jpg"

    @property
    def mark(self) -> str:
        """Another one as soon as name, price, photo or link is another."""
        said = json.dumps([DRAWN_AS, asdict(self)], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()[:24]


def prefix(listing_id: UUID, shape: Shape) -> str:
    """What the keys of all pictures of these goods in this shape begin with."""
    return f"share/{listing_id}/{shape}-"


def card(*, name: str, price: str, unit: str, code: str, photo_key: str, public_url: str) -> Card:
    """The card of goods; the link is short and without "https://", as people type it."""
    host = public_url.partition("//")[2].rstrip("/")
    return Card(name, price, unit, f"{host}/p/{code}", photo_key)


def not_on_sale() -> Conflict:
    """Only what buyers can see is passed on."""
    return Conflict(
        "share.not_on_sale",
        N_("Only goods on sale with a photo can be shared. Please put them on sale first."),
    )
