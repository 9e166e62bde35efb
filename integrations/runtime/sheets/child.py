"""Start the reader of workbooks, feed it, and take its answer."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import orjson

FILE_MAX_BYTES: Final = 10 * 1024 * 1024
UNPACKED_MAX_BYTES: Final = 60 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 10_000, 60
# Address space, of which an honest file fills less than half.
_MEMORY_MAX_BYTES: Final = 384 * 1024 * 1024
_ANSWER_MAX_BYTES: Final = 32 * 1024 * 1024
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
    """Every visible sheet of XLSX, XLS or CSV. Raises `SheetRefused`."""
    header, _ = await _ask({"do": "read"}, data, timeout_s=timeout_s)
    sheets = tuple((one["name"], one["rows"]) for one in header["sheets"])
    return Book(header["kind"], sheets)


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

    Lines and columns from 0. Raises `SheetRefused`.
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
    _, body = await _ask({"do": "mark"}, stdin, timeout_s=timeout_s)
    return body


async def _ask(
    what: Mapping[str, Any], stdin: bytes, *, timeout_s: float
) -> tuple[dict[str, Any], bytes]:
    async with _readers:
        process = await _start(what, cpu_s=int(timeout_s) + 1)
        try:
            async with asyncio.timeout(timeout_s):
                _, answer = await asyncio.gather(_feed(process, stdin), _read(process))
                status = await process.wait()
        except TimeoutError:
            raise SheetRefused("sheet.too_large") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    line, _, body = answer.partition(b"\n")
    if status != 0 or not line:
        raise SheetRefused("sheet.too_large")
    header: dict[str, Any] = orjson.loads(line)
    if "problem" in header:
        raise SheetRefused(str(header["problem"]))
    return header, body


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


async def _read(process: Process) -> bytes:
    answer = bytearray()
    while process.stdout and (chunk := await process.stdout.read(256 * 1024)):
        answer += chunk
        if len(answer) > _ANSWER_MAX_BYTES:
            raise SheetRefused("sheet.too_large")
    return bytes(answer)
