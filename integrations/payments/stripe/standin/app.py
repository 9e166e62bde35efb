"""The stand-in's API: keys, parameters, kept answers, faults; to be mounted at `/stripe`."""

import asyncio
import contextlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from integrations.payments.stripe.adapter import KINDS
from integrations.payments.stripe.standin import control, page, params
from integrations.payments.stripe.standin.books import KEY_KEPT_S, Books, Faults, Kept, Thing
from integrations.payments.stripe.standin.desk import Desk
from integrations.payments.stripe.standin.forms import Check, tree_of
from integrations.payments.stripe.standin.money import Till
from integrations.payments.stripe.standin.notices import Postman
from integrations.payments.stripe.standin.refusal import Refusal

Do = Callable[[Desk, str, Thing], Thing]
_BODY_MAX: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: what it takes and what it does with (desk, id, parameters)."""

    method: str
    path: str
    takes: Check
    do: Do


def _get(kind: str) -> Do:
    return lambda desk, thing_id, _: desk.books.find(kind, thing_id)


def _list_refunds(desk: Desk, _: str, asked: Thing) -> Thing:
    wanted = {name: asked[name] for name in ("charge", "payment_intent") if name in asked}
    found = [
        refund
        for refund in desk.books.all_of("refund")
        if all(refund[name] == value for name, value in wanted.items())
        and _within(refund, asked.get("created", {}))
    ]
    return desk.books.page(found, asked, url="/v1/refunds")


def _list_events(desk: Desk, _: str, asked: Thing) -> Thing:
    if "type" in asked and "types" in asked:
        raise Refusal("You may only specify one of these parameters: type, types.")
    kinds = {asked["type"]} if "type" in asked else set(asked.get("types", ()))
    found = [
        event
        for event in desk.books.state.events
        if (not kinds or event["type"] in kinds) and _within(event, asked.get("created", {}))
    ]
    return desk.books.page(found, asked, url="/v1/events")


def _within(thing: Thing, bounds: dict[str, int]) -> bool:
    at: int = thing["created"]
    return (
        at > bounds.get("gt", -1)
        and at >= bounds.get("gte", 0)
        and at < bounds.get("lt", at + 1)
        and at <= bounds.get("lte", at)
    )


_PAGES: Final = "/v1/checkout/sessions"
CALLS: Final = (
    Call("POST", _PAGES, params.SESSION_CREATE, lambda desk, _, asked: desk.till.open_page(asked)),
    Call("GET", f"{_PAGES}/{{id}}", params.ONE_SESSION, _get("checkout.session")),
    Call(
        "POST",
        f"{_PAGES}/{{id}}/expire",
        params.ONE_SESSION,
        lambda desk, page_id, _: desk.till.close_page(desk.books.find("checkout.session", page_id)),
    ),
    Call("GET", "/v1/payment_intents/{id}", params.ONE_PAYMENT, _get("payment_intent")),
    Call("POST", "/v1/refunds", params.REFUND_CREATE, lambda desk, _, a: desk.till.refund(a)),
    Call("GET", "/v1/refunds", params.REFUND_LIST, _list_refunds),
    Call("GET", "/v1/refunds/{id}", params.ONE_REFUND, _get("refund")),
    Call("GET", "/v1/disputes/{id}", params.ONE_DISPUTE, _get("dispute")),
    Call("GET", "/v1/events", params.EVENT_LIST, _list_events),
)


def build_stripe(
    secret_key: str,
    webhook_secret: str,
    notify_url: str,
    state_file: Path | None,
    *,
    retry_unit_s: float = 60.0,
) -> Starlette:
    """The stand-in. `notify_url` empty: notices wait. `state_file` None: forgotten at the end.

    Notices go out in this app's lifespan, which a mount does not start: the outer app's lifespan
    enters `app.router.lifespan_context(app)`. One process per state file.
    """
    books = Books(state_file)
    till = Till(books, frozenset(KINDS))
    postman = Postman(books, till, secret=webhook_secret, url=notify_url, retry_unit_s=retry_unit_s)
    desk = Desk(books=books, till=till, postman=postman)
    front = Front(desk, secret_key)
    routes = [
        *(Route(call.path, front.endpoint(call), methods=[call.method]) for call in CALLS),
        *page.ROUTES,
        *control.ROUTES,
    ]
    app = Starlette(routes=routes, lifespan=_sending, exception_handlers={404: _no_such_address})
    app.state.desk = desk
    return app


@contextlib.asynccontextmanager
async def _sending(app: Starlette) -> AsyncIterator[None]:
    sender = asyncio.create_task(app.state.desk.postman.run())
    try:
        yield
    finally:
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender
        await app.state.desk.postman.close()


async def _no_such_address(request: Request, error: Exception) -> Response:
    refusal = Refusal(f"Unrecognized request URL ({request.method}: {request.url.path}).")
    return JSONResponse(refusal.body(), 404)


@dataclass(slots=True)
class Front:
    """What every call passes before and after its work."""

    desk: Desk
    secret_key: str
    in_use: set[str] = field(default_factory=set)

    def endpoint(self, call: Call) -> Callable[[Request], Any]:
        """The route's function."""

        async def answer(request: Request) -> Response:
            faults = self.desk.books.request_faults(f"{request.method} {_bare_path(request)}")
            if faults.answer_status:
                return _plain_error(faults.answer_status)
            if faults.garbage == "before":
                return _garbage()
            try:
                asked = await self._asked(request, call)
            except Refusal as refusal:
                # Refused before the work began: kept under no key.
                return JSONResponse(refusal.body(), refusal.status)
            kept, replayed = await self._answer(request, call, asked, faults)
            if not replayed and faults.time_out_after_success:
                await asyncio.sleep(faults.hang_s)
                return Cut()
            if not replayed and faults.garbage == "after":
                return _garbage()
            return _as_response(kept, replayed=replayed)

        return answer

    async def _asked(self, request: Request, call: Call) -> Thing:
        given = request.headers.get("Authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, f"Bearer {self.secret_key}".encode()):
            raise Refusal("Invalid API Key provided.", status=401)
        raw = await request.body() if call.method == "POST" else request.url.query.encode()
        if len(raw) > _BODY_MAX:
            raise Refusal("The request is too large.", status=413)
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw))
        except ValueError as error:
            raise Refusal("The form cannot be read.") from error
        asked: Thing = call.takes(tree_of(pairs), "")
        return asked

    async def _answer(
        self, request: Request, call: Call, asked: Thing, faults: Faults
    ) -> tuple[Kept, bool]:
        """The kept answer of the request's key, or a new one; True when it was there before."""
        books, key = self.desk.books, request.headers.get("Idempotency-Key", "")
        now = books.now()
        what = json.dumps([call.method, _bare_path(request), asked], sort_keys=True)
        if call.method != "POST" or not key:
            await asyncio.sleep(faults.slow_s)
            return self._work(request, call, asked, faults, what), False
        kept = books.state.keys.get(key)
        if kept is not None and now - kept.at < KEY_KEPT_S:
            if kept.asked != what:
                return _refused(_other_params(), what, now), False
            return kept, True
        if key in self.in_use:
            return _refused(_key_in_use(), what, now), False
        self.in_use.add(key)
        try:
            await asyncio.sleep(faults.slow_s)
            kept = self._work(request, call, asked, faults, what)
            books.state.keys[key] = kept
            books.save()
        finally:
            self.in_use.discard(key)
        return kept, False

    def _work(self, request: Request, call: Call, asked: Thing, faults: Faults, what: str) -> Kept:
        """Do it in one go, without letting anybody in between."""
        desk, now = self.desk, self.desk.books.now()
        desk.books.pages_at = f"{request.url.scheme}://{request.url.netloc}{_root(request)}"
        broken = Refusal("An error occurred on our side.", status=500, kind="api_error")
        try:
            desk.till.close_late_pages()
            if faults.status_500 == "before":
                raise broken
            found = call.do(desk, request.path_params.get("id", ""), asked)
            if found["object"] != "list":
                found = desk.books.shown(found, asked.get("expand", []))
            if faults.status_500 == "after":
                raise broken
            kept = Kept(asked=what, status=200, body=found, at=now)
        except Refusal as refusal:
            kept = _refused(refusal, what, now)
        desk.changed()
        return kept


