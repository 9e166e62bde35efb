"""When Shopee is on, at which address, and what production refuses about it."""

import asyncio
import socket
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
import uvicorn

from integrations.channels.shopee.adapter import Shopee
from integrations.runtime.settings import Settings, UnsafeSettings
from market.standins import create_standins
from market.wiring import build_ports, build_standin_shopee
from tests.kit.shopee import JPEG, MemoryTokens, ShopeeMarket, honey

KEYS = {
    "SHOPEE_PARTNER_ID": "1000001",
    "SHOPEE_PARTNER_KEY": "shpk1",
    "SHOPEE_PUSH_KEY": "shpp1",
    "SEPAY_SECRET": "x",
}


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A running stack leaves its own settings in the environment."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(field.alias or "", raising=False)


def settings(**given: str) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def consent(**given: str) -> str | None:
    """Where the wired channel would send a seller, or None when there is no channel."""
    channels = build_ports(settings(**given), tokens=MemoryTokens()).channels
    if not channels:
        return None
    return channels["shopee"].consent_url(state="s", return_url="https://x/back")


def test_production_calls_shopee_once_all_keys_are_there() -> None:
    live = consent(GANH_ENV="production", BASE_URL="https://ganh.example", **KEYS)
    assert live is not None and live.startswith("https://open.shopee.com/auth?")
    for missing in ("SHOPEE_PARTNER_ID", "SHOPEE_PARTNER_KEY", "SHOPEE_PUSH_KEY"):
        assert consent(GANH_ENV="production", **(KEYS | {missing: ""})) is None


def test_the_embedded_mode_never_calls_the_live_address() -> None:
    assert consent(**KEYS) is None
    here = consent(STANDIN_URL="http://127.0.0.1:9", **KEYS)
    assert here is not None and here.startswith("http://127.0.0.1:9/shopee/auth?")
    given = consent(SHOPEE_URL="https://openplatform.sandbox.test-stable.shopee.sg", **KEYS)
    assert given is not None
    assert given.startswith("https://open.sandbox.test-stable.shopee.com/auth?")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SHOPEE_PARTNER_KEY": "x"}, "SHOPEE_PARTNER_ID, SHOPEE_PARTNER_KEY and SHOPEE_PUSH_KEY"),
        (KEYS | {"SHOPEE_PUSH_KEY": ""}, "go together"),
        (KEYS | {"SHOPEE_PARTNER_ID": "abc"}, "SHOPEE_PARTNER_ID must be a number"),
        ({"SHOPEE_URL": "http://127.0.0.1:1/shopee"}, "SHOPEE_URL must be empty or begin with"),
    ],
)
def test_production_refuses_halves_and_stand_ins(given: dict[str, str], said: str) -> None:
    with pytest.raises(UnsafeSettings) as caught:
        settings(GANH_ENV="production", **given).require_safe()
    assert said in str(caught.value)


def test_whole_or_nothing_is_no_reason() -> None:
    for given in ({}, KEYS):
        with pytest.raises(UnsafeSettings) as caught:
            settings(GANH_ENV="production", **given).require_safe()
        assert "SHOPEE" not in str(caught.value)


def test_the_stand_in_signs_the_public_address_and_calls_this_machine() -> None:
    app = build_standin_shopee(settings(BASE_URL="https://ganh.example", PORT="8123", **KEYS))
    assert app.state.partner_id == "1000001"
    pushes = app.state.pushes
    assert pushes.registered == "https://ganh.example/hooks/shopee"
    assert pushes.deliver_to == "http://127.0.0.1:8123/hooks/shopee"


async def test_mounted_below_an_address_it_works_the_same(tmp_path: Path) -> None:
    """As in the stand-in process: Shopee's paths are signed without the mount's."""
    given = settings(GANH_HOME=str(tmp_path), STRIPE_SECRET_KEY="sk_test_x",
                     STRIPE_WEBHOOK_SECRETS="whsec_x", PORT="1", **KEYS)  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(create_standins(given), log_level="error"))
    with socket.socket(proto=socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        serving = asyncio.create_task(server.serve([sock]))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        tokens = MemoryTokens()
        wired = settings(STANDIN_URL=url, **KEYS)
        channel = build_ports(wired, tokens=tokens).channels["shopee"]
        assert isinstance(channel, Shopee)
        async with httpx.AsyncClient(base_url=f"{url}/shopee/", trust_env=False) as http:
            market = ShopeeMarket(f"{url}/shopee", "", http)
            shop = await market.connected(channel, tokens)
            picture = await channel.upload_picture(shop, JPEG)
            item_id = await channel.create(shop, honey(picture))
            [seen] = await channel.observe(shop, [item_id])
            page = await http.get(seen.url)
            assert "Mật ong rừng" in page.text
            shown = await http.get(urljoin(seen.url, f"../img/{picture}"))
            assert shown.content == JPEG
            assert (await http.get(urljoin(seen.url, "../style.css"))).status_code == 200
        await channel.close()
        server.should_exit = True
        await serving
