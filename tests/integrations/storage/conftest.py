"""A real S3 server (rclone) on a folder of its own, one per test run."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from integrations.storage.s3 import S3Storage


class Server(NamedTuple):
    """Where the server listens and what it takes."""

    endpoint: str
    access_key: str
    secret_key: str
    folder: Path
    process: "subprocess.Popen[str]"


def start(folder: Path) -> Server:
    """Start rclone on a free port and wait until it says where it listens."""
    program = str(Path(sys.executable).parent / "rclone")
    process = subprocess.Popen(
        [program, "serve", "s3", str(folder), "--addr", "127.0.0.1:0"],
        env={
            "HOME": "/nonexistent",
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_AUTH_KEY": '"test-id,test-secret"',
        },
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"\[(http://[^/\]]+)/?\]", line):
            return Server(found[1], "test-id", "test-secret", folder, process)
    raise AssertionError("rclone ended before it listened")


def stop(server: Server) -> None:
    """Kill and wait: the store must survive just that."""
    server.process.kill()
    server.process.wait()
    if server.process.stderr is not None:
        server.process.stderr.close()


def connect(server: Server, secret_key: str = "") -> S3Storage:
    """The adapter on that server, with quick timeouts."""
    return S3Storage(
        endpoint=server.endpoint,
        bucket="ganh",
        region="us-east-1",
        access_key=server.access_key,
        secret_key=secret_key or server.secret_key,
        connect_timeout_s=1,
        read_timeout_s=5,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with an empty folder."""
    (tmp_path / "s3").mkdir()
    running = start(tmp_path / "s3")
    yield running
    stop(running)


@pytest.fixture
def storage(server: Server) -> Iterator[S3Storage]:
    """The adapter on the fixture's server; its bucket does not exist yet."""
    made = connect(server)
    yield made
    made.close()
