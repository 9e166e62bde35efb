"""Watches the free space and says when to stop writing, and when it is well again."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from integrations.runtime.settings import Settings, UnsafeSettings

log = structlog.get_logger(__name__)

MIB: Final = 1024 * 1024
# Asked at most so often: a look costs two microseconds, and space does not go in less.
_LOOK_EVERY_S: Final = 1.0
# Well again only with a quarter more than the bound, so that it does not swing.
_AGAIN_AT: Final = 1.25


def free_bytes_of(paths: Sequence[Path]) -> int:
    """The least space that is free for us on the file systems of these folders."""
    found = (os.statvfs(_nearest(path)) for path in paths)
    return min(one.f_bavail * one.f_frsize for one in found)


def _nearest(path: Path) -> Path:
    """The folder, or the one above it that is there already."""
    return next(one for one in (path, *path.absolute().parents) if one.exists())


class DiskGuard:
    """`read_only` from `min_free_bytes` down until a quarter more is free again. 0: never."""

    def __init__(
        self,
        *,
        min_free_bytes: int,
        free_bytes: Callable[[], int],
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        self._look_every_s = look_every_s
        self._min_free_bytes = min_free_bytes
        self._free_bytes = free_bytes
        self._read_only = False
        self._seen_bytes = 0
        self._looked_s = -look_every_s

    @property
    def free_bytes(self) -> int:
        """What was free at the last look."""
        self._look()
        return self._seen_bytes

    @property
    def read_only(self) -> bool:
        """True while nothing more should be written."""
        self._look()
        return self._read_only

    @property
    def said(self) -> str:
        """For `/readyz`: "ok", or how little is free."""
        return f"read-only, {self.free_bytes // MIB} MB free" if self.read_only else "ok"

    def _look(self) -> None:
        now_s = time.monotonic()
        if now_s - self._looked_s < self._look_every_s:
            return
        self._looked_s = now_s
        try:
            self._seen_bytes = self._free_bytes()
        except OSError as error:
            # A folder that cannot be asked is no reason to stop selling.
            log.warning("disk.unknown", error=type(error).__name__)
            return
        bound = self._min_free_bytes * (_AGAIN_AT if self._read_only else 1)
        before, self._read_only = self._read_only, self._seen_bytes < bound
        if self._read_only != before:
            state = "disk.read_only" if self._read_only else "disk.well_again"
            log.warning(state, free_mb=self._seen_bytes // MIB)


def guard_of(settings: Settings) -> DiskGuard:
    """The guard over GANH_HOME, or over DISK_PATHS where they are set.

    Raises `UnsafeSettings` when one of DISK_PATHS is not there.
    """
    paths = [Path(one.strip()) for one in settings.disk_paths.split(",") if one.strip()]
    lost = [str(path) for path in paths if not path.exists()]
    if lost:
        raise UnsafeSettings("DISK_PATHS names what is not there: " + ", ".join(lost))
    if not paths and settings.embedded:
        paths = [settings.home]
    return DiskGuard(
        min_free_bytes=settings.disk_min_free_mb * MIB if paths else 0,
        free_bytes=lambda: free_bytes_of(paths) if paths else 0,
    )
