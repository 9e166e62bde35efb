"""Nested form fields (`a[b][0][c]=1`) as a tree, and the checks that refuse what is not known."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from integrations.payments.stripe.standin.refusal import Refusal

Check = Callable[[Any, str], Any]
"""Takes what was sent and where; gives the value. Raises `Refusal`."""

_FIELD: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def tree_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The fields as nested mappings; `[]` counts on. Raises `Refusal` for what contradicts."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        parts = _FIELD.fullmatch(name)
        if parts is None:
            raise Refusal(f"Invalid parameter name: {name}", param=name)
        path = [parts[1], *re.findall(r"\[([^\[\]]*)\]", parts[2])]
        node = tree
        for step in path[:-1]:
            node = node.setdefault(step or str(len(node)), {})
            if not isinstance(node, dict):
                raise Refusal(f"Invalid object: {name}", param=name)
        last = path[-1] or str(len(node))
        if last in node:
            raise Refusal(f"Sent twice: {name}", param=name)
        node[last] = value
    return tree


def shape(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """A mapping of these names and no others."""
    known = {**required, **optional}

    def check(sent: Any, where: str) -> dict[str, Any]:
        if not isinstance(sent, dict):
            raise Refusal(f"Invalid object: {where}", param=where)
        for name in sent:
            if name not in known:
                at = _below(where, name)
                raise Refusal(
                    f"Received unknown parameter: {at}", code="parameter_unknown", param=at
                )
        for name in required:
            if name not in sent:
                at = _below(where, name)
                raise Refusal(f"Missing required param: {at}.", code="parameter_missing", param=at)
        return {name: known[name](value, _below(where, name)) for name, value in sent.items()}

    check.known = known  # type: ignore[attr-defined]
    return check


def many(one: Check, *, most: int) -> Check:
    """A list: keys 0, 1, 2 …"""

    def check(sent: Any, where: str) -> list[Any]:
        if not isinstance(sent, dict) or list(sent) != [str(i) for i in range(len(sent))]:
            raise Refusal(f"Invalid array: {where}", param=where)
        if len(sent) > most:
            raise Refusal(f"At most {most} of {where} are taken.", param=where)
        return [one(value, f"{where}[{at}]") for at, value in sent.items()]

    check.one = one  # type: ignore[attr-defined]
    return check


def words(sent: Any, where: str) -> dict[str, str]:
    """Metadata: up to 50 texts of 500 characters under names of 40."""
    if not isinstance(sent, dict) or len(sent) > 50:
        raise Refusal(f"Invalid object: {where}", param=where)
    for name, value in sent.items():
        if not isinstance(value, str) or len(name) > 40 or len(value) > 500:
            raise Refusal(f"Invalid metadata: {where}[{name}]", param=f"{where}[{name}]")
    return sent


def text(longest: int = 5_000) -> Check:
    """Characters, at least one."""

    def check(sent: Any, where: str) -> str:
        if sent == "":
            raise Refusal(
                f"You passed an empty string for '{where}'.",
                code="parameter_invalid_empty",
                param=where,
            )
        if not isinstance(sent, str):
            raise Refusal(f"Invalid string: {where}", param=where)
        if len(sent) > longest:
            raise Refusal(f"Invalid string: {where} is longer than {longest}.", param=where)
        return sent

    return check


def whole(least: int, most: int = 2**53) -> Check:
    """A whole number."""

    def check(sent: Any, where: str) -> int:
        if not isinstance(sent, str) or not re.fullmatch(r"-?[0-9]{1,16}", sent):
            raise Refusal(
                f"Invalid integer: {where}", code="parameter_invalid_integer", param=where
            )
        if not least <= int(sent) <= most:
            raise Refusal(
                f"This value of {where} lies outside {least} to {most}.",
                code="parameter_invalid_integer",
                param=where,
            )
        return int(sent)

    return check


def one_of(*known: str) -> Check:
    """One of these words."""

    def check(sent: Any, where: str) -> str:
        if sent not in known:
            raise Refusal(f"Invalid {where}: must be one of {', '.join(known)}", param=where)
        return str(sent)

    return check


def flag(sent: Any, where: str) -> bool:
    """true or false."""
    if sent not in ("true", "false"):
        raise Refusal(f"Invalid boolean: {where}", param=where)
    return bool(sent == "true")


def _below(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name
