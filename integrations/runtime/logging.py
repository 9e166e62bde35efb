"""Structured logs: one JSON object per line, or readable lines on a terminal. No personal data."""

import logging
import sys
from typing import Any

import structlog

_SECRET_WORDS = ("token", "code", "secret", "password", "account", "phone", "authorization")


def _without_secrets(
    _logger: Any, _name: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS) and key != "code":
            event[key] = "•••"
    return event


def configure(level: str, *, readable: bool | None = None) -> None:
    """Set up structlog and the standard library's loggers once per process."""
    pretty = sys.stderr.isatty() if readable is None else readable
    chain: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    for noisy in ("uvicorn.access", "tortoise", "asyncio", "botocore", "arq"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
