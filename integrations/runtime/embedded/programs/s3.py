"""S3 storage on a local folder: `rclone serve s3`, private behind a key."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

from integrations.contracts.errors import N_
from integrations.runtime.embedded.process import Book, spawn, wait_until
from integrations.runtime.embedded.refusals import ProgramFailed, ProgramMissing


def find_rclone() -> Path:
    """The wheel's program beside this Python, else one on PATH. Raises `ProgramMissing`."""
    beside = Path(sys.prefix) / "bin" / "rclone"
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("rclone")
    if found:
        return Path(found)
    raise ProgramMissing(
        N_("rclone is missing. Remove the folder .venv and start again, it will be fetched.")
    )


class S3:
    """One S3 server over `home/s3`; buckets are the folders in it."""

    name = "s3"
    stop_steps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def __init__(
        self, home: Path, port: int, secrets: dict[str, str], book: Book, *, bucket: str = "ganh"
    ) -> None:
        self._home = home
        self._data = home / "s3"
        self._log = home / "log" / "s3.log"
        self._port = port
        self._key = (secrets["S3_ACCESS_KEY"], secrets["S3_SECRET_KEY"])
        self._book = book
        self._bucket = bucket

    @property
    def url(self) -> str:
        """Address for path-style requests."""
        return f"http://127.0.0.1:{self._port}"

    async def launch(self) -> Process:
        """Start the server; `ready` says when it answers. Raises `ProgramMissing`."""
        program = find_rclone()
        self._data.mkdir(mode=0o700, exist_ok=True)
        (self._data / self._bucket).mkdir(mode=0o700, exist_ok=True)
        argv = [str(program), "serve", "s3", str(self._data)]
        process = await spawn(
            [*argv, "--addr", f"127.0.0.1:{self._port}", "--buffer-size", "0"],
            env={
                "PATH": os.defpath,
                "HOME": "/nonexistent",
                "GANH_HOME": str(self._home),
                "RCLONE_CONFIG": "/dev/null",
                # Quoted, since it is a list to rclone; not in argv, which everybody can read.
                "RCLONE_AUTH_KEY": '"{},{}"'.format(*self._key),
            },
            death_signal=signal.SIGTERM,
            log=self._log,
        )
        self._book.enter(self.name, process.pid)
        return process

    async def ready(self, process: Process) -> Process:
        """Wait until it answers, and refuses a request without a key. Raises `ProgramFailed`."""
        deadline = asyncio.get_running_loop().time() + 30
        while process.returncode is None and asyncio.get_running_loop().time() < deadline:
            status = await self._status_without_key()
            if status in (400, 401, 403):
                return process
            if status:
                break
            await wait_until(lambda: False, timeout_s=0.02, process=process)
        if process.returncode is None:
            process.kill()
        raise ProgramFailed("rclone", self._log)

    async def _status_without_key(self) -> int:
        """HTTP status of a bare request; 0 while nobody answers."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return 0
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            line = await asyncio.wait_for(reader.readline(), 2)
            return int(line.split()[1])
        except (OSError, TimeoutError, ValueError, IndexError):
            return 0
        finally:
            writer.close()
