"""The list of what a backup holds, by which a damaged or unfinished one is known."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from integrations.contracts.errors import N_
from integrations.runtime.embedded.refusals import StartRefused

FORMAT: Final = 1
DUMP: Final = "database.dump"
OBJECTS: Final = "objects"
MANIFEST: Final = "manifest.json"


class BackupRefused(StartRefused):
    """A backup or a restore did not happen; the sentence says why, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class FileOf:
    """One file of the backup."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in `manifest.json`."""

    taken_at: str  # ISO 8601, UTC
    took_s: float
    tools: dict[str, str]
    keys: dict[str, str]  # name of a key -> its fingerprint
    facts: dict[str, str]
    dump: FileOf
    objects: dict[str, FileOf]
    gone: list[str]  # removed while the backup ran
    lost: list[str]  # rows still point at them, and the file store has them not
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Put it into the folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder. Raises `BackupRefused` when the folder is no whole backup."""
    try:
        raw: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise BackupRefused(
                N_("The backup in {folder} was made by another version (form {form})."),
                folder=folder,
                form=raw["format"],
            )
        raw["dump"] = FileOf(**raw["dump"])
        raw["objects"] = {_safe(key): FileOf(**one) for key, one in raw["objects"].items()}
        return Manifest(**raw)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupRefused(
            N_("{folder} holds no whole backup: its list (manifest.json) cannot be read."),
            folder=folder,
        ) from error


def check_folder(folder: Path) -> Manifest:
    """Read every file of a backup against its list. Raises `BackupRefused`, naming what differs."""
    manifest = read_manifest(folder)
    wanted = {DUMP: manifest.dump}
    wanted |= {f"{OBJECTS}/{key}": one for key, one in manifest.objects.items()}
    wrong = [name for name, one in wanted.items() if file_of(folder / name) != one]
    if wrong:
        raise BackupRefused(
            N_("The backup in {folder} is damaged: {count} files differ, the first is {name}."),
            folder=folder,
            count=len(wrong),
            name=wrong[0],
        )
    return manifest


def file_of(path: Path) -> FileOf | None:
    """Size and hash of a file, None when it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileOf(path.stat().st_size, digest)
    except OSError:
        return None


def _safe(key: str) -> str:
    """A key that stays below its folder. Raises `ValueError`."""
    if not is_safe(key):
        raise ValueError(key)
    return key


def is_safe(key: str) -> bool:
    """True when the key as a path can only lead below the folder of objects."""
    path = PurePosixPath(key)
    return bool(key) and not path.is_absolute() and ".." not in path.parts and "\0" not in key
