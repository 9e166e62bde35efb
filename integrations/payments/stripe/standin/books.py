"""All that the stand-in knows: objects by id, events, kept answers. One JSON file outlives it."""

import copy
import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from integrations.payments.stripe.standin.refusal import Refusal

Thing = dict[str, Any]
"""One object in Stripe's words."""

API_VERSION: Final = "2026-10-28.endive"
KEY_KEPT_S: Final = 24 * 3600
# Kinds that do not say whether they are real.
_WITHOUT_MODE: Final = ("balance_transaction", "refund")
EVENTS_KEPT_S: Final = 30 * 24 * 3600


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Faults(_Strict):
    """What goes wrong until it is switched off again.

    `next_n`: only for so many requests, and for the notices of so many events; then it is over by
    itself; `refunds_wait` and `book_after_s` go on. `only`: only requests that begin like this, as
    "POST /v1/refunds".
    """

    next_n: int | None = Field(None, ge=1, le=10_000)
    only: str = Field("", max_length=200)
    # Requests.
    time_out_after_success: bool = False  # does the work, waits hang_s, then cuts the line
    hang_s: float = Field(0, ge=0, le=600)
    slow_s: float = Field(0, ge=0, le=600)  # before the work, while the key counts as in use
    status_500: Literal["no", "before", "after"] = "no"  # kept under the key, as Stripe does
    answer_status: Literal[0, 409, 429, 503] = 0  # before anything, kept under no key
    garbage: Literal["no", "before", "after"] = "no"
    refunds_wait: bool = False  # a new refund is pending until it is moved by hand
    book_after_s: float = Field(0, ge=0, le=10**6)  # until a charge is on the balance
    # Notices.
    duplicate: int = Field(0, ge=0, le=20)
    reorder: bool = False  # newest first among those that go out together
    delay_s: float = Field(0, ge=0, le=10**6)
    drop: bool = False  # only the list of events knows
    wrong_signature: bool = False
    shift_s: int = Field(0, ge=-(10**6), le=10**6)  # the signature's time is not now
    thin: bool = False  # names only the object


class Kept(_Strict):
    """The first answer to an idempotency key."""

    asked: str
    status: int
    body: Any
    at: float


class Waiting(_Strict):
    """One notice that was not accepted yet."""

    event_id: str
    due_at: float
    tries: int = 0
    faulty: bool = False  # one of the `next_n` events


class State(_Strict):
    """All that outlives a restart."""

    objects: dict[str, Thing] = {}
    events: list[Thing] = []
    hidden: dict[str, Thing] = {}
    keys: dict[str, Kept] = {}
    waiting: list[Waiting] = []
    faults: Faults = Faults()
    requests_left: int | None = None
    notices_left: int | None = None
    clock_shift_s: float = 0


