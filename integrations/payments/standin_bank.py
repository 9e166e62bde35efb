"""Stand-in bank: statement lines, signed notices by real HTTP, retries that outlive a restart.

For the embedded mode and tests. It keeps its lines in one JSON file and behaves as SePay does
towards the receiver: seven retries in Fibonacci minutes, a list of transactions, a resend.
"""

import asyncio
import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from integrations.contracts.money import MAX_AMOUNT_VND
from integrations.payments.sepay import SIGNATURE_HEADER, TIMESTAMP_HEADER, VIETNAM, Signs, sign
from integrations.runtime.calls.certificates import trusted

RETRY_AFTER_MIN: Final = (1, 1, 2, 3, 5, 8, 13)
_TIMEOUT_S = 10.0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TransferIn(_Strict):
    """One transfer as a person would make it, and how its notice is sent."""

    account: str = Field(pattern=r"^[0-9A-Za-z]{1,34}$")
    amount_vnd: int = Field(gt=0, le=MAX_AMOUNT_VND)
    content: str = Field("", max_length=500)
    direction: Literal["in", "out"] = "in"
    times: int = Field(1, ge=1, le=20)
    sign: Literal["right", "wrong"] = "right"
    shift_s: int = Field(0, ge=-(10**6), le=10**6)

    @property
    def is_probe(self) -> bool:
        """A notice that must be refused is sent once: a later right one would hide the fault."""
        return self.sign == "wrong" or self.shift_s != 0


class Faults(_Strict):
    """What goes wrong with every notice until it is switched off again."""

    duplicate: int = Field(0, ge=0, le=20)
    delay_s: float = Field(0, ge=0, le=86_400)
    drop: bool = False
    wrong_signature: bool = False


class Line(_Strict):
    """A statement line in the words of SePay's webhook."""

    id: int
    gateway: str
    transactionDate: str  # noqa: N815 - SePay's names
    accountNumber: str  # noqa: N815
    code: str | None
    content: str
    transferType: Literal["in", "out"]  # noqa: N815
    transferAmount: int  # noqa: N815
    accumulated: int
    subAccount: str | None  # noqa: N815
    referenceCode: str  # noqa: N815
    description: str


class Waiting(_Strict):
    """A notice that was not accepted yet. `due_at` None: it is being sent at this moment."""

    line_id: int
    retries: int = 0
    due_at: float | None = None


