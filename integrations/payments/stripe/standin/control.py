"""What tests, the journey and curious people turn: faults, outcomes, disputes, the clock."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from integrations.payments.stripe.standin.books import Faults
from integrations.payments.stripe.standin.desk import Desk, desk_of
from integrations.payments.stripe.standin.money import How
from integrations.payments.stripe.standin.refusal import Refusal

M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PayIn(_Strict):
    """What the buyer does on the hosted page."""

    session: str
    how: How = "paid"


class SettleIn(_Strict):
    """How a payment ends that was made to come later."""

    session: str
    ok: bool


class RefundIn(_Strict):
    """Where a refund moves to."""

    refund: str
    status: Literal["succeeded", "failed", "canceled"]


class DisputeIn(_Strict):
    """The buyer's bank asks the money back; the whole of it unless an amount is given."""

    payment: str
    amount_vnd: int | None = Field(None, gt=0)
    reason: str = "fraudulent"


class DecisionIn(_Strict):
    """How a dispute ends."""

    dispute: str
    won: bool


class ResendIn(_Strict):
    """Which events go out once more, at once: by their kind, their object, or all."""

    kind: str = ""
    object: str = ""
    times: int = Field(1, ge=1, le=20)


class ClockIn(_Strict):
    """How far the clock of pages and keys is ahead of the real one."""

    shift_s: float = Field(ge=-(10**8), le=10**8)


def pay(desk: Desk, told: PayIn) -> Any:
    """The buyer pays, is declined, or pays in a way that takes time."""
    page = desk.books.find("checkout.session", told.session)
    return desk.books.shown(desk.till.pay(page, told.how), [])


def settle(desk: Desk, told: SettleIn) -> Any:
    """It came, or it did not."""
    page = desk.books.find("checkout.session", told.session)
    return desk.books.shown(desk.till.settle(page, ok=told.ok), [])


def refund(desk: Desk, told: RefundIn) -> Any:
    """Move a refund."""
    found = desk.books.find("refund", told.refund)
    return desk.books.shown(desk.till.move_refund(found, told.status), [])


def dispute(desk: Desk, told: DisputeIn) -> Any:
    """Open a dispute."""
    payment = desk.books.find("payment_intent", told.payment)
    opened = desk.till.open_dispute(payment, told.amount_vnd, told.reason)
    return desk.books.shown(opened, [])


def decide(desk: Desk, told: DecisionIn) -> Any:
    """Close a dispute."""
    found = desk.books.find("dispute", told.dispute)
    return desk.books.shown(desk.till.close_dispute(found, won=told.won), [])


def faults(desk: Desk, told: Faults) -> Any:
    """What goes wrong from now on."""
    desk.books.set_faults(told)
    return told.model_dump()


def clock(desk: Desk, told: ClockIn) -> Any:
    """Move the clock; pages whose end has come are closed."""
    desk.books.state.clock_shift_s = told.shift_s
    desk.till.close_late_pages()
    return {"now": desk.books.now()}


async def _resend(request: Request) -> JSONResponse:
    """Send again what was sent or dropped before; with every status that came back."""
    desk = desk_of(request)
    try:
        told = ResendIn.model_validate_json(await request.body())
    except ValidationError as error:
        return _not_understood(error)
    chosen = [
        event
        for event in desk.books.state.events
        if event["type"] in desk.till.wanted
        and event["type"].startswith(told.kind)
        and told.object in ("", event["data"]["object"]["id"])
    ]
    statuses = [
        {"event": event["id"], "status": await desk.postman.post(event, desk.books.state.faults)}
        for event in chosen * told.times
    ]
    return JSONResponse({"sent": statuses})


async def _look(request: Request) -> JSONResponse:
    """Objects (`?kind=refund`), oldest first, and what the balance comes to."""
    desk, kind = desk_of(request), request.query_params.get("kind")
    objects = [
        desk.books.shown(thing, [])
        for thing in desk.books.state.objects.values()
        if kind in (None, thing["object"])
    ]
    moves = list(desk.books.all_of("balance_transaction"))
    return JSONResponse({"objects": objects, "balance_vnd": sum(move["net"] for move in moves)})


async def _events(request: Request) -> JSONResponse:
    """Events, oldest first, and how many notices wait."""
    state = desk_of(request).books.state
    return JSONResponse({"events": state.events, "waiting": len(state.waiting)})


async def _notice(request: Request) -> JSONResponse:
    """One event's notice, signed now, for whoever delivers it by hand."""
    desk = desk_of(request)
    event = desk.books.event(request.path_params["id"])
    if event is None:
        return JSONResponse({"error": "no such event"}, 404)
    raw, headers = desk.postman.letter(event, desk.books.state.faults)
    return JSONResponse({"raw": raw.decode(), "headers": headers})


def _verb(model: type[M], do: Callable[[Desk, M], Any]) -> Callable[[Request], Awaitable[Any]]:
    async def endpoint(request: Request) -> JSONResponse:
        desk = desk_of(request)
        try:
            told = model.model_validate_json(await request.body())
            said = do(desk, told)
        except ValidationError as error:
            return _not_understood(error)
        except Refusal as refusal:
            return JSONResponse(refusal.body(), refusal.status)
        desk.changed()
        return JSONResponse(said)

    return endpoint


def _not_understood(error: ValidationError) -> JSONResponse:
    wrong = [".".join(str(part) for part in item["loc"]) or "body" for item in error.errors()]
    return JSONResponse({"error": "not understood: " + ", ".join(wrong)}, 400)


ROUTES: Final = (
    Route("/_control/pay", _verb(PayIn, pay), methods=["POST"]),
    Route("/_control/settle", _verb(SettleIn, settle), methods=["POST"]),
    Route("/_control/refund", _verb(RefundIn, refund), methods=["POST"]),
    Route("/_control/dispute", _verb(DisputeIn, dispute), methods=["POST"]),
    Route("/_control/decide", _verb(DecisionIn, decide), methods=["POST"]),
    Route("/_control/faults", _verb(Faults, faults), methods=["POST"]),
    Route("/_control/clock", _verb(ClockIn, clock), methods=["POST"]),
    Route("/_control/resend", _resend, methods=["POST"]),
    Route("/_control/objects", _look, methods=["GET"]),
    Route("/_control/events", _events, methods=["GET"]),
    Route("/_control/notices/{id}", _notice, methods=["GET"]),
)
