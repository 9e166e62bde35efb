"""The secrets of one data folder: drawn once, kept in `secrets.env` (mode 0600)."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from integrations.contracts.errors import N_
from integrations.runtime.embedded.process import write_whole
from integrations.runtime.embedded.refusals import StartRefused

_GENERATORS: dict[str, Callable[[], str]] = {
    "POSTGRES_ADMIN_PASSWORD": lambda: secrets.token_hex(24),
    "POSTGRES_OWNER_PASSWORD": lambda: secrets.token_hex(24),
    "POSTGRES_APP_PASSWORD": lambda: secrets.token_hex(24),
    "POSTGRES_PUBLIC_PASSWORD": lambda: secrets.token_hex(24),
    "POSTGRES_STATS_PASSWORD": lambda: secrets.token_hex(24),
    "REDIS_PASSWORD": lambda: secrets.token_hex(24),
    "S3_ACCESS_KEY": lambda: "ganh" + secrets.token_hex(8),
    "S3_SECRET_KEY": lambda: secrets.token_hex(24),
    "SECRET_KEY": lambda: secrets.token_hex(32),
    "HASH_KEY": lambda: secrets.token_hex(32),
    # AES-256 wants 32 bytes; the name before the colon is stored with every value.
    "DATA_KEYS": lambda: "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "SEPAY_SECRET": lambda: secrets.token_hex(24),
    "SHOPEE_PARTNER_ID": lambda: str(2_000_000 + secrets.randbelow(1_000_000)),
    "SHOPEE_PARTNER_KEY": lambda: "shpk" + secrets.token_hex(28),
    "SHOPEE_PUSH_KEY": lambda: "shpp" + secrets.token_hex(28),
    # In Stripe's form, for the stand-in only.
    "STRIPE_SECRET_KEY": lambda: "sk_test_" + secrets.token_hex(24),
    "STRIPE_WEBHOOK_SECRETS": lambda: "whsec_" + secrets.token_hex(24),
}
# Without this one, what is encrypted in the database can never be read again.
_IRREPLACEABLE = ("DATA_KEYS", "HASH_KEY", "POSTGRES_ADMIN_PASSWORD")


def load_secrets(home: Path) -> dict[str, str]:
    """Every secret by name; missing ones are drawn and added, the file's order is kept.

    Raises `StartRefused` when a database stands in `home` but its keys are gone: new ones
    would silently make the encrypted columns unreadable.
    """
    path = home / "secrets.env"
    known = read_secrets(home)
    missing = [name for name in _GENERATORS if not known.get(name)]
    if missing:
        lost = [name for name in missing if name in _IRREPLACEABLE]
        if lost and (home / "postgres" / "PG_VERSION").exists():
            raise StartRefused(
                N_("{path} lacks {names}. Put the file back from a backup: data needs it."),
                path=path,
                names=", ".join(lost),
            )
        known |= {name: _GENERATORS[name]() for name in missing}
        text = "".join(f"{name}={value}\n" for name, value in known.items())
        write_whole(path, text, durable=True)
    if path.stat().st_mode & 0o077:
        os.chmod(path, 0o600)
    return known


def read_secrets(home: Path) -> dict[str, str]:
    """What stands in the file; empty when there is none."""
    try:
        lines = (home / "secrets.env").read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def replace_secret(home: Path, name: str, value: str) -> None:
    """Write one value anew; the next start takes it."""
    known = read_secrets(home) | {name: value}
    text = "".join(f"{one}={said}\n" for one, said in known.items())
    write_whole(home / "secrets.env", text, durable=True)