class State(_Strict):
    """All that outlives a restart."""

    lines: list[Line] = []
    before_first: int = 0  # the number of the first line, less one
    waiting: list[Waiting] = []
    faults: Faults = Faults()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the receiver said; `status` None when it could not be reached."""

    status: int | None
    body: Any

    @property
    def accepted(self) -> bool:
        """SePay counts only 200 with `{"success": true}`."""
        return (
            self.status == 200 and isinstance(self.body, dict) and self.body.get("success") is True
        )

    def shown(self) -> dict[str, Any]:
        """As the caller of the stand-in reads it."""
        return {"status": self.status, "body": self.body, "accepted": self.accepted}


class Bank:
    """The books of the stand-in and the notices that leave it."""

    def __init__(
        self,
        secret: str,
        notify_url: str,
        state_file: Path,
        *,
        signs: Signs,
        retry_unit_s: float,
        first_line_id: int | None,
    ) -> None:
        self._secret = secret
        self._notify_url = notify_url
        self._file = state_file
        self._signs: Signs = signs
        self._retry_unit_s = retry_unit_s
        self._wake = asyncio.Event()
        # Drawn: a bank made anew beside older books repeats no line that they know.
        first = secrets.randbelow(900_000_000) + 1 if first_line_id is None else first_line_id
        self.state = State(before_first=first - 1)
        if state_file.exists():
            self.state = State.model_validate_json(state_file.read_bytes())
        for waiting in self.state.waiting:
            waiting.due_at = time.time() if waiting.due_at is None else waiting.due_at

    def save(self) -> None:
        """Replace the file in one step: a kill leaves the old or the new state."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(self.state.model_dump_json(), "utf-8")
        os.replace(fresh, self._file)

    def find(self, line_id: int) -> Line | None:
        """The line of this id: ids count up from the first one."""
        at = line_id - self.state.before_first - 1
        return self.state.lines[at] if 0 <= at < len(self.state.lines) else None

    def book(self, transfer: TransferIn) -> Line:
        """Write one line; the balance of an account is the sum of its lines."""
        line_id = self.state.before_first + len(self.state.lines) + 1
        signed = transfer.amount_vnd if transfer.direction == "in" else -transfer.amount_vnd
        line = Line(
            id=line_id,
            gateway="Stand-in",
            transactionDate=datetime.now(VIETNAM).strftime("%Y-%m-%d %H:%M:%S"),
            accountNumber=transfer.account,
            code=None,
            content=transfer.content,
            transferType=transfer.direction,
            transferAmount=transfer.amount_vnd,
            accumulated=signed + self._balance(transfer.account),
            subAccount=None,
            referenceCode=f"SB{line_id:08d}",
            description=transfer.content,
        )
        self.state.lines.append(line)
        return line

    async def transfer(self, transfer: TransferIn) -> dict[str, Any]:
        """Book, then send as asked and as the faults say; answers with every reply."""
        line, faults = self.book(transfer), self.state.faults
        replies: list[Reply] = []
        if transfer.is_probe:
            self.save()
            for _ in range(transfer.times):
                replies.append(
                    await self._post(line, wrong=transfer.sign == "wrong", shift_s=transfer.shift_s)
                )
        elif faults.drop:
            self.save()
        else:
            waiting = Waiting(line_id=line.id)
            self.state.waiting.append(waiting)
            if faults.delay_s:
                waiting.due_at = time.time() + faults.delay_s
                self.save()
                self._wake.set()
            else:
                replies.append(await self._attempt(waiting, line))
                for _ in range(transfer.times - 1 + faults.duplicate):
                    replies.append(await self._post(line, wrong=faults.wrong_signature))
        return self._answer(line, replies)

    async def resend(self, line: Line) -> dict[str, Any]:
        """Send once more by hand, whatever became of it before."""
        reply = await self._post(line, wrong=self.state.faults.wrong_signature)
        if reply.accepted:
            self._done(line.id)
            self.save()
        return self._answer(line, [reply])

    async def run(self) -> None:
        """Send what is due, for ever; new work and the next due time wake it."""
        while True:
            self._wake.clear()
            dues = [w.due_at for w in self.state.waiting if w.due_at is not None]
            pause_s = max(0.0, min(dues) - time.time()) if dues else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause_s)
            for waiting in list(self.state.waiting):
                line = self.find(waiting.line_id)
                due = waiting.due_at is not None and waiting.due_at <= time.time()
                if line is not None and due and waiting in self.state.waiting:
                    await self._attempt(waiting, line)

    async def _attempt(self, waiting: Waiting, line: Line) -> Reply:
        waiting.due_at = None
        self.save()
        reply = await self._post(line, wrong=self.state.faults.wrong_signature)
        if reply.accepted or waiting.retries == len(RETRY_AFTER_MIN):
            self._done(line.id)
        else:
            after_s = RETRY_AFTER_MIN[waiting.retries] * self._retry_unit_s
            waiting.retries += 1
            waiting.due_at = time.time() + after_s
        self.save()
        self._wake.set()
        return reply

    async def _post(self, line: Line, *, wrong: bool = False, shift_s: int = 0) -> Reply:
        raw = json.dumps(line.model_dump(), ensure_ascii=False).encode()
        timestamp = int(time.time()) + shift_s
        secret = self._secret + "-wrong" if wrong else self._secret
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(secret, raw, timestamp, self._signs),
        }
        try:
            # No proxy from the environment: the receiver stands on this machine.
            async with httpx.AsyncClient(
                trust_env=False, timeout=_TIMEOUT_S, verify=trusted()
            ) as client:
                response = await client.post(self._notify_url, content=raw, headers=headers)
        except httpx.HTTPError as error:
            return Reply(None, type(error).__name__)
        try:
            return Reply(response.status_code, response.json())
        except ValueError:
            return Reply(response.status_code, response.text[:500])

    def _done(self, line_id: int) -> None:
        self.state.waiting = [w for w in self.state.waiting if w.line_id != line_id]

    def _balance(self, account: str) -> int:
        mine = [line for line in self.state.lines if line.accountNumber == account]
        return mine[-1].accumulated if mine else 0

    def _answer(self, line: Line, replies: list[Reply]) -> dict[str, Any]:
        return {
            "transaction": line.model_dump(),
            "replies": [reply.shown() for reply in replies],
            "waiting": any(w.line_id == line.id for w in self.state.waiting),
        }


