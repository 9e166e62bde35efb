"""Work of the worker on price lists: read one, import the next lines of one."""

from typing import Any
from uuid import UUID

from market.sheets.service import reading, tidy
from market.sheets.service import run as importing


async def read(ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]) -> None:
    """Read a received file into lines. Safe to run twice."""
    await reading.read_file(ctx["ports"].storage, id)


async def import_lines(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Import the next lines, and ask for the rest. Safe to run twice."""
    await importing.import_some(ctx["ports"].storage, id)


async def forget(ctx: dict[str, Any]) -> None:
    """Once a night: files that nobody needs any more."""
    await tidy.forget_files(ctx["ports"].storage)
