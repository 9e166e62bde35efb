"""The real application behind its gates."""

import httpx
import pytest

from tests.kit.stack import Stack


async def test_static_files_and_health_answer_behind_the_gates(stack: Stack) -> None:
    async with stack.client() as client:
        health = await client.get("/healthz")
        ready = await client.get("/readyz")
        lost = await client.get("/static/nothing.css")
        schema = await client.get("/api/v1/openapi.json")
    assert health.text == "ok"
    assert ready.status_code == 200, ready.text
    assert lost.status_code == 404
    assert schema.headers["Content-Type"] == "application/json"
    for answer in (health, ready, lost, schema):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "kilobytes", "status"),
    [
        ("/hooks/sepay", 65, 413),
        ("/api/v1/sessions", 257, 413),
        ("/producer/goods", 257, None),
        ("/producer/goods", 15 * 1024 + 65, 413),
        ("/api/v1/listings/0190/photos", 257, None),
        ("/api/v1/listings/0190/photos", 15 * 1024 + 65, 413),
        ("/api/v1/listings/0190/photos/more", 257, 413),
    ],
)
async def test_only_photos_may_be_large(
    stack: Stack, path: str, kilobytes: int, status: int | None
) -> None:
    async with stack.client() as client:
        answer: httpx.Response = await client.post(path, content=bytes(kilobytes * 1024))
    assert (answer.status_code == 413) is (status == 413)


async def test_counters_name_routes_and_nothing_that_people_sent(stack: Stack) -> None:
    async with stack.client() as client:
        await client.get("/api/v1/shop/listings/SECRET22")
        await client.get("/nowhere/SECRET33")
        counted = (await client.get("/metrics")).text
    assert "SECRET" not in counted
    assert 'route="/api/v1/shop/listings/{code}"' in counted
    assert 'route="unmatched"' in counted
