"""Messages for development: shown on the console and on /dev/messages, sent to nobody."""

import asyncio
import json
from pathlib import Path
from typing import Any

import structlog

from integrations.contracts.ports import Message

log = structlog.get_logger(__name__)
_KEPT = 200


class ConsoleMessages:
    """Appends each message to a file that only this user can read; a repeated key is dropped."""

    def __init__(self, home: Path) -> None:
        self._path = home / "messages.jsonl"
        self._lock = asyncio.Lock()

    async def send(self, message: Message) -> None:
        """Keep the message and say on the console that it is there."""
        async with self._lock:
            if any(seen["dedupe_key"] == message.dedupe_key for seen in self.latest(limit=_KEPT)):
                return
            line = json.dumps(
                {
                    "to_phone": message.to_phone,
                    "text": message.text,
                    "kind": message.kind,
                    "dedupe_key": message.dedupe_key,
                },
                ensure_ascii=False,
            )
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        print(f"  ✉ {message.to_phone}: {message.text}", flush=True)  # noqa: T201 - its purpose

    async def close(self) -> None:
        """Nothing is open."""

    def latest(self, *, to_phone: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """Newest first, for one phone or all."""
        if not self._path.exists():
            return []
        lines = self._path.read_text("utf-8").splitlines()
        found = (json.loads(line) for line in reversed(lines) if line)
        wanted = (m for m in found if to_phone is None or m["to_phone"] == to_phone)
        return [message for message, _ in zip(wanted, range(limit), strict=False)]
