"""Refusals and failures: the right status, a sentence, nothing of ours inside."""

import asyncio

import asyncpg
import pytest
import structlog
from asyncpg.exceptions import _base
from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError

from integrations.contracts.errors import Conflict, TooMany
from integrations.runtime.web.faults import as_problem, is_down
from tests.web.kit import Fault, an_app, calling

_pg = asyncpg.exceptions
SECRET = "SELECT phone FROM person WHERE phone = '+84912345678'"


def wrapped(inner: BaseException) -> OperationalError:
    """As Tortoise hands it on."""
    error = OperationalError(inner)
    error.__cause__ = inner
    return error


DOWN = [
    ConnectionRefusedError(111, SECRET),
    ConnectionResetError(104, SECRET),
    OSError("Multiple exceptions: [Errno 111] Connect call failed"),
    TimeoutError(),
    DBConnectionError("Can't establish connection"),
    _pg.CannotConnectNowError("the database system is starting up"),
    _pg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    _pg.AdminShutdownError("terminating connection due to administrator command"),
    _pg.CrashShutdownError("terminating connection because of crash"),
    _pg.TooManyConnectionsError("sorry, too many clients already"),
    _pg.DiskFullError("could not extend file"),
    _pg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    _pg.InterfaceError("connection is closed"),
    _pg.InterfaceError("pool is closing"),
    _pg.InterfaceError("connection has been released back to the pool"),
    _pg.InternalClientError("unexpected"),
]


@pytest.mark.parametrize("error", DOWN, ids=lambda e: f"{type(e).__name__}-{e}"[:40])
@pytest.mark.parametrize("address", ["/api/breaks", "/breaks"])
async def test_a_database_that_is_away_is_503_with_a_time_to_come_back(
    error: Exception, address: str
) -> None:
    for one in (error, wrapped(error)):
        async with calling(an_app(fault=lambda one=one: one)) as client:  # type: ignore[misc]
            answer = await client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert SECRET not in answer.text


@pytest.mark.parametrize(
    "error",
    [
        _base.InterfaceError("cannot perform operation: another operation is in progress"),
        _pg.UniqueViolationError("duplicate key"),
        _pg.UndefinedColumnError("no such column"),
        IntegrityError("x"),
        OSError(28, "No space left on device"),
        FileNotFoundError(2, "x"),
        KeyError("x"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_is_wrong_in_our_own_code_is_not_called_down(error: Exception) -> None:
    assert not is_down(error)
    assert as_problem(error) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (_pg.DeadlockDetectedError("x"), "database.busy"),
        (_pg.LockNotAvailableError("x"), "database.busy"),
        (_pg.QueryCanceledError("x"), "database.busy"),
        (_pg.CharacterNotInRepertoireError("0x00"), "text.unstorable"),
    ],
)
def test_database_errors_that_a_person_can_wait_out_or_mend(error: Exception, code: str) -> None:
    for one in (error, wrapped(error)):
        found = as_problem(one)
        assert found is not None and found.code == code


def _breaks() -> BaseException:
    return RuntimeError(f"{SECRET} failed for 0912345678")


def _database_breaks() -> BaseException:
    return wrapped(_pg.UndefinedColumnError(SECRET))


def _group_breaks() -> BaseException:
    return ExceptionGroup("x", [RuntimeError(SECRET)])


@pytest.mark.parametrize("fault", [_breaks, _database_breaks, _group_breaks])
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
async def test_a_fault_of_ours_shows_nothing_of_ours(fault: Fault, accept: str) -> None:
    with structlog.testing.capture_logs() as logs:
        async with calling(an_app(fault=fault), Accept=accept) as client:
            answer = await client.get("/breaks")
    assert answer.status_code == 500
    for ours in ("SELECT", "Traceback", "RuntimeError", "asyncpg", ".py", "84912345678"):
        assert ours not in answer.text
    assert answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    failed = [line for line in logs if line["event"] == "request.failed"]
    assert len(failed) == 1
    assert "84912345678" not in str(failed) and "0912345678" not in str(failed)
    assert "kit.py" in str(failed[0]["at"])
    if accept == "application/json":
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "internal"
        assert answer.json()["who"] == "us"


async def test_the_page_or_the_json_by_who_asks() -> None:
    async with calling(an_app()) as client:
        page = await client.get("/nowhere", headers={"Accept": "text/html"})
        json = await client.get("/nowhere", headers={"Accept": "application/json"})
        api = await client.get("/api/nowhere", headers={"Accept": "text/html"})
    assert page.status_code == json.status_code == api.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for one in (json, api):
        assert one.headers["Content-Type"] == "application/problem+json"
        assert one.json()["code"] == "not_found"
        assert one.json()["request_id"] == one.headers["X-Request-Id"]


async def test_the_wrong_method_names_the_right_ones() -> None:
    async with calling(an_app(), Authorization="Bearer x") as client:
        api = await client.delete("/api/things")
        page = await client.post("/page", headers={"Accept": "text/html"})
    assert api.status_code == page.status_code == 405
    assert api.headers["Allow"] == "POST"
    assert page.headers["Allow"] == "GET"
    assert api.json()["code"] == "request.method"


async def test_head_is_get_without_its_body() -> None:
    async with calling(an_app()) as client:
        got, head = await client.get("/page"), await client.head("/page")
        lost = await client.head("/nowhere")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert lost.status_code == 404


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"count": 3}, "name", "field.missing"),
        ({"name": "a", "count": 3}, "name", "field.too_short"),
        ({"name": "a" * 21, "count": 3}, "name", "field.too_long"),
        ({"name": "abc", "count": "many"}, "count", "field.number"),
        ({"name": "abc", "count": 0}, "count", "field.too_little"),
        ({"name": "abc", "count": 100}, "count", "field.too_much"),
        ({"name": "abc", "count": 3, "kind": "king"}, "kind", "field.choice"),
        ({"name": ["abc"], "count": 3}, "name", "field.unreadable"),
    ],
)
async def test_a_wrong_field_has_its_sentence(
    body: dict[str, object], field: str, code: str
) -> None:
    async with calling(an_app()) as client:
        answer = await client.post("/api/things", json=body)
        english = await client.post("/api/things", json=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["field"], problem["code"]) == (field, code)
    assert problem["detail"] != english.json()["detail"]
    assert "{" not in problem["detail"] and " or " not in problem["detail"]
    assert "errors" not in problem


