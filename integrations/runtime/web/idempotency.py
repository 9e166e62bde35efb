"""The same request sent again gets the same answer and has no second effect."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import orjson
from pydantic import BaseModel

from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.ids import new_id
from integrations.runtime.database import insert_once, rows, run

Answer = TypeVar("Answer", bound=BaseModel)


def require_key(key: str | None) -> str:
    """The key of a form or `Idempotency-Key` header: 8 to 100 characters. Raises `Problem`."""
    if key is None or not 8 <= len(key) <= 100 or not key.isascii():
        raise Problem(
            "idempotency.key",
            N_("This form is too old. Please open the page again and press the button."),
        )
    return key


def other_request() -> Conflict:
    """The refusal for a key that was used for other content."""
    return Conflict(
        "idempotency.other_request",
        N_("This was already sent with other content. Please open the page again."),
    )


async def once(
    *,
    scope: str,
    key: str,
    request: BaseModel,
    model: type[Answer],
    verb: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Run `verb` in the open transaction unless `key` was used in this `scope` before.

    `scope` names the verb and whose it is (`f"orders.place:{viewer.label}"`): a key that somebody
    else has seen must not fetch this answer. A verb that raises leaves its key unused.
    The key, the effect and the stored answer are one transaction: a crash leaves all or none.
    A second caller waits for the first one's commit on the unique key. Raises `Conflict` (code
    `idempotency.other_request`) when the key was used for other content.
    """
    digest = hashlib.sha256(orjson.dumps(request.model_dump(mode="json"))).hexdigest()
    first = await insert_once(
        "idempotency_key",
        {"id": new_id(), "scope": scope, "key": key, "request_hash": digest},
    )
    if not first:
        kept = await rows(
            "SELECT request_hash, body FROM idempotency_key WHERE scope = $1 AND key = $2",
            [scope, key],
        )
        if not kept or kept[0]["request_hash"] != digest or kept[0]["body"] is None:
            raise other_request()
        return model.model_validate_json(kept[0]["body"])
    answer = await verb()
    await run(
        "UPDATE idempotency_key SET body = $3, status = 200 WHERE scope = $1 AND key = $2",
        [scope, key, answer.model_dump_json()],
    )
    return answer


_FORGET = """
DELETE FROM idempotency_key WHERE created_at < now() - interval '7 days' RETURNING 1
"""


async def forget_old() -> int:
    """Drop answers that nobody asks for again; how many. Inside a transaction of the system."""
    return len(await rows(_FORGET))
