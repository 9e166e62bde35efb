"""A file that takes space for nothing, to be given away when the disk is full."""

import os
from pathlib import Path
from typing import Final

from integrations.contracts.errors import N_
from integrations.runtime.disk import free_bytes_of
from integrations.runtime.embedded.console import say

# PostgreSQL needs a few WAL segments of 16 MB to come back after its disk was full.
SIZE_BYTES: Final = 128 * 1024 * 1024
_LAST_BYTES: Final = 48 * 1024 * 1024
LOOK_EVERY_S: Final = 5.0


class Ballast:
    """`home/ballast`: made when there is plenty, removed when PostgreSQL is about to stop."""

    def __init__(self, home: Path, *, min_free_bytes: int, size_bytes: int = SIZE_BYTES) -> None:
        self._home = home
        self._path = home / "ballast"
        self._plenty_bytes = 2 * max(min_free_bytes, _LAST_BYTES) + size_bytes
        self._size_bytes = size_bytes

    def look(self) -> None:
        """Give it away or lay it in, as the free space asks for. A failure changes nothing."""
        free_bytes = free_bytes_of([self._home])
        try:
            if free_bytes < _LAST_BYTES and self._path.exists():
                self._path.unlink()
                say(
                    N_(
                        "The disk was full: {mb} MB of reserve were given away so that the "
                        "database can go on. Please make room on the disk of {home} now."
                    ),
                    mb=self._size_bytes // 1024 // 1024,
                    home=self._home,
                )
            elif free_bytes > self._plenty_bytes and not self._path.exists():
                self._lay_in()
        except OSError:
            return

    def _lay_in(self) -> None:
        fresh = self._path.with_name("ballast.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._size_bytes)
        finally:
            os.close(handle)
        fresh.replace(self._path)
