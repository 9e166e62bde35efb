"""Start the reader of workbooks, feed it, and take its answer."""

import asyncio
import json
import os
import sys
from asyncio import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, TypeVar

import orjson

FILE_MAX_BYTES: Final = 10 * 1024 * 1024
UNPACKED_MAX_BYTES: Final = 60 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 10_000, 60
# Address space, of which an honest file fills less than half.
_MEMORY_MAX_BYTES: Final = 384 * 1024 * 1024
_ANSWER_MAX_BYTES: Final = 32 * 1024 * 1024
_T = TypeVar("_T")
# A row of 60 cells with 5,000 letters each.
_LINE_MAX_BYTES: Final = 2 * 1024 * 1024
_PROGRAM: Final = "integrations.runtime.sheets.reader"
# Each may take its memory for a moment.
_readers = asyncio.Semaphore(2)

Cell = str | int | float | None


class SheetRefused(Exception):
    """The file cannot be read; `code` is one of `sheet.unreadable`, `.too_large`, `.too_many_rows`.

    Where the reader died, the file was built to kill it: that is `sheet.too_large` too.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SheetFailed(Exception):
    """Our reader failed, whatever the file is; the text says where. It may go well another time."""


class _BrokenOff(Exception):
    """The answer ended before its end."""


@dataclass(frozen=True, slots=True)
class Book:
    """What stands in a file: `kind` is xlsx, xls or csv; per visible sheet its name and its rows.

    Row 0 and column 0 are A1; rows end with their last filled cell.
    """

    kind: str
    sheets: tuple[tuple[str, list[list[Cell]]], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One bad cell, and what is to be mended there; line and column from 0."""

    line: int
    column: int
    words: str


def words_by_line(marks: Sequence[Mark]) -> dict[int, str]:
    """The sentences of each line, one below the other, none twice; lines from 0."""
    found: dict[int, list[str]] = {}
    for one in marks:
        said = found.setdefault(one.line, [])
        if one.words not in said:
            said.append(one.words)
    return {line: "\n".join(said) for line, said in found.items()}


async def read_book(data: bytes, *, timeout_s: float = 20) -> Book:
    """Every visible sheet of XLSX, XLS or CSV. Raises `SheetRefused`, `SheetFailed`."""
    return await _ask({"do": "read"}, data, _book, timeout_s=timeout_s)


async def _book(answer: StreamReader) -> Book:
    """Row after row as they come, so that the whole answer never lies in the memory twice."""
    kind, taken, sheets = "", 0, list[tuple[str, list[list[Cell]]]]()
    while line := await answer.readline():
        taken += len(line)
        if taken > _ANSWER_MAX_BYTES:
            raise SheetRefused("sheet.too_large")
        said = orjson.loads(line)
        if isinstance(said, list):
            sheets[-1][1].append(said)
        elif "sheet" in said:
            sheets.append((said["sheet"], []))
        elif "kind" in said:
            kind = said["kind"]
        else:
            _check(said)
            for _, rows in sheets:
                while rows and not rows[-1]:
                    rows.pop()
            return Book(kind, tuple(sheets))
    raise _BrokenOff


def _check(end: Mapping[str, str]) -> None:
    """Raise what the reader ended with."""
    if "problem" in end:
        raise SheetRefused(end["problem"])
    if "failed" in end:
        raise SheetFailed(end["failed"])


async def mark_book(
    data: bytes,
    marks: Sequence[Mark],
    *,
    sheet: str,
    head_line: int,
    head: str,
    column: int,
    timeout_s: float = 12,
) -> bytes:
    """The same XLSX with the bad cells coloured, and their sentences in `column` under `head`.

    Lines and columns from 0. Raises `SheetRefused`, `SheetFailed`.
    """
    orders = {
        "sheet": sheet,
        "head_line": head_line + 1,
        "head": head,
        "column": column + 1,
        "cells": [[one.line + 1, one.column + 1] for one in marks],
        "words": {str(line + 1): words for line, words in words_by_line(marks).items()},
    }
    stdin = orjson.dumps(orders) + b"\n" + data
    return await _ask({"do": "mark"}, stdin, _marked, timeout_s=timeout_s)


async def _marked(answer: StreamReader) -> bytes:
    line = await answer.readline()
    if not line:
        raise _BrokenOff
    _check(orjson.loads(line))
    body = bytearray()
    while chunk := await answer.read(256 * 1024):
        body += chunk
        if len(body) > _ANSWER_MAX_BYTES:
            raise SheetRefused("sheet.too_large")
    return bytes(body)


async def _ask(
    what: Mapping[str, Any],
    stdin: bytes,
    take: Callable[[StreamReader], Awaitable[_T]],
    *,
    timeout_s: float,
) -> _T:
    async with _readers:
        process = await _start(what, cpu_s=int(timeout_s) + 1)
        if process.stdout is None:
            raise RuntimeError("the reader has no way to answer")
        try:
            async with asyncio.timeout(timeout_s):
                feeding = asyncio.ensure_future(_feed(process, stdin))
                try:
                    answer = await take(process.stdout)
                except _BrokenOff:
                    raise _died(await process.wait()) from None
                finally:
                    feeding.cancel()
                if status := await process.wait():
                    raise _died(status)
                return answer
        except TimeoutError:
            raise SheetRefused("sheet.too_large") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _died(status: int) -> Exception:
    """Killed by its limits of memory or time the file was too much for it; else we failed."""
    if status < 0:
        return SheetRefused("sheet.too_large")
    return SheetFailed(f"the reader ended with status {status}")


async def _start(what: Mapping[str, Any], *, cpu_s: int) -> Process:
    """The reader, run by its path with `-I`: nothing of ours reaches it, no variable either."""
    orders = {
        **what,
        "parent_pid": os.getpid(),
        "cpu_s": cpu_s,
        "memory_bytes": _MEMORY_MAX_BYTES,
        "unpacked_max": UNPACKED_MAX_BYTES,
        "rows_max": ROWS_MAX,
        "columns_max": COLUMNS_MAX,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        _path_of(_PROGRAM),
        json.dumps(orders),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        cwd="/",
        start_new_session=True,
        limit=_LINE_MAX_BYTES,
    )


def _path_of(module: str) -> str:
    """Where a module lies, without importing it."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{module} is missing")
    return spec.origin


async def _feed(process: Process, stdin: bytes) -> None:
    if process.stdin is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # it gave up before the end
        process.stdin.write(stdin)
        await process.stdin.drain()
    process.stdin.close()
