"""The keys, apart from the backup: who holds both can read everything, who lost them nothing."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from integrations.contracts.errors import N_
from integrations.runtime.backup.manifest import BackupRefused
from integrations.runtime.embedded.process import write_whole

# Without DATA_KEYS nothing sealed opens; without HASH_KEY bank notices find no account; without
# SECRET_KEY the links that buyers hold end.
KEY_NAMES: Final = ("DATA_KEYS", "HASH_KEY", "SECRET_KEY")


def write_keys(path: Path, env: Mapping[str, str]) -> None:
    """Write the keys to a new file of mode 0600. Raises `BackupRefused` when it is there."""
    if path.exists():
        raise BackupRefused(N_("{path} exists already and is kept."), path=path)
    try:
        write_whole(path, "".join(f"{name}={env[name]}\n" for name in KEY_NAMES), durable=True)
    except OSError as error:
        raise BackupRefused(
            N_("{path} cannot be written ({reason})."),
            path=path,
            reason=error.strerror or str(error),
        ) from error


def read_keys(path: Path) -> dict[str, str]:
    """The keys of a file that `write_keys` made, or of a `secrets.env`. Raises `BackupRefused`."""
    try:
        pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
        found = {name.strip(): value.strip() for name, _, value in pairs}
    except (OSError, ValueError) as error:
        raise BackupRefused(
            N_("The file of keys {path} cannot be read ({reason})."),
            path=path,
            reason=getattr(error, "strerror", None) or str(error),
        ) from error
    return {name: found[name] for name in KEY_NAMES if found.get(name)}


def fingerprints(env: Mapping[str, str]) -> dict[str, str]:
    """What a backup notes of the keys: enough to know them again, nothing to open with.

    A key has 32 random bytes, so its hash can be neither reversed nor guessed.
    """
    found = {}
    for name in ("HASH_KEY", "SECRET_KEY"):
        found[name] = _print_of(env.get(name, "").partition(",")[0])
    for pair in env.get("DATA_KEYS", "").split(","):
        key_id, _, key = pair.strip().partition(":")
        if key:
            found[f"DATA_KEYS {key_id}"] = _print_of(key)
    return found


def require_same_keys(noted: Mapping[str, str], env: Mapping[str, str]) -> None:
    """Raise `BackupRefused` unless these keys open what was backed up.

    SECRET_KEY may differ: that ends links and carts, and nothing else.
    """
    ours = fingerprints(env)
    wrong = [n for n, was in noted.items() if n != "SECRET_KEY" and ours.get(n) != was]
    if wrong:
        raise BackupRefused(
            N_(
                "These are not the keys of this backup: {names}. "
                "Give the file that was written by: ganh backup --keys FILE"
            ),
            names=", ".join(wrong),
        )


def _print_of(key: str) -> str:
    return hashlib.sha256(b"ganh key\x00" + key.encode()).hexdigest()[:16]


def folder_is_private(path: Path) -> bool:
    """False when others on this machine may read what lies there."""
    return not os.stat(path).st_mode & 0o077
