"""Stories told by forked children: each yields what the next one shall do, and hears its end."""

import gc
import os
import pickle
import signal
import sys
import tempfile
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# What a child does; its result goes to the story. It may end by itself at any point.
Work = Callable[[Path], Any]
KILLED: Final = 137
_FAILED: Final = 1
_PATIENCE_S: Final = 40


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit status, and its result or its last words."""

    status: int
    result: Any = None

    @property
    def killed(self) -> bool:
        """It died at a point."""
        return self.status == KILLED

    def given(self) -> Any:
        """The result. Raises `RuntimeError` with the child's words when it failed."""
        if self.status:
            raise RuntimeError(f"a child ended with {self.status}:\n{self.result}")
        return self.result


Story = Generator[Work, Ended, Any]


def freeze() -> None:
    """What is loaded by now is shared with every child. Raises `RuntimeError` with threads."""
    if threading.active_count() != 1:
        raise RuntimeError(f"threads do not outlive a fork: {threading.enumerate()}")
    gc.collect()
    gc.freeze()


def tell(stories: Iterable[Story], *, jobs: int) -> list[Any]:
    """Tell all stories, `jobs` children at a time; what they return, in the stories' order."""
    waiting = deque(enumerate(stories))
    told: dict[int, Any] = {}
    running: dict[int, tuple[int, Story, Path]] = {}

    def go_on(number: int, story: Story, ended: Ended | None) -> None:
        try:
            work = next(story) if ended is None else story.send(ended)
        except StopIteration as end:
            told[number] = end.value
            return
        note = Path(tempfile.mkstemp(prefix="crash-run-")[1])
        running[_fork(work, note)] = (number, story, note)

    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                go_on(*waiting.popleft(), None)
            if running:
                pid, status = os.wait()
                if pid not in running:
                    raise RuntimeError(f"another child ended: {pid}, {status}")
                number, story, note = running.pop(pid)
                go_on(number, story, _ended(status, note))
    finally:
        for pid, (_, _, note) in running.items():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            note.unlink(missing_ok=True)
    return [told[number] for number in sorted(told)]


def _ended(status: int, note: Path) -> Ended:
    raw = note.read_bytes()
    note.unlink()
    result: Any = None
    with suppress(Exception):  # died while it wrote
        result = pickle.loads(raw) if raw else None
    return Ended(os.waitstatus_to_exitcode(status), result)


def _fork(work: Work, note: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = _FAILED
    try:
        signal.alarm(_PATIENCE_S)
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(quiet, number)
        note.write_bytes(pickle.dumps(work(note)))
        status = 0
    except BaseException:
        note.write_bytes(pickle.dumps(traceback.format_exc()))
    finally:
        os._exit(status)


def say(line: str) -> None:
    """To whoever started the campaign, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
