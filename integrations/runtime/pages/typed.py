"""What somebody typed, kept beside what was wrong with it, for a form that is shown again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.contracts.errors import Problem


@dataclass(frozen=True, slots=True)
class Choice:
    """Two texts that were typed for one field: a button for each, named `answer`, whose value is
    `keep` or `take`.
    """

    kept: str
    other: str
    keep: str
    take: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Values by field name, the problems that belong to fields, and choices to be made."""

    values: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Any], *problems: Problem) -> "Typed":
        """`Typed.of(form, problem)`: every field keeps its text."""
        return cls(values, tuple(problems))

    def value(self, name: str) -> str:
        """What stands in the field; empty when nothing was typed."""
        found = self.values.get(name)
        return "" if found is None else str(found)

    def chosen(self, name: str) -> frozenset[str]:
        """The ticked values of a group of boxes, or the one chosen."""
        getlist = getattr(self.values, "getlist", None)
        found = getlist(name) if getlist else self.values.get(name)
        if found is None or found == "":
            return frozenset()
        many = found if isinstance(found, Iterable) and not isinstance(found, str) else (found,)
        return frozenset(str(one) for one in many)

    def problem(self, name: str) -> Problem | None:
        """The first problem of this field."""
        return next((p for p in self.problems if p.field == name), None)

    @property
    def general(self) -> tuple[Problem, ...]:
        """Problems that belong to no single field."""
        return tuple(p for p in self.problems if p.field is None)
