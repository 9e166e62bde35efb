"""Public pictures by name, kept in memory while they are asked for."""

from collections import OrderedDict

from integrations.contracts.ports import Storage
from market.photos.rules import PictureFormat


def public_type(name: str) -> str | None:
    """The media type of a public picture by its file name, None for any other name."""
    stem, _, extension = name.partition(".")
    if len(stem) != 32 or not set(stem) <= set("0123456789abcdef"):
        return None
    kinds = {kind.extension: kind.content_type for kind in PictureFormat}
    return kinds.get(extension)


class Shelf:
    """Public pictures in memory, the least looked at dropped first; names never change meaning."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, storage: Storage, name: str) -> bytes:
        """The picture `r/<name>`. Raises `NotFound` (`storage.missing`) or `Unavailable`."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        body = await storage.get(f"r/{name}")
        if name not in self._kept:
            self._kept[name] = body
            self._bytes += len(body)
        while self._bytes > self._max_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        return body