class Cut(Response):
    """An answer that breaks off: the caller cannot know what was done."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise more bytes than are sent; the server then closes the line."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"64")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _root(request: Request) -> str:
    """Where this app is mounted; `request.base_url` speaks of the outermost one."""
    return str(request.scope.get("root_path", ""))


def _bare_path(request: Request) -> str:
    return request.url.path.removeprefix(_root(request))


def _refused(refusal: Refusal, what: str, now: float) -> Kept:
    return Kept(asked=what, status=refusal.status, body=refusal.body(), at=now)


def _other_params() -> Refusal:
    return Refusal(
        "Keys for idempotent requests can only be used with the same parameters they were first "
        "used with.",
        kind="idempotency_error",
    )


def _key_in_use() -> Refusal:
    return Refusal(
        "There is currently another in-progress request using this key.",
        code="idempotency_key_in_use",
        status=409,
        kind="idempotency_error",
    )


def _plain_error(status: int) -> Response:
    refusal = Refusal("Please try again later.", status=status, kind="api_error")
    return JSONResponse(refusal.body(), status)


def _garbage() -> Response:
    return Response("<html><body>502 Bad Gateway</body></html>", 200, media_type="text/html")


def _as_response(kept: Kept, *, replayed: bool) -> Response:
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    if kept.status == 500:
        headers["Stripe-Should-Retry"] = "false"  # the key would only repeat it
    return JSONResponse(kept.body, kept.status, headers=headers)