def _as_listed(line: Line) -> dict[str, Any]:
    """A line in the words of SePay's transactions API: amounts are decimal texts there."""
    amount = f"{line.transferAmount}.00"
    return {
        "id": str(line.id),
        "bank_brand_name": line.gateway,
        "account_number": line.accountNumber,
        "transaction_date": line.transactionDate,
        "amount_out": amount if line.transferType == "out" else "0.00",
        "amount_in": amount if line.transferType == "in" else "0.00",
        "accumulated": f"{line.accumulated}.00",
        "transaction_content": line.content,
        "reference_number": line.referenceCode,
        "code": line.code,
        "sub_account": line.subAccount,
    }


def build_bank(
    secret: str,
    notify_url: str,
    state_file: Path,
    *,
    signs: Signs = "timestamp.body",
    retry_unit_s: float = 60.0,
    first_line_id: int | None = None,
) -> Starlette:
    """The stand-in bank, to be mounted at `/bank`.

    `secret` and `signs` as in the receiver's settings; `retry_unit_s` is SePay's minute;
    `first_line_id` as for a new state file, drawn when None.
    Retries run in this app's lifespan, which a mount does not start: the outer app's lifespan
    enters `bank.router.lifespan_context(bank)`. One process per state file.
    """
    routes = [
        Route("/transfers", _transfers, methods=["POST"]),
        Route("/transactions", _transactions, methods=["GET"]),
        Route("/resend/{line_id:int}", _resend, methods=["POST"]),
        Route("/faults", _faults, methods=["GET", "POST"]),
    ]
    app = Starlette(routes=routes, lifespan=_sending)
    app.state.bank = Bank(
        secret,
        notify_url,
        state_file,
        signs=signs,
        retry_unit_s=retry_unit_s,
        first_line_id=first_line_id,
    )
    return app


@contextlib.asynccontextmanager
async def _sending(app: Starlette) -> AsyncIterator[None]:
    sender = asyncio.create_task(_bank(app).run())
    try:
        yield
    finally:
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender


def _bank(app: Starlette) -> Bank:
    bank: Bank = app.state.bank
    return bank


async def _transfers(request: Request) -> JSONResponse:
    try:
        transfer = TransferIn.model_validate_json(await request.body())
    except ValidationError as error:
        return _refused(error)
    return JSONResponse(await _bank(request.app).transfer(transfer), 201)


async def _transactions(request: Request) -> JSONResponse:
    asked = request.query_params
    since, limit = asked.get("since_id", "0"), asked.get("limit", "5000")
    if not (re.fullmatch("[0-9]{1,9}", since) and re.fullmatch("[0-9]{1,9}", limit)):
        return JSONResponse({"error": "since_id and limit are numbers"}, 400)
    account = asked.get("account_number")
    found = [
        _as_listed(line)
        for line in _bank(request.app).state.lines
        if line.id > int(since) and account in (None, line.accountNumber)
    ]
    return JSONResponse({"status": 200, "error": None, "transactions": found[: int(limit)]})


async def _resend(request: Request) -> JSONResponse:
    bank = _bank(request.app)
    line = bank.find(request.path_params["line_id"])
    if line is None:
        return JSONResponse({"error": "no such transaction"}, 404)
    return JSONResponse(await bank.resend(line))


async def _faults(request: Request) -> JSONResponse:
    bank = _bank(request.app)
    if request.method == "POST":
        try:
            bank.state.faults = Faults.model_validate_json(await request.body())
        except ValidationError as error:
            return _refused(error)
        bank.save()
    return JSONResponse(bank.state.faults.model_dump())


def _refused(error: ValidationError) -> JSONResponse:
    wrong = [".".join(str(part) for part in item["loc"]) or "body" for item in error.errors()]
    return JSONResponse({"error": "not understood: " + ", ".join(wrong)}, 400)
