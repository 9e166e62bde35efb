"""Real servers on this machine (PostgreSQL, Redis, S3) and the supervisor that keeps them alive."""

from integrations.runtime.embedded.refusals import AlreadyRunning, PortBusy, StartRefused
from integrations.runtime.embedded.stack import read_environment, servers
from integrations.runtime.embedded.supervisor import (
    ChildSpec,
    run_all,
    run_once,
    wait_for_release,
)

__all__ = [
    "AlreadyRunning",
    "ChildSpec",
    "PortBusy",
    "StartRefused",
    "read_environment",
    "run_all",
    "run_once",
    "servers",
    "wait_for_release",
]
