"""The states of a listing, which move is allowed and what an edit does; words that sort goods."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from integrations.contracts.errors import N_
from integrations.contracts.measures import Content


class ListingState(StrEnum):
    """Moves only by `MOVES`."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    TO_MEND = "to_mend"
    LIVE = "live"
    PAUSED = "paused"
    ARCHIVED = "archived"


MOVES: Final[Mapping[ListingState, frozenset[ListingState]]] = {
    ListingState.DRAFT: frozenset({ListingState.IN_REVIEW, ListingState.ARCHIVED}),
    ListingState.IN_REVIEW: frozenset({ListingState.LIVE, ListingState.TO_MEND}),
    ListingState.TO_MEND: frozenset({ListingState.IN_REVIEW, ListingState.ARCHIVED}),
    ListingState.LIVE: frozenset(
        {ListingState.PAUSED, ListingState.IN_REVIEW, ListingState.ARCHIVED}
    ),
    ListingState.PAUSED: frozenset(
        {ListingState.LIVE, ListingState.IN_REVIEW, ListingState.ARCHIVED}
    ),
    ListingState.ARCHIVED: frozenset({ListingState.DRAFT, ListingState.PAUSED}),
}


class Category(StrEnum):
    """What sort of goods it is, to people and to the mapping of a marketplace."""

    FRUIT = "fruit"
    GRAINS = "grains"
    SEASONING = "seasoning"
    SEAFOOD = "seafood"
    MEAT = "meat"
    SWEETS = "sweets"
    DRINKS = "drinks"
    HONEY = "honey"
    CRAFTS = "crafts"


CATEGORY_WORDS: Final[Mapping[str, str]] = {
    Category.FRUIT: N_("Fruit and vegetables"),
    Category.GRAINS: N_("Rice, beans and nuts"),
    Category.SEASONING: N_("Seasoning and sauces"),
    Category.SEAFOOD: N_("Seafood"),
    Category.MEAT: N_("Meat and what is made of it"),
    Category.SWEETS: N_("Sweets and crackers"),
    Category.DRINKS: N_("Tea, coffee and drinks"),
    Category.HONEY: N_("Honey, herbs and tonics"),
    Category.CRAFTS: N_("Crafts and household"),
}


class StorageWay(StrEnum):
    """How goods are kept."""

    DRY = "dry"
    AIRY = "airy"
    FRIDGE = "fridge"
    FREEZER = "freezer"


STORAGE_WORDS: Final[Mapping[str, str]] = {
    StorageWay.DRY: N_("Cool and dry, out of the sun"),
    StorageWay.AIRY: N_("In an airy place, not in the fridge"),
    StorageWay.FRIDGE: N_("In the fridge, 0 to 5 °C"),
    StorageWay.FREEZER: N_("In the freezer, −18 °C"),
}


class Allergen(StrEnum):
    """What must be said on food: TCVN 7087:2013 (CODEX STAN 1-1985), 4.2.1.4, with sesame (Codex,
    2024) and molluscs (Regulation (EU) 1169/2011, Annex II), which come from here often.
    """

    GLUTEN = "gluten"
    CRUSTACEANS = "crustaceans"
    EGGS = "eggs"
    FISH = "fish"
    PEANUTS = "peanuts"
    SOY = "soy"
    MILK = "milk"
    NUTS = "nuts"
    SESAME = "sesame"
    MOLLUSCS = "molluscs"
    SULPHITES = "sulphites"


ALLERGEN_WORDS: Final[Mapping[str, str]] = {
    Allergen.GLUTEN: N_("wheat flour"),
    Allergen.CRUSTACEANS: N_("shrimp, crab"),
    Allergen.EGGS: N_("eggs"),
    Allergen.FISH: N_("fish"),
    Allergen.PEANUTS: N_("peanuts"),
    Allergen.SOY: N_("soy beans"),
    Allergen.MILK: N_("milk"),
    Allergen.NUTS: N_("tree nuts"),
    Allergen.SESAME: N_("sesame"),
    Allergen.MOLLUSCS: N_("squid, shellfish"),
    Allergen.SULPHITES: N_("sulphites"),
}

# Spirits, beer and tobacco are not sold to anyone younger: Law 44/2019/QH14, Article 5.
ADULT_AGE: Final = 18


