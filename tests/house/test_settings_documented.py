"""`.env.example` lists every setting with its default, and nothing else."""

import re

from pydantic import SecretStr

from integrations.runtime.settings import Settings
from tests.house.source import ROOT, text


def _example() -> dict[str, str]:
    lines = re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text(ROOT / ".env.example"), re.M)
    return dict(lines)


def _defaults() -> dict[str, str]:
    known = {}
    for field in Settings.model_fields.values():
        default = field.default
        plain = default.get_secret_value() if isinstance(default, SecretStr) else default
        known[field.alias or ""] = "" if plain is None else str(plain)
    return known


def test_the_example_lists_every_setting_with_its_default() -> None:
    assert _example() == _defaults()


def test_every_setting_is_explained() -> None:
    """Each group of lines without a blank one between them opens with a comment."""
    blocks = re.split(r"\n\s*\n", text(ROOT / ".env.example"))
    bare = [b for b in blocks if re.search(r"^[A-Z]", b, re.M) and not b.lstrip().startswith("#")]
    assert bare == []
