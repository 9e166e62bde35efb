"""Production starts with what it needs, and says of each thing that is wrong."""

import pytest

from integrations.messages.http_gateway import HttpGateway
from integrations.runtime.settings import NEEDED, Settings, UnsafeSettings
from market.wiring import build_ports

WHOLE = {
    **dict.fromkeys(NEEDED, "x" * 40),
    "GANH_ENV": "production",
    "BASE_URL": "https://cho.example.vn",
    "MESSAGES": "http",
    "SMS_URL": "https://sms.example.vn/send",
    "SMS_TOKEN": "token",
}


def settings(**changed: str) -> Settings:
    """Complete settings of production but for what a test changes."""
    return Settings.model_validate({**WHOLE, "STANDIN_URL": "", **changed})


def test_production_starts_and_sends_messages_by_the_gateway() -> None:
    settings().require_safe()
    assert isinstance(build_ports(settings()).messages, HttpGateway)


@pytest.mark.parametrize("name", [*NEEDED, "SMS_URL", "SMS_TOKEN"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(UnsafeSettings, match=name):
        settings(**{name: ""}).require_safe()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"MESSAGES": "console"}, "MESSAGES=console"),
        ({"SMS_URL": "http://sms.example.vn"}, "SMS_URL that begins with https"),
        ({"BASE_URL": "http://cho.example.vn"}, "BASE_URL must begin with https"),
        ({"STANDIN_URL": "http://127.0.0.1:1"}, "STANDIN_URL"),
        ({"SECRET_KEY": "x" * 40 + ",short"}, "SECRET_KEY needs at least 32"),
        ({"HASH_KEY": "short"}, "HASH_KEY needs at least 32"),
    ],
)
def test_what_is_unsafe_is_named(changed: dict[str, str], said: str) -> None:
    with pytest.raises(UnsafeSettings, match=said):
        settings(**changed).require_safe()


def test_a_secret_that_is_being_changed_is_a_list() -> None:
    settings(SECRET_KEY="n" * 40 + "," + "o" * 40).require_safe()
