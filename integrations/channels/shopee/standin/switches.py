"""What goes wrong on purpose: rules that fire for the next calls or by a seeded chance."""

import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

Kind = Literal[
    # calls
    "time_out_before",  # nothing is done, no answer
    "time_out_after_success",  # done, no answer
    "status_429",
    "error_busy",  # refused in words, nothing is done
    "server_error",  # 502 with a page instead of JSON, nothing is done
    "garbage",  # done, the answer cannot be read
    "delay",
    "expired_token",  # the access token of this call ends now
    "rotated_token",  # somebody else used the refresh token first
    "partial_failure",  # inside an answer that says success
    "search_lag",  # search_item does not see new goods yet
    "review",  # new goods are looked at first
    # notices
    "duplicate_push",
    "reorder_push",  # this one waits until another has gone
    "delay_push",  # this one waits for its first retry
    "drop_push",  # never sent: it is on the list of lost ones at once
]


class Rule(BaseModel):
    """Fires for the next `next` matching calls, else by `probability`. `path`: a part of it."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    path: str = ""
    next: int = Field(0, ge=0, le=10_000)
    probability: float = Field(0, ge=0, le=1)
    delay_s: float = Field(0.2, ge=0, le=120)


class Switches(BaseModel):
    """The rules and the seed of their chance. Tokens are spared unless a rule names their path."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    rules: list[Rule] = []
    fired: dict[str, int] = {}  # how often each kind did; kept when the rules are replaced
    _chance: random.Random = PrivateAttr(default_factory=random.Random)

    def arm(self) -> None:
        """Begin the chance anew from the seed."""
        self._chance = random.Random(self.seed)  # noqa: S311 - faults, not secrets

    def take(self, kind: Kind, path: str = "") -> Rule | None:
        """The rule that fires now, counted down."""
        for rule in self.rules:
            if rule.kind != kind or rule.path not in path:
                continue
            # The vendor has no way back from a renewal that was lost: only on purpose.
            if path.startswith("/api/v2/auth/") and not rule.path:
                continue
            if rule.next:
                rule.next -= 1
            elif not rule.probability or self._chance.random() >= rule.probability:
                continue
            self.fired[kind] = self.fired.get(kind, 0) + 1
            return rule
        return None
