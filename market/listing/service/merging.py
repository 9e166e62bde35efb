"""A save over goods that others changed meanwhile: what is taken, and what people are asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import insert_once, run
from market.catalog.service.listings import Held
from market.listing import queries
from market.listing.queries import Asked
from market.listing.rules.merge import (
    Stood,
    Verdict,
    after_questions,
    decide,
    last_seen,
    plain,
    stood_since,
)
from market.listing.rules.said import said
from market.listing.schemas import FACTS, Changes

# The field as it is typed -> what `Changes` and `Held` call it, beside `FACTS`.
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "name": ("name", "name"),
    "price": ("price_vnd", "price_vnd"),
    "unit": ("unit", "unit"),
    "stock": ("stock", "available"),
    "description": ("description", "description"),
    "template": ("template", "template"),
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and the revision that the sender has seen: 0 for none."""

    source: str
    base: int


@dataclass(frozen=True, slots=True)
class _Merge:
    held: Held
    sender: Sender
    stood: Sequence[Stood]
    asked: Sequence[Asked]

    def verdict(self, field: str, name: str, mine: Any) -> Verdict:
        own, source = self.held.facts.own_fields, self.sender.source
        found = decide(plain(mine), self.stood, source=source, field=name, own=own)
        here = [one for one in self.asked if one.field == field]
        return after_questions(found, said(field, mine), here, source=source, base=self.sender.base)


async def merge(
    viewer: Viewer, held: Held, changes: Changes, sender: Sender
) -> tuple[Changes, bool]:
    """What of `changes` is to be written; the rest was not typed, or is kept as a question.

    True when a question was opened. Inside the transaction that holds the goods.
    """
    later = await queries.changes_after(held.id, sender.base)
    merging = _Merge(
        held,
        sender,
        stood_since(plain(held.written), later),
        await queries.asked(held.id),
    )
    dropped: set[str] = set()
    opened = False
    for field, name, mine in _sent(held, changes):
        verdict = merging.verdict(field, name, mine)
        if verdict is not Verdict.TAKE:
            dropped.add(field)
        if verdict in (Verdict.ASK, Verdict.WITHDRAW):
            await _withdraw(merging, field)
        if verdict is Verdict.ASK:
            await _ask(viewer, merging, field, name, mine)
            opened = True
    return _without(changes, dropped, merging), opened


def _sent(held: Held, changes: Changes) -> Iterator[tuple[str, str, Any]]:
    """The fields that were sent: as typed, as held, and what was understood.

    What is left of goods that were on sale is counted by its difference, not merged.
    """
    for field, (name, held_name) in TEXTS.items():
        if (mine := getattr(changes, name)) is not None and not (field == "stock" and held.shown):
            yield field, held_name, mine
    for field, (fact, _, _) in FACTS.items():
        if fact in changes.facts:
            yield field, fact, changes.facts[fact]


async def _withdraw(merging: _Merge, field: str) -> None:
    await run(
        "UPDATE listing_question SET answered_at = now(), taken = 'newer' WHERE listing_id = $1"
        " AND field = $2 AND source = $3 AND answered_at IS NULL",
        [merging.held.id, field, merging.sender.source],
    )


async def _ask(viewer: Viewer, merging: _Merge, field: str, name: str, mine: Any) -> None:
    held, sender = merging.held, merging.sender
    text = said(field, mine)
    if any(one.field == field and one.other == text and one.waiting for one in merging.asked):
        return
    await insert_once(
        "listing_question",
        {
            "id": new_id(),
            "listing_id": held.id,
            "producer_id": held.producer_id,
            "field": field,
            "kept": said(field, merging.stood[-1].values[name]),
            "other": text,
            "base_revision": sender.base,
            "source": sender.source,
            "person_id": viewer.person_id,
        },
    )


def _without(changes: Changes, dropped: set[str], merging: _Merge) -> Changes:
    source = merging.sender.source
    texts: dict[str, Any] = {TEXTS[field][0]: None for field in dropped if field in TEXTS}
    facts = {FACTS[field][0] for field in dropped if field in FACTS}
    return replace(
        changes,
        **texts,
        facts={fact: value for fact, value in changes.facts.items() if fact not in facts},
        # A field that the sender saw empty was not emptied.
        emptied=tuple(
            field
            for field in changes.emptied
            if last_seen(merging.stood, source, TEXTS[field][1]) not in ("", None)
        ),
    )
