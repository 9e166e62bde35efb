"""Stand-in page of the embedded mode: pay what is awaited, as a buyer's bank app would."""

from typing import Annotated, Any, Final, Literal

import httpx
from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from integrations.contracts.errors import N_, NotFound, Unavailable
from integrations.contracts.money import parse_vnd
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.calls.certificates import trusted
from integrations.runtime.crypto import unseal
from integrations.runtime.database import work
from integrations.runtime.settings import Settings
from integrations.runtime.web.problems import wants_json
from integrations.runtime.web.state import Pages, TheSettings
from market.payments import queries

router = APIRouter(prefix="/dev", tags=["Development"])

_TIMEOUT_S: Final = 20.0


class Awaited(BaseModel):
    """A payment that waits for its transfer; `account` in full, since all of it is made up."""

    reference: str
    amount_vnd: int
    received_vnd: int
    state: str
    bank_name: str
    account: str


class AwaitedPage(BaseModel):
    """What is awaited, newest first."""

    payments: list[Awaited]


class PayIn(BaseModel):
    """One transfer: the whole missing amount unless another one is given."""

    model_config = ConfigDict(extra="forbid")

    reference: str = Field(max_length=20, examples=["GANHH3S7KNF"])
    amount_vnd: int | None = Field(None, gt=0, le=100_000_000_000)
    times: int = Field(1, ge=1, le=5)
    sign: Literal["right", "wrong"] = "right"


class PayOut(BaseModel):
    """The bank's line, and what our webhook answered to each notice of it."""

    transaction: dict[str, Any]
    replies: list[dict[str, Any]]
    waiting: bool


@router.get(
    "/bank",
    operation_id="dev_bank_list",
    summary="Transfers that are awaited (embedded mode only)",
    response_model=AwaitedPage,
)
async def awaited(
    request: Request,
    pages: Pages,
    format: Annotated[str, Query(max_length=8)] = "",  # noqa: A002 - the word in the address
) -> Response:
    """A page with buttons for people; JSON for `Accept: application/json` or `?format=json`."""
    found = await _awaited()
    if format == "json" or wants_json(request):
        body = AwaitedPage(payments=found).model_dump()
        return JSONResponse(body, headers={"Cache-Control": "no-store"})
    return pages.render(request, "dev/bank.html", {"payments": found})


@router.post(
    "/bank/pay",
    operation_id="dev_bank_pay",
    summary="Let the stand-in bank make a transfer and tell us of it (embedded mode only)",
)
async def pay(body: PayIn, settings: TheSettings) -> PayOut:
    """Raises `NotFound` (code `bank.no_payment`) for a reference that nobody waits for."""
    return await _pay(body, settings)


@router.post("/bank/form", include_in_schema=False)
async def pay_by_form(
    settings: TheSettings,
    reference: Annotated[str, Form(max_length=20)],
    amount: Annotated[str, Form(max_length=30)],
    how: Annotated[Literal["once", "twice", "wrong"], Form()] = "once",
) -> Response:
    """The same by the page's buttons."""
    transfer = PayIn(
        reference=reference,
        amount_vnd=parse_vnd(amount),
        times=2 if how == "twice" else 1,
        sign="wrong" if how == "wrong" else "right",
    )
    await _pay(transfer, settings)
    return RedirectResponse("/dev/bank", 303)


async def _awaited(reference: str | None = None) -> list[Awaited]:
    async with work(SYSTEM):
        found = await queries.transfers(reference=reference, limit=50)
    return [
        Awaited(account=unseal(row.pop("account_sealed"), purpose="payout_account"), **row)
        for row in found
    ]


async def _pay(body: PayIn, settings: Settings) -> PayOut:
    found = await _awaited(body.reference)
    if not found:
        raise NotFound("bank.no_payment", N_("No payment has this reference."))
    missing_vnd = max(1, found[0].amount_vnd - found[0].received_vnd)
    transfer = {
        "account": found[0].account,
        "amount_vnd": body.amount_vnd or missing_vnd,
        "content": f"{body.reference} chuyen tien",
        "times": body.times,
        "sign": body.sign,
    }
    try:
        # No proxy from the environment: the stand-in stands on this machine.
        async with httpx.AsyncClient(
            trust_env=False, timeout=_TIMEOUT_S, verify=trusted()
        ) as client:
            answer = await client.post(f"{settings.standin_url}/bank/transfers", json=transfer)
            answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Unavailable(
            "bank.standin_down", N_("The stand-in bank does not answer."), who="us"
        ) from error
    return PayOut.model_validate(answer.json())
