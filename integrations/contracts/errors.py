"""What can go wrong, said once: a code, a sentence, who can mend it, where it was typed.

Problem                 400  something a person can mend
├─ NotSignedIn          401
├─ NotAllowed           403
├─ NotFound             404  also another's object: we do not say that it exists
├─ Conflict             409  somebody was faster, or it is already done
├─ TooLarge             413
├─ TooMany              429  a limit; `retry_after_s` says when to come back
├─ Declined              400  an outside party said no for good: not tried again
└─ Unavailable          503  a part of ours is down; nothing was lost
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

Who = Literal["you", "helper", "staff", "marketplace", "us"]


def N_(message: str) -> str:  # noqa: N802 - the gettext tools know this name
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return message


class Problem(Exception):
    """A refusal that a person reads: `message` is an English catalogue key with `{params}`."""

    status: ClassVar[int] = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        who: Who = "you",
        field: str | None = None,
        params: Mapping[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.who: Who = who
        self.field = field
        self.params = dict(params or {})
        self.retry_after_s = retry_after_s

    def at(self, field: str) -> "Problem":
        """The same problem, tied to the form field it was typed in."""
        self.field = field
        return self


class NotSignedIn(Problem):
    """No session, or one that has ended."""

    status = 401


class NotAllowed(Problem):
    """Signed in, but this is somebody else's work."""

    status = 403


class NotFound(Problem):
    """There is nothing here for this viewer."""

    status = 404


class Conflict(Problem):
    """The state has moved on since the page was shown."""

    status = 409


class TooLarge(Problem):
    """More bytes, pixels or characters than the limit."""

    status = 413


class TooMany(Problem):
    """A limit was reached."""

    status = 429


class Declined(Problem):
    """An outside party has refused for good: the same again would be refused again."""


class Unavailable(Problem):
    """One of our own parts does not answer; the same request can be sent again."""

    status = 503
