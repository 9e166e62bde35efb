"""What the operator's tools read."""

from tests.kit.stack import Stack


async def test_ready_says_which_part_answers(stack: Stack) -> None:
    async with stack.client() as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "disk": "ok", "database": "ok", "public_database": "ok", "storage": "ok", "redis": "ok",
    }  # fmt: skip


async def test_metrics_count_what_waits(stack: Stack) -> None:
    async with stack.client() as client:
        text = (await client.get("/metrics")).text
    for name in ("ganh_outbox_rows", "ganh_outbox_late_seconds", "ganh_follow_ups_late"):
        assert f"\n{name}" in text
