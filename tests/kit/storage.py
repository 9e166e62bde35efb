"""A file store that fails when a test says so, handed over through the ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from integrations.contracts.errors import N_, Unavailable
from integrations.contracts.ports import Storage, StoredObject
from tests.kit.stack import Stack


@dataclass
class Shaky:
    """The real store behind a switch; remembers what was put."""

    inner: Storage
    down: bool = True
    put_keys: list[str] = field(default_factory=list)

    def _answer(self) -> None:
        if self.down:
            raise Unavailable(
                "storage.unavailable",
                N_(
                    "The file store does not answer right now. Nothing was lost;"
                    " please try again soon."
                ),
                who="us",
            )

    async def put(self, key: str, body: bytes | BinaryIO, *, content_type: str) -> StoredObject:
        self._answer()
        self.put_keys.append(key)
        return await self.inner.put(key, body, content_type=content_type)

    async def get(self, key: str) -> bytes:
        self._answer()
        return await self.inner.get(key)

    async def delete(self, key: str) -> None:
        self._answer()
        await self.inner.delete(key)

    async def list_keys(self, prefix: str) -> list[str]:
        self._answer()
        return await self.inner.list_keys(prefix)

    async def check(self) -> None:
        self._answer()


@contextmanager
def shaky_storage(stack: Stack) -> Iterator[Shaky]:
    """The application works with a store that is down until `down` is set to False."""
    shaky = Shaky(stack.ports.storage)
    stack.app.state.ports = replace(stack.ports, storage=shaky)
    try:
        yield shaky
    finally:
        stack.app.state.ports = stack.ports