async def test_several_wrong_fields_are_all_named() -> None:
    async with calling(an_app()) as client:
        answer = await client.post("/api/things?near=11", json={"count": "x"})
    errors = answer.json()["errors"]
    assert {one["field"] for one in errors} == {"name", "count", "near"}
    assert answer.json()["field"] == errors[0]["field"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": "\\ud800"}', b"[]", b"", b"nul"])
async def test_what_is_no_json_is_400(body: bytes) -> None:
    async with calling(an_app()) as client:
        answer = await client.post(
            "/api/things", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("id", ["x", "1.5", "%00", "9" * 5_000])
async def test_an_unreadable_id_is_no_such_page(id: str) -> None:
    async with calling(an_app()) as client:
        answer = await client.get(f"/api/things/{id}")
        unknown = await client.get("/api/things")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert unknown.status_code == 405


async def test_a_page_for_people_leads_to_the_sign_in_and_back() -> None:
    async with calling(an_app(), Accept="text/html") as client:
        page = await client.get("/mine?tab=2&q=a%20b")
        api = await client.get("/mine", headers={"Accept": "application/json"})
        who = await client.get("/sells")
    assert page.status_code == who.status_code == 303
    assert page.headers["Location"] == "/sign-in?next=/mine%3Ftab%3D2%26q%3Da%2520b"
    assert who.headers["Location"] == "/who"
    assert api.status_code == 401
    assert api.headers["WWW-Authenticate"] == "Bearer"


async def test_limits_say_when_to_come_back() -> None:
    def fault() -> BaseException:
        return TooMany("limit.reached", "Slow down.", retry_after_s=90)

    async with calling(an_app(fault=fault)) as client:
        for address in ("/api/breaks", "/breaks"):
            answer = await client.get(address, headers={"Accept": "text/html"})
            assert answer.status_code == 429
            assert answer.headers["Retry-After"] == "90"


async def test_a_page_that_cannot_be_made_still_answers() -> None:
    def fault() -> BaseException:
        return Conflict("x", "A sentence with {a_hole} that nobody fills.", params={"other": 1})

    async with calling(an_app(fault=fault), Accept="text/html") as client:
        answer = await client.get("/breaks")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"


async def test_a_client_that_goes_away_is_no_fault() -> None:
    """The server says `http.disconnect` in the middle of a body."""
    sent: list[dict[str, object]] = []
    messages: list[dict[str, object]] = [
        {"type": "http.request", "body": b'{"na', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, object]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/things",
        "raw_path": b"/api/things",
        "query_string": b"",
        "root_path": "",
        "scheme": "https",
        "client": ("203.0.113.9", 1),
        "server": ("shop.example", 443),
        "headers": [(b"host", b"shop.example"), (b"content-type", b"application/json")],
    }
    with structlog.testing.capture_logs() as logs:
        await asyncio.wait_for(an_app()(scope, receive, send), 5)
    assert sent[0]["status"] == 400
    assert not [line for line in logs if line["log_level"] == "error"]