class Books:
    """The state, its clock and its file. `file` None keeps it in memory."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.pages_at = ""  # where the hosted pages are; the app says it
        self.state = State()
        if file is not None and file.exists():
            self.state = State.model_validate_json(file.read_bytes())
            self._forget()

    def now(self) -> float:
        """Seconds since 1970, by the clock that can be moved."""
        return time.time() + self.state.clock_shift_s

    def save(self) -> None:
        """Replace the file in one step: a kill leaves the old or the new state."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self.state.model_dump()), "utf-8")
        os.replace(fresh, self._file)

    def add(self, prefix: str, kind: str, **fields: Any) -> Thing:
        """A new object of this kind; the order of adding is the order of lists."""
        thing = {
            "id": f"{prefix}_{secrets.token_hex(12)}",
            "object": kind,
            "created": int(self.now()),
            **({} if kind in _WITHOUT_MODE else {"livemode": False}),
            **fields,
        }
        self.state.objects[thing["id"]] = thing
        return thing

    def find(self, kind: str, thing_id: str, *, param: str = "id") -> Thing:
        """The object itself, to be changed in place. Raises `Refusal` (`resource_missing`)."""
        thing = self.state.objects.get(thing_id)
        if thing is None or thing["object"] != kind:
            raise Refusal(
                f"No such {kind}: '{thing_id}'",
                code="resource_missing",
                param=param,
                status=404 if param == "id" else 400,
            )
        return thing

    def all_of(self, kind: str) -> Iterator[Thing]:
        """Every object of this kind, oldest first."""
        return (thing for thing in self.state.objects.values() if thing["object"] == kind)

    def shown(self, thing: Thing, expand: list[str]) -> Thing:
        """A copy for the caller with these paths in full; `params` has checked them."""
        shown = copy.deepcopy(thing)
        if shown["object"] == "charge" and self.now() < shown["created"] + self._late(shown):
            shown["balance_transaction"] = None
        if shown["object"] == "checkout.session" and shown["status"] == "open":
            shown["url"] = f"{self.pages_at}/c/pay/{shown['id']}"
        paths: dict[str, list[str]] = {}
        for path in expand:
            name, _, rest = path.partition(".")
            paths.setdefault(name, []).extend([rest] if rest else [])
        for name, deeper in paths.items():
            inner = self.state.objects.get(shown[name]) if shown[name] else None
            shown[name] = self.shown(inner, deeper) if inner else None
        return shown

    def page(self, found: list[Thing], asked: Thing, *, url: str) -> Thing:
        """One page of a list, newest first, as `limit` and `starting_after` say."""
        newest = list(reversed(found))
        if after := asked.get("starting_after"):
            ids = [thing["id"] for thing in newest]
            if after not in ids:
                raise Refusal(
                    f"No such object: '{after}'", code="resource_missing", param="starting_after"
                )
            newest = newest[ids.index(after) + 1 :]
        limit = asked.get("limit", 10)
        expand = [path.removeprefix("data.") for path in asked.get("expand", [])]
        return {
            "object": "list",
            "url": url,
            "has_more": len(newest) > limit,
            "data": [self.shown(thing, expand) for thing in newest[:limit]],
        }

    def emit(self, kind: str, subject: Thing, *, wanted: bool) -> None:
        """Write an event down with its subject as it is now, and let its notices wait."""
        state = self.state
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self.now()),
            "livemode": False,
            "type": kind,
            "data": {"object": self.shown(subject, [])},
            "pending_webhooks": int(wanted),
            "request": {"id": None, "idempotency_key": None},
        }
        state.events.append(event)
        if not wanted:
            return
        faulty = state.notices_left != 0
        faults = state.faults if faulty else Faults()
        if state.notices_left:
            state.notices_left -= 1
        if not faults.drop:
            due_at = time.time() + faults.delay_s
            state.waiting += [
                Waiting(event_id=event["id"], due_at=due_at, faulty=faulty)
                for _ in range(1 + faults.duplicate)
            ]

    def event(self, event_id: str) -> Thing | None:
        """The event of this id."""
        return next((one for one in self.state.events if one["id"] == event_id), None)

    def set_faults(self, faults: Faults) -> None:
        """From now on."""
        self.state.faults = faults
        self.state.requests_left = self.state.notices_left = faults.next_n

    def sending_faults(self, waiting: Waiting) -> Faults:
        """What goes wrong with this try. With `next_n`, a second try goes well."""
        faults = self.state.faults
        meets = faults.next_n is None or (waiting.faulty and waiting.tries == 0)
        return faults if meets else Faults()

    def request_faults(self, asked: str) -> Faults:
        """The faults that this request ("POST /v1/refunds") meets; counts it when any does."""
        state = self.state
        if state.requests_left == 0 or not asked.startswith(state.faults.only):
            return Faults()
        if state.requests_left is not None:
            state.requests_left -= 1
        return state.faults

    def _forget(self) -> None:
        """What Stripe forgets: keys after a day, events after thirty."""
        state, now = self.state, self.now()
        state.keys = {key: one for key, one in state.keys.items() if now - one.at < KEY_KEPT_S}
        state.events = [one for one in state.events if now - one["created"] < EVENTS_KEPT_S]

    def _late(self, charge: Thing) -> float:
        late: float = self.state.hidden.get(charge["id"], {}).get("book_after_s", 0)
        return late
