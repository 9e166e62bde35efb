"""What the supervisor says (Vietnamese, then English) and where its children's words go."""

import ast
import os
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from integrations.runtime.embedded.refusals import StartRefused

_LOCALE = Path(__file__).parents[2] / "locale" / "vi"
_CATALOGUES = ("embedded.po", "operate.po")
_LOG_MAX_BYTES = 5_000_000
_LOGS_KEPT = 3
# Lines of these levels go to the log file only: a person's screen stays readable.
_QUIET = re.compile(r'^\s*(?:INFO|DEBUG)\b|"level":\s*"(?:info|debug)"|\[(?:info|debug)\s*\]')
_ENTRY = re.compile(r'^(msgid|msgstr)?\s*(".*")$')


def say(message: str, **params: Any) -> None:
    """Print a sentence in both languages; a closed terminal is no reason to stop."""
    for words in both(message, **params):
        put(words)


def explain(refusal: StartRefused) -> None:
    """Print why a start was refused, in both languages, and the details once."""
    say(refusal.message, **refusal.params)
    if refusal.details:
        put(refusal.details)


def both(message: str, **params: Any) -> tuple[str, str]:
    """The sentence in Vietnamese and in English, with its `{params}` filled in."""
    vietnamese = _vietnamese().get(message) or message
    return vietnamese.format(**params), message.format(**params)


def put(line: str) -> None:
    """One line on the screen."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        # The terminal was closed. Later writes shall not fail again at exit.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - lives as long as the process


@lru_cache(maxsize=1)
def _vietnamese() -> dict[str, str]:
    """The catalogues of the console. Read here and not by Babel, which costs 5 MB held for ever."""
    found: dict[str, str] = {}
    parts = {"msgid": "", "msgstr": ""}
    part = "msgid"
    texts = [(_LOCALE / name).read_text(encoding="utf-8") for name in _CATALOGUES]
    for line in [*"\n".join(texts).splitlines(), 'msgid ""']:
        entry = _ENTRY.match(line.strip())
        if entry is None:
            continue
        if entry[1] == "msgid":
            found[parts["msgid"]] = parts["msgstr"]
            parts = {"msgid": "", "msgstr": ""}
        part = entry[1] or part
        parts[part] += ast.literal_eval(entry[2])
    found.pop("", None)
    return found


class Voice:
    """One child's output: everything to its log, what a person should see also to the screen."""

    def __init__(self, name: str, log: Path) -> None:
        self._name = name
        self._log = log
        self._rest = b""

    def hear(self, data: bytes) -> None:
        """Take in what the child wrote; an unfinished last line waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > 65536:
            lines, self._rest = [*lines, self._rest], b""
        self._write(lines)

    def finish(self) -> None:
        """The child has closed its output."""
        if self._rest:
            self._write([self._rest])
            self._rest = b""

    def _write(self, lines: list[bytes]) -> None:
        if not lines:
            return
        turn_over(self._log)
        try:
            with open(os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as f:
                f.write(b"\n".join(lines) + b"\n")
        except OSError as error:
            put(f"{self._name:>8} | {self._log}: {error.strerror}")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text and not _QUIET.search(text):
                put(f"{self._name:>8} | {text}")


def turn_over(log: Path) -> None:
    """Begin a log anew when it is long. Emptied in place, since a server may hold it open."""
    try:
        if log.stat().st_size < _LOG_MAX_BYTES:
            return
        for number in range(_LOGS_KEPT - 1, 0, -1):
            older = log.with_name(f"{log.name}.{number}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number + 1}"))
        first = log.with_name(f"{log.name}.1")
        first.write_bytes(log.read_bytes())
        first.chmod(0o600)
        os.truncate(log, 0)
    except OSError:
        # No log is worth a stop; a full disk is reported by the servers themselves.
        return
