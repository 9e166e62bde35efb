"""Settings to Ports: the only file that names an adapter."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from integrations.contracts.cards import CardPayments
from integrations.contracts.channels import Channel, TokenStore
from integrations.contracts.ports import BankEvents, BankQr, Messages, Ports, Storage
from integrations.runtime.i18n import register_locale
from integrations.runtime.settings import Settings
from integrations.runtime.tracing import traced
from market.channels.service.tokens import ConnectionTokens

if TYPE_CHECKING:
    from starlette.applications import Starlette

SHOPEE_HOOK: Final = "/hooks/shopee"
ROOT: Final = Path(__file__).resolve().parents[1]


def register_words() -> None:
    """Let every floor's catalogues be found; once per process."""
    for floor in ("integrations", "sellers", "market"):
        register_locale(ROOT / floor / "locale")


def build_ports(settings: Settings, *, tokens: TokenStore | None = None) -> Ports:
    """The ports of this process. Heavy SDKs are imported by their adapters at first use.

    `tokens`: where marketplaces keep their tokens, our own tables unless given.
    """
    cards = _cards(settings)
    channels = _channels(settings, tokens or ConnectionTokens())
    return Ports(
        storage=traced(_storage(settings), "storage"),
        messages=traced(_messages(settings), "messages"),
        bank_qr=_bank_qr(),
        bank_events=_bank_events(settings),
        cards=None if cards is None else traced(cards, "cards"),
        channels={code: traced(one, code) for code, one in channels.items()},
    )


def _storage(settings: Settings) -> Storage:
    from integrations.storage.s3 import S3Storage

    return S3Storage(
        endpoint=settings.s3_endpoint,
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
    )


def _messages(settings: Settings) -> Messages:
    if settings.messages == "http":
        from integrations.messages.http_gateway import HttpGateway

        return HttpGateway(settings.sms_url, settings.sms_token.get_secret_value())
    from integrations.messages.console import ConsoleMessages

    return ConsoleMessages(settings.home)


def _bank_qr() -> BankQr:
    from integrations.payments.vietqr import VietQr

    return VietQr()


def _bank_events(settings: Settings) -> BankEvents:
    from integrations.payments.sepay import SePay

    return SePay(settings.sepay_secret.get_secret_value(), settings.sepay_signs)


def _cards(settings: Settings) -> CardPayments | None:
    """None without keys. The embedded mode has made-up ones and always speaks to the stand-in."""
    from integrations.payments.stripe.adapter import StripeCards

    key, secrets = settings.stripe_secret_key.get_secret_value(), settings.card_webhook_secrets
    url = settings.stripe_url
    if settings.embedded and not url:
        if not settings.standin_url:
            return None
        url = f"{settings.standin_url}/stripe"
    return StripeCards(key, secrets, url=url) if key and secrets else None


def _channels(settings: Settings, tokens: TokenStore) -> Mapping[str, Channel]:
    """Shopee, once its three settings are given; the embedded mode speaks to the stand-in."""
    host = settings.shopee_url
    if settings.embedded and not host:
        host = f"{settings.standin_url}/shopee" if settings.standin_url else ""
    if not settings.shopee_ready or (settings.embedded and not host):
        return {}
    from integrations.channels.shopee.adapter import Shopee

    shopee = Shopee(
        partner_id=settings.shopee_partner_id,
        partner_key=settings.shopee_partner_key.get_secret_value(),
        push_key=settings.shopee_push_key.get_secret_value(),
        callback_url=f"{settings.public_url}{SHOPEE_HOOK}",
        tokens=tokens,
        host=host,
        push_signs=settings.shopee_push_signs,
    )
    return {shopee.code: shopee}


def build_standin_bank(settings: Settings) -> "Starlette":
    """The bank that tells us of transfers in the embedded mode, by real HTTP."""
    from integrations.payments.standin_bank import build_bank

    return build_bank(
        settings.sepay_secret.get_secret_value(),
        f"http://127.0.0.1:{settings.port}/hooks/sepay",
        settings.home / "standin-bank.json",
        signs=settings.sepay_signs,
    )


def build_standin_stripe(settings: Settings) -> "Starlette":
    """Stripe as it is in the embedded mode: its API, its page and its notices."""
    from integrations.payments.stripe.standin.app import build_stripe

    return build_stripe(
        settings.stripe_secret_key.get_secret_value(),
        settings.card_webhook_secrets[0],
        f"http://127.0.0.1:{settings.port}/hooks/stripe",
        settings.home / "standin-stripe.json",
    )


def build_standin_shopee(settings: Settings) -> "Starlette":
    """The marketplace of the embedded mode. It signs our public address and calls this machine."""
    from integrations.channels.shopee.standin import build_shopee

    return build_shopee(
        partner_id=settings.shopee_partner_id,
        partner_key=settings.shopee_partner_key.get_secret_value(),
        push_key=settings.shopee_push_key.get_secret_value(),
        deliver_to=f"http://127.0.0.1:{settings.port}{SHOPEE_HOOK}",
        registered=f"{settings.public_url}{SHOPEE_HOOK}",
        state_file=settings.home / "standin-shopee.json",
        push_signs=settings.shopee_push_signs,
    )
