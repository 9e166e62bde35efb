"""What production refuses to start with, and what the card secrets read as."""

import pytest
from pydantic import SecretStr

from integrations.runtime.settings import Settings, UnsafeSettings
from market.wiring import build_ports


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running stack leaves its own settings in the environment."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(field.alias or "", raising=False)


def settings(**given: str) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def complaints(**given: str) -> str:
    with pytest.raises(UnsafeSettings) as caught:
        settings(GANH_ENV="production", **given).require_safe()
    return str(caught.value)


BOTH = "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS are set both or neither"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, BOTH),
        ({"STRIPE_WEBHOOK_SECRETS": "whsec_x"}, BOTH),
        ({"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRETS": " , "}, BOTH),
        ({"STRIPE_URL": "http://127.0.0.1:1/stripe"}, "STRIPE_URL must be empty or begin with"),
    ],
)
def test_half_a_key_pair_or_a_stand_in_is_refused(given: dict[str, str], said: str) -> None:
    assert said in complaints(**given)


def test_a_whole_pair_or_none_is_no_reason() -> None:
    for given in (
        {},
        {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRETS": "whsec_a, whsec_b"},
    ):
        assert "STRIPE" not in complaints(**given)


def test_secrets_are_read_one_by_one() -> None:
    assert settings(STRIPE_WEBHOOK_SECRETS="whsec_a, whsec_b,").card_webhook_secrets == [
        *("whsec_a", "whsec_b")
    ]
    assert settings().card_webhook_secrets == []


def test_cards_are_off_without_keys() -> None:
    plain = {"SEPAY_SECRET": "x"}
    pair = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRETS": "whsec_x"}
    production = {"GANH_ENV": "production", **plain}
    assert build_ports(settings(**production)).cards is None
    on = build_ports(settings(**production, **pair)).cards
    assert on is not None and on.live
    # In the embedded mode only the stand-in is spoken to, whatever the keys are.
    assert build_ports(settings(**plain, **pair)).cards is None
    standin = build_ports(settings(**plain, **pair, STANDIN_URL="http://127.0.0.1:1")).cards
    assert standin is not None
    assert isinstance(settings(**pair).stripe_secret_key, SecretStr)
