"""Keeps tokens and signatures, which Shopee wants in addresses, out of logs and errors."""

import logging
import re
from typing import Final

_SECRET: Final = re.compile(
    r"""((?:access_token|refresh_token|partner_key|sign|code)["']?\s*[=:]\s*["']?)[^&\s"',}]+"""
)


def redact(text: str) -> str:
    """The text with the values of secret parameters replaced."""
    return _SECRET.sub(r"\1•••", text)


class Redaction(logging.Filter):
    """Rewrites the HTTP client's own lines, which name whole addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: the line is kept, its secrets are not."""
        record.msg, record.args = redact(record.getMessage()), None
        return True


def guard_logs() -> None:
    """Put the filter on the HTTP client's logger; once per process is enough."""
    logger = logging.getLogger("httpx")
    if not any(isinstance(one, Redaction) for one in logger.filters):
        logger.addFilter(Redaction())
