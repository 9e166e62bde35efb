"""The API keeps to its own document: generated requests, a fixed seed, no surprise answer."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from integrations.runtime.uploads.protocol import PIECE_TYPE
from integrations.runtime.web.server import Guard, server_config
from tests.kit.people import a_seller, a_staff
from tests.kit.stack import Stack

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer(PIECE_TYPE)
def _bytes_as_they_are(context: schemathesis.SerializationContext, value: Any) -> Any:
    return value


# It would end the session that all the others use.
SKIPPED = {"sessions_end_current"}
# Where only staff are let in.
_STAFF = ("/review", "/follow-ups", "/programme", "/support")
SEED = 20_261_121


@pytest.fixture(scope="module")
async def address(stack: Stack) -> AsyncIterator[str]:
    """The application on a port of its own, in the loop that holds its connections."""
    config = server_config(stack.app, host="127.0.0.1", port=0, guard=Guard())
    config.lifespan = "off"
    ready = asyncio.Event()

    class Told(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready.set()

    server = Told(config)
    serving = asyncio.ensure_future(server.serve())
    await asyncio.wait_for(ready.wait(), 10)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await asyncio.wait_for(serving, 10)


async def tokens() -> dict[str, str]:
    """Bearer tokens by who they are."""
    return {"producer": (await a_seller()).token, "staff": (await a_staff()).token}


def break_it(document: dict[str, Any], address: str, who: dict[str, str], examples: int) -> str:
    """Call every operation with what fits its schema and what does not; the faults found.

    Raises `AssertionError` when hardly anything was let in: then nothing was tried.
    """
    seen: Counter[int] = Counter()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=address)
    faults = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.definition.raw["operationId"] in SKIPPED:
            continue
        for_staff = any(word in operation.path for word in _STAFF)
        token = who["staff" if for_staff else "producer"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        for mode in GenerationMode:
            cases = operation.as_strategy(generation_mode=mode)
            try:
                call_all(cases, headers, examples, seen)
            except (Unsatisfiable, SkipTest):
                continue  # nothing can be sent wrongly where nothing is sent
            except BaseExceptionGroup as group:
                faults += [f"{operation.label} ({mode.value}): {one}" for one in group.exceptions]
            except Exception as error:
                faults.append(f"{operation.label} ({mode.value}): {error}")
    assert seen[200] > 20 and seen[400] > 20 and not seen[401] > seen[200], seen
    return "\n\n".join(faults)


def call_all(
    cases: SearchStrategy[Any], headers: dict[str, str], examples: int, seen: Counter[int]
) -> None:
    """Send generated cases, the same ones every time. Raises at the first break."""

    @seed(SEED)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def call(case: schemathesis.Case[Any]) -> None:
        answer = case.call(headers=headers, timeout=10)
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    call()


async def test_generated_requests_find_no_break(stack: Stack, address: str) -> None:
    found = await asyncio.to_thread(break_it, stack.app.openapi(), address, await tokens(), 6)
    assert not found, found


@pytest.mark.nightly
async def test_many_generated_requests_find_no_break(stack: Stack, address: str) -> None:
    found = await asyncio.to_thread(break_it, stack.app.openapi(), address, await tokens(), 200)
    assert not found, found
