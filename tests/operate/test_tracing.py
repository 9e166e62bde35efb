"""Traces reach a collector when one is named, without a word of people; else there are none."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.runtime import tracing
from integrations.runtime.embedded.process import free_port
from tests.kit.crash import until
from tests.kit.listings import a_live_listing
from tests.kit.people import a_phone, a_seller
from tests.kit.service import running_service
from tests.kit.shop import a_picture
from tests.kit.stack import Stack


@dataclass
class Collector:
    """Takes OTLP over HTTP as a collector does and keeps the spans."""

    port: int = field(default_factory=lambda: free_port(set()))
    spans: list[Any] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    raw: bytes = b""

    async def take(self, request: Request) -> Response:
        """One batch."""
        body = await request.body()
        self.raw += body
        batch = ExportTraceServiceRequest.FromString(body)
        for resource in batch.resource_spans:
            self.services |= {one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return Response(b"", media_type="application/x-protobuf")

    @property
    def names(self) -> set[str]:
        """The names of all spans so far."""
        return {span.name for span in self.spans}

    def children(self, name: str) -> Iterator[str]:
        """Names of the spans directly below one of this name."""
        above = {span.span_id for span in self.spans if span.name == name}
        return (span.name for span in self.spans if span.parent_span_id in above)


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    """The collector, listening."""
    made = Collector()
    app = Starlette(routes=[Route("/v1/traces", made.take, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=made.port, log_config=None, lifespan="off")
    )
    running = asyncio.ensure_future(server.serve())

    async def up() -> bool:
        return server.started

    await until(up)
    yield made
    server.should_exit = True
    await running


async def test_requests_statements_calls_and_tasks_are_seen(
    stack: Stack, collector: Collector
) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, name="Mật Ong Không Ai Biết")
    key = await a_picture(seller, goods)
    phone = a_phone()
    endpoint = f"http://127.0.0.1:{collector.port}"
    async with (
        running_service(stack, "worker", "serve", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as service,
        httpx.AsyncClient(base_url=service.base_url) as client,
    ):
        page = await client.get(f"/p/{goods.code}-{goods.slug}?q=bi-mat-rieng")
        assert page.status_code == 200
        assert (await client.get("/" + key)).status_code == 200
        asked = await client.post("/api/v1/sign-in-codes", json={"phone": phone})
        assert asked.status_code == 202

        async def all_there() -> bool:
            return {
                "GET /p/{reference}", "storage.get", "POST /api/v1/sign-in-codes",
                "fact sign_in.code_made", "task accounts.send_code", "messages.send",
            } <= collector.names  # fmt: skip

        await until(all_there, what="the spans")
    assert collector.services == {"ganh-api", "ganh-worker"}
    assert "INSERT sign_in_code" in collector.children("POST /api/v1/sign-in-codes")
    assert "messages.send" in collector.children("task accounts.send_code")
    request = next(s for s in collector.spans if s.name == "POST /api/v1/sign-in-codes")
    assert {one.key for one in request.attributes} == {
        "request_id", "http.request.method", "http.route", "http.response.status_code",
    }  # fmt: skip
    # Nothing of people, goods or addresses of orders: neither in names nor in attributes.
    for word in (phone, phone[3:], goods.slug, goods.name, "bi-mat-rieng", goods.code, key):
        assert word.encode() not in collector.raw


def test_off_it_costs_a_null_context() -> None:
    assert not tracing.is_on() and tracing.connection_options() == {}
    port = object()
    assert tracing.traced(port, "storage") is port
    with tracing.span("x") as current:
        assert current is None


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT l.id FROM listing l WHERE name = 'Bưởi'", "SELECT listing"),
        ('INSERT INTO "orders" ("id") VALUES ($1)', "INSERT orders"),
        ("\nUPDATE outbox SET x = 1", "UPDATE outbox"),
        ("COMMIT", "COMMIT"),
    ],
)
def test_a_statement_is_named_by_verb_and_table(sql: str, name: str) -> None:
    assert tracing.statement_name(sql) == name
