"""How often something may be tried, counted in PostgreSQL (a wiped Redis gives no new guesses)."""

from dataclasses import dataclass

from integrations.contracts.errors import N_, TooMany
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.crypto import keyed_hash
from integrations.runtime.database import rows, work

_USE = """
INSERT INTO rate_limit AS kept (id, bucket, subject_hash, window_start, used)
VALUES ($1, $2, $3, now(), 1)
ON CONFLICT (bucket, subject_hash) DO UPDATE SET
  used = CASE WHEN kept.window_start <= now() - make_interval(secs => $4::float8)
              THEN 1 ELSE kept.used + 1 END,
  window_start = CASE WHEN kept.window_start <= now() - make_interval(secs => $4::float8)
                      THEN now() ELSE kept.window_start END
RETURNING used, ceil(extract(epoch FROM window_start + make_interval(secs => $4::float8)
                             - now()))::int AS left_s
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in `window_s` seconds from the first try on."""

    bucket: str
    times: int
    window_s: int


async def use(limit: Limit, subject: str) -> None:
    """Count one try of `subject` (a phone, an address; only its hash is kept).

    Must be committed to count: call it in a transaction of its own. Raises `TooMany` with the
    seconds until the window ends.
    """
    counted = await rows(
        _USE,
        [
            new_id(),
            limit.bucket,
            keyed_hash(subject, purpose=f"limit:{limit.bucket}"),
            float(limit.window_s),
        ],
    )
    if counted[0]["used"] > limit.times:
        raise TooManyTries(counted[0]["left_s"])


async def spend(*uses: tuple[Limit, str]) -> None:
    """Count every (limit, subject) in a transaction of its own, so that a later refusal counts too.

    Inside of `work(SYSTEM)` the caller sees to that. Raises the first `TooManyTries`.
    """
    refused: TooManyTries | None = None
    async with work(SYSTEM):
        for limit, subject in uses:
            try:
                await use(limit, subject)
            except TooManyTries as error:
                refused = refused or error
    if refused is not None:
        raise refused


class TooManyTries(TooMany):
    """The window's tries are used up."""

    def __init__(self, retry_after_s: int) -> None:
        minutes = max(1, -(-retry_after_s // 60))
        super().__init__(
            "limit.reached",
            N_("Too many tries. Please wait {minutes} minutes, then try again."),
            params={"minutes": minutes},
            retry_after_s=retry_after_s,
        )


_FORGET = "DELETE FROM rate_limit WHERE window_start < now() - interval '2 days' RETURNING 1"


async def forget_old() -> int:
    """Drop windows that can no longer matter; how many."""
    return len(await rows(_FORGET))
