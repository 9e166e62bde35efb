"""Every setting, its default and its meaning; `.env.example` lists the same."""

from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Without these production does not start; what each has to look like is said in `_faults`.
NEEDED: Final = (
    *("BASE_URL", "DATABASE_URL", "DATABASE_PUBLIC_URL", "REDIS_URL"),
    *("S3_ACCESS_KEY", "S3_SECRET_KEY", "SECRET_KEY", "HASH_KEY", "DATA_KEYS", "SEPAY_SECRET"),
)


class UnsafeSettings(RuntimeError):
    """Production was asked for with a stand-in or a development default; the text names each."""


class Settings(BaseSettings):
    """Read from the environment and `.env`. In the embedded mode the supervisor fills the rest."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    env: Literal["embedded", "production"] = Field("embedded", alias="GANH_ENV")
    home: Path = Field(Path("var"), alias="GANH_HOME")
    host: str = Field("127.0.0.1", alias="HOST")
    port: int = Field(8000, alias="PORT", ge=1, le=65535)
    base_url: str = Field("", alias="BASE_URL")
    trusted_proxies: str = Field("", alias="TRUSTED_PROXIES")
    log_level: Literal["DEBUG", "INFO", "WARNING"] = Field("INFO", alias="LOG_LEVEL")

    otlp_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_ENDPOINT")

    disk_min_free_mb: int = Field(512, alias="DISK_MIN_FREE_MB", ge=0)
    disk_paths: str = Field("", alias="DISK_PATHS")

    database_url: SecretStr = Field(SecretStr(""), alias="DATABASE_URL")
    database_public_url: SecretStr = Field(SecretStr(""), alias="DATABASE_PUBLIC_URL")
    database_owner_url: SecretStr = Field(SecretStr(""), alias="DATABASE_OWNER_URL")
    database_pool_max: int = Field(10, alias="DATABASE_POOL_MAX", ge=1, le=100)
    redis_url: SecretStr = Field(SecretStr(""), alias="REDIS_URL")

    s3_endpoint: str = Field("", alias="S3_ENDPOINT")
    s3_bucket: str = Field("ganh", alias="S3_BUCKET")
    s3_region: str = Field("us-east-1", alias="S3_REGION")
    s3_access_key: SecretStr = Field(SecretStr(""), alias="S3_ACCESS_KEY")
    s3_secret_key: SecretStr = Field(SecretStr(""), alias="S3_SECRET_KEY")
    media_url: str = Field("", alias="MEDIA_URL")

    secret_key: SecretStr = Field(SecretStr(""), alias="SECRET_KEY")
    data_keys: SecretStr = Field(SecretStr(""), alias="DATA_KEYS")
    hash_key: SecretStr = Field(SecretStr(""), alias="HASH_KEY")

    messages: Literal["console", "http"] = Field("console", alias="MESSAGES")
    sms_url: str = Field("", alias="SMS_URL")
    sms_token: SecretStr = Field(SecretStr(""), alias="SMS_TOKEN")
    sepay_secret: SecretStr = Field(SecretStr(""), alias="SEPAY_SECRET")
    sepay_signs: Literal["timestamp.body", "body"] = Field("timestamp.body", alias="SEPAY_SIGNS")
    stripe_secret_key: SecretStr = Field(SecretStr(""), alias="STRIPE_SECRET_KEY")
    stripe_webhook_secrets: SecretStr = Field(SecretStr(""), alias="STRIPE_WEBHOOK_SECRETS")
    stripe_url: str = Field("", alias="STRIPE_URL")
    card_minimum_vnd: int = Field(20_000, alias="CARD_MINIMUM_VND", ge=0)
    shopee_partner_id: str = Field("", alias="SHOPEE_PARTNER_ID")
    shopee_partner_key: SecretStr = Field(SecretStr(""), alias="SHOPEE_PARTNER_KEY")
    shopee_push_key: SecretStr = Field(SecretStr(""), alias="SHOPEE_PUSH_KEY")
    shopee_push_signs: Literal["url|body", "body"] = Field("url|body", alias="SHOPEE_PUSH_SIGNS")
    shopee_url: str = Field("", alias="SHOPEE_URL")
    standin_url: str = Field("", alias="STANDIN_URL")

    cod_open_orders_max: int = Field(3, alias="COD_OPEN_ORDERS_MAX", ge=0)
    cod_amount_max_vnd: int = Field(5_000_000, alias="COD_AMOUNT_MAX_VND", ge=0)
    cod_code_above_vnd: int = Field(500_000, alias="COD_CODE_ABOVE_VND", ge=0)

    @property
    def embedded(self) -> bool:
        """True when the supervisor runs real servers and stand-ins on this machine."""
        return self.env == "embedded"

    @property
    def public_url(self) -> str:
        """Address that people and messages use, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def card_webhook_secrets(self) -> list[str]:
        """The secrets that a card notice may be signed with: two while one is being changed."""
        written = self.stripe_webhook_secrets.get_secret_value()
        return [secret.strip() for secret in written.split(",") if secret.strip()]

    @property
    def shopee_ready(self) -> bool:
        """True when all that Shopee needs is given."""
        return all(self._shopee())

    def _shopee(self) -> tuple[str, str, str]:
        keys = (self.shopee_partner_key, self.shopee_push_key)
        return self.shopee_partner_id, keys[0].get_secret_value(), keys[1].get_secret_value()

    def _wrong_shopee(self) -> list[str]:
        wrong = []
        if any(self._shopee()) and not self.shopee_ready:
            wrong.append("SHOPEE_PARTNER_ID, SHOPEE_PARTNER_KEY and SHOPEE_PUSH_KEY go together")
        if self.shopee_partner_id and not self.shopee_partner_id.isdecimal():
            wrong.append("SHOPEE_PARTNER_ID must be a number")
        if self.shopee_url and not self.shopee_url.startswith("https://"):
            wrong.append("SHOPEE_URL must be empty or begin with https://")
        return wrong

    def require_safe(self) -> None:
        """Raise `UnsafeSettings` when production would run on a stand-in or a default."""
        if self.embedded:
            return
        said = _as_said(self)
        wrong = [f"{alias} is not set" for alias in NEEDED if not said[alias]]
        wrong += [sentence for applies, sentence in self._faults() if applies]
        wrong += self._wrong_shopee()
        if wrong:
            raise UnsafeSettings("GANH_ENV=production refuses to start: " + "; ".join(wrong))

    def _faults(self) -> tuple[tuple[bool, str], ...]:
        """What production never runs with, and why."""
        signing = self.secret_key.get_secret_value().split(",")
        stripe = bool(self.stripe_secret_key.get_secret_value())
        sms = self.sms_url.startswith("https://") and self.sms_token.get_secret_value()
        return (
            (min(map(len, signing)) < 32, "SECRET_KEY needs at least 32 characters"),
            (
                len(self.hash_key.get_secret_value()) < 32,
                "HASH_KEY needs at least 32 characters",
            ),
            (
                bool(self.base_url) and not self.base_url.startswith("https://"),
                "BASE_URL must begin with https://",
            ),
            (
                bool(self.standin_url),
                "STANDIN_URL points at stand-ins, which exist only in the embedded mode",
            ),
            (
                stripe != bool(self.card_webhook_secrets),
                "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS are set both or neither",
            ),
            (
                bool(self.stripe_url) and not self.stripe_url.startswith("https://"),
                "STRIPE_URL must be empty or begin with https://",
            ),
            (
                self.messages == "console",
                "MESSAGES=console shows codes on the console instead of sending them",
            ),
            (
                self.messages == "http" and not sms,
                "MESSAGES=http needs SMS_TOKEN, and SMS_URL that begins with https://",
            ),
        )


def _as_said(settings: Settings) -> dict[str, str]:
    """Every setting by the name of its variable, as plain text."""
    found = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        found[str(field.alias)] = str(plain)
    return found


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