class Reach(StrEnum):
    """How far goods are sent where that is not everywhere: fresh ones do not keep on a long way."""

    PROVINCE = "province"
    COMMUNE = "commune"


REACH_WORDS: Final[Mapping[str, str]] = {
    Reach.PROVINCE: N_("Only within the own province"),
    Reach.COMMUNE: N_("Only within the own commune or ward"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What sells goods besides name, text and price; None and empty: not known.

    `template_code`: the type that fills what nobody typed, empty for none; `template_chosen`:
    the seller chose it, or chose none. `own_fields`: what the seller has typed or emptied.
    `size_mm`: length, width, height; like `weight_g` of one, with its wrapping. `content`: how
    much is in one, without it. `min_quantity`: units of one order, at least. `reach`: a `Reach`,
    empty for everywhere. `season`: as `seasons.read_season` gives it, empty for all year;
    `preorder`: may be ordered before it begins. The texts in English may be empty.
    """

    template_code: str = ""
    template_chosen: bool = False
    own_fields: frozenset[str] = frozenset()
    category_code: str = ""
    weight_g: int | None = None
    size_mm: tuple[int, int, int] | None = None
    shelf_life_days: int | None = None
    storage: str = ""
    allergens: tuple[str, ...] = ()
    age_min: int | None = None
    content: Content | None = None
    gtin: str | None = None
    min_quantity: int = 1
    reach: str = ""
    season: str = ""
    preorder: bool = False
    name_en: str = ""
    description_en: str = ""

    @property
    def english(self) -> dict[str, str]:
        """The texts in English, by the names of their columns."""
        return {"name_en": self.name_en, "description_en": self.description_en}

    @property
    def seen(self) -> tuple[object, ...]:
        """What buyers read, and staff therefore look at."""
        return (
            *(self.weight_g, self.size_mm, self.shelf_life_days),
            *(self.storage, self.allergens, self.age_min, self.content),
            *(self.name_en, self.description_en),
        )

    @property
    def written(self) -> dict[str, Any]:
        """Every fact by its name, without the mark of who typed it: what history keeps."""
        return {it.name: getattr(self, it.name) for it in fields(self) if it.name != "own_fields"}


@dataclass(frozen=True, slots=True)
class Axis:
    """What variants of goods differ in, such as weight or taste, and how each is called."""

    name: str
    values: tuple[str, ...]


AXES_MAX: Final = 2
VARIANTS_MAX: Final = 50


def label_of(values: tuple[str, str]) -> str:
    """ "250 g, gừng": what tells a variant from the others; empty where there is one."""
    return ", ".join(value for value in values if value)


# What has been approved: new words or a new picture are seen by staff before buyers see them.
REVIEWED: Final = frozenset({ListingState.LIVE, ListingState.PAUSED})

# What a person reads when somebody was faster, by the state that the listing is in now.
MEANWHILE: Final[Mapping[ListingState, str]] = {
    ListingState.DRAFT: N_("This is still a draft. Please open the page again."),
    ListingState.IN_REVIEW: N_("This was sent for review meanwhile. Please open the page again."),
    ListingState.TO_MEND: N_("This was sent back to the seller meanwhile."),
    ListingState.LIVE: N_("This is already on sale. Please open the page again."),
    ListingState.PAUSED: N_("This was hidden from the shop meanwhile. Please open the page again."),
    ListingState.ARCHIVED: N_("This was put away. Please bring it back first."),
}


def brought_back(before: ListingState) -> ListingState:
    """Where goods go that were put away out of `before`: what staff had approved is hidden, and
    shown again by a press; anything else is a draft.
    """
    return ListingState.PAUSED if before in REVIEWED else ListingState.DRAFT


def sources(target: ListingState) -> tuple[ListingState, ...]:
    """The states from which a listing may move to `target`."""
    return tuple(state for state, targets in MOVES.items() if target in targets)


def after_edit(state: ListingState, *, reviewed_changed: bool) -> ListingState:
    """Where an edit leaves a listing. Price and stock change at once; name, words, unit,
    picture and facts of an approved listing go back to review, and it is not shown until then.
    """
    return ListingState.IN_REVIEW if reviewed_changed and state in REVIEWED else state
