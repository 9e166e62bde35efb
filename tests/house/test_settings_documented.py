"""`.env.example` lists every setting with its default, and nothing else."""

import re

import pytest
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


def test_only_the_listed_names_set_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """`HOME`, `ENV` and the like belong to the shell: they choose neither folder nor mode."""
    listed = set(_defaults())
    for name, field in Settings.model_fields.items():
        if name.upper() not in listed:
            monkeypatch.setenv(name.upper(), "/somewhere/else")
        monkeypatch.delenv(field.alias or "", raising=False)
    settings = Settings(_env_file=None)
    assert {name: getattr(settings, name) for name in ("home", "env")} == {
        "home": Settings.model_fields["home"].default,
        "env": "embedded",
    }
