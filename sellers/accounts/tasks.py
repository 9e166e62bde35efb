"""Messages that carry codes, and forgetting what is too old to matter."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from integrations.contracts.ports import Message, Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.crypto import unseal
from integrations.runtime.database import work
from integrations.runtime.i18n import Language, translate
from integrations.runtime.limits import forget_old
from integrations.runtime.settings import Settings
from sellers.accounts.rules import MESSAGES, Purpose, spaced
from sellers.accounts.service.codes import SEALED_FOR, forget_old_codes, still_wanted


async def send_code(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Send a code to its phone, unless it was used or has run out meanwhile.

    The last line is what browsers read to fill the field in by themselves (WebOTP).
    """
    if not await still_wanted(id):
        return
    ports: Ports = ctx["ports"]
    settings: Settings = ctx["settings"]
    purpose = Purpose(payload["purpose"])
    code = unseal(payload["code"], purpose=SEALED_FOR)
    language: Language = "en" if payload["language"] == "en" else "vi"
    text = translate(language, MESSAGES[purpose], code=spaced(code), **payload["words"])
    host = urlsplit(settings.public_url).hostname or "localhost"
    await ports.messages.send(
        Message(
            to_phone=unseal(payload["phone"], purpose=SEALED_FOR),
            text=f"{text}\n@{host} #{code}",
            dedupe_key=str(outbox_id),
            kind=f"code.{purpose}",
        )
    )


async def forget(ctx: dict[str, Any]) -> int:
    """Drop old codes and old windows of limits; how many rows."""
    gone = await forget_old_codes()
    async with work(SYSTEM):
        return gone + await forget_old()
