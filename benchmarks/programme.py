"""Staff's pages over 5,000 producers and 200,000 orders, beside the same SQL on bare asyncpg."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx

from benchmarks.measure import Row, compared, in_turn
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import work
from integrations.runtime.database.migrate import migrate
from integrations.runtime.settings import Settings
from market.app import create_app
from market.programme.queries import OWN_PLAN
from market.programme.queries import producers as producer_rows
from market.programme.queries import sales as sale_rows
from market.programme.queries.facts import PROGRESS_COLUMNS, SALE_COLUMNS, behind
from market.programme.schemas import ProducerQuery, SaleQuery
from market.reference import load_reference_data
from market.tables import APPS, GRANTS
from sellers.accounts.models import Person, RoleGrant, SessionKind
from sellers.accounts.sessions import open_session
from sellers.producers import queries as places
from tests.kit.statements import statements

PRODUCERS = 5_000
ORDERS = 200_000
PROVINCE = "42"
# However much there is to show: who asks, what is asked for, and the lists of the filter.
STATEMENTS_MAX = 5
_SET = "SELECT set_config('app.role', 'province_staff', true)"

# Two years of a province: most list, half sell, some sell often; every tenth buyer is no stranger.
_FILL = """
CREATE TEMP TABLE place AS
  SELECT code, row_number() OVER (ORDER BY code) - 1 AS n, count(*) OVER () AS of
  FROM commune WHERE province_id = '42';
INSERT INTO person (id, phone, name, created_at)
  SELECT gen_random_uuid(), '+8490' || lpad(i::text, 7, '0'), 'Người số ' || i,
         now() - interval '720 days' + i * interval '3 hours'
  FROM generate_series(1, {producers}) i;
INSERT INTO producer (id, code, kind, name, search_text, commune_id, phone, created_at)
  SELECT gen_random_uuid(), 'B' || lpad(i::text, 7, '0'),
         (ARRAY['household', 'household', 'household', 'cooperative', 'firm'])[1 + i % 5],
         'Vườn bưởi số ' || i, 'vuon buoi so ' || i, l.code, '+8490' || lpad(i::text, 7, '0'),
         now() - interval '720 days' + i * interval '3 hours'
  FROM generate_series(1, {producers}) i JOIN place l ON l.n = i % l.of;
INSERT INTO membership (id, person_id, producer_id)
  SELECT gen_random_uuid(), h.id, p.id FROM producer p JOIN person h ON h.phone = p.phone;
CREATE TEMP TABLE numbered AS SELECT id, created_at, row_number() OVER (ORDER BY code) AS n
  FROM producer;
INSERT INTO payout_account (id, producer_id, bank_id, account_sealed, account_hash, account_last4,
                            holder_sealed, created_at)
  SELECT gen_random_uuid(), id, '970405', 'x', md5(id::text), '0000', 'x',
         created_at + interval '1 day' FROM numbered WHERE n % 5 > 0;
INSERT INTO listing (id, producer_id, client_id, code, state, tax_class, name, live_at)
  SELECT gen_random_uuid(), id, id::text, 'L' || lpad(n::text, 7, '0'), 'live',
         'goods_distribution', 'Bưởi', created_at + interval '5 days'
  FROM numbered WHERE n % 10 < 7;
CREATE TEMP TABLE bought AS
  SELECT gen_random_uuid() AS order_id, gen_random_uuid() AS part_id, i, p.id AS producer_id,
         p.created_at + interval '10 days'
           + (now() - p.created_at - interval '10 days') * ((i * 7919) % 10007) / 10007 AS at,
         20000 + (i * 37) % 480000 AS vnd,
         (ARRAY['bank_qr', 'cod', 'bank_qr', 'card', 'channel'])[1 + i % 5] AS method
  FROM generate_series(1, {orders}) i
  JOIN numbered p ON p.n = 1 + (i * (1 + i % 3)) % ({producers} / 2);
INSERT INTO orders (id, number, checkout_key, buyer_name, buyer_phone, commune_code, commune_name,
                    street, source, total_vnd, placed_at)
  SELECT order_id, lpad(i::text, 10, '0'), order_id::text, 'Khách',
         CASE WHEN i % 10 = 0 THEN '+8490' || lpad((1 + i % {producers})::text, 7, '0')
              ELSE '+8498' || lpad((i % 100000)::text, 7, '0') END,
         '00070', 'Hà Nội', 'Phố', CASE method WHEN 'channel' THEN 'shopee' ELSE 'shop' END, vnd, at
  FROM bought;
INSERT INTO order_part (id, order_id, producer_id, letter, state, method, producer_name,
                        producer_kind, total_vnd, commission_vnd, vat_vnd, pit_vnd, net_vnd)
  SELECT part_id, order_id, producer_id, 'A',
         CASE WHEN i % 20 = 0 THEN 'cancelled' ELSE 'completed' END, method, 'Vườn', 'cooperative',
         vnd, 0, 0, 0, vnd FROM bought;
INSERT INTO payment (id, part_id, order_id, producer_id, method, state, amount_vnd, received_vnd,
                     reference, settled_at)
  SELECT gen_random_uuid(), part_id, order_id, producer_id, method,
         CASE WHEN i % 17 = 0 THEN 'expired' ELSE 'settled' END, vnd, vnd, 'B' || i, at FROM bought;
INSERT INTO support_event (id, producer_id, kind_id, programme, giver, given_on, commune_code,
                           cost_vnd, entered_by)
  SELECT gen_random_uuid(), p.id, (ARRAY['training', 'photos', 'visit'])[1 + n % 3], 'OCOP', 'Tổ',
         (p.created_at + interval '8 days')::date, p.commune_id, 100000, p.id
  FROM numbered JOIN producer p USING (id) WHERE n % 3 > 0;
INSERT INTO producer_sale ({sales}) SELECT {sales} FROM live_sale;
INSERT INTO producer_progress (id, {progress})
  SELECT gen_random_uuid(), {progress} FROM live_progress;
ANALYZE;
"""


@asynccontextmanager
async def _staff(env: dict[str, str]) -> AsyncIterator[tuple[httpx.AsyncClient, Viewer]]:
    """The application in this process, with a client that province staff are signed in with."""
    settings = Settings.model_validate(env)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        await load_reference_data()
        owner = await asyncpg.connect(env["DATABASE_OWNER_URL"])
        try:
            began = time.perf_counter()
            await owner.execute(
                _FILL.format(
                    producers=PRODUCERS, orders=ORDERS, sales=SALE_COLUMNS,
                    progress=PROGRESS_COLUMNS,
                )
            )  # fmt: skip
            print(f"filled in {time.perf_counter() - began:.0f} s")
        finally:
            await owner.close()
        async with work(SYSTEM):
            person = await Person.create(id=new_id(), phone="+84911111111", name="Cán bộ")
            role = str(Role.PROVINCE_STAFF)
            await RoleGrant.create(person_id=person.id, role=role, province_code=PROVINCE)
            viewer = Viewer(Role.PROVINCE_STAFF, person_id=person.id, province_code=PROVINCE)
            opened = await open_session(viewer, kind=SessionKind.WEB, phone=person.phone)
            began = time.perf_counter()
            if await behind(10):
                raise AssertionError("the facts are not what their source says")
            print(f"facts proven equal in {time.perf_counter() - began:.1f} s")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=settings.public_url
        ) as client:
            client.cookies.set("ganh", opened.token)
            yield client, viewer


async def rows(env: dict[str, str]) -> list[Row]:
    """Milliseconds a page, and the same statements with the same values on one bare connection."""
    await migrate(APPS, owner_url=env["DATABASE_OWNER_URL"], grants=GRANTS)
    bare = await asyncpg.connect(env["DATABASE_URL"])
    try:
        async with _staff(env) as (client, viewer):
            print(await _counted(client, viewer))
            found = []
            for path, asked in _pages(viewer).items():
                ours, floor = _page(client, path), _floor(bare, asked)
                a, b = await in_turn(ours, floor)
                floor_is = f"bare asyncpg, {len(asked)} statements"
                found.append(compared(f"staff: {path}", "ms", a, b, floor_is))
            return found
    finally:
        await bare.close()


class TooManyStatements(AssertionError):
    """A page asks more often the more there is; the text holds every statement."""


async def _counted(client: httpx.AsyncClient, viewer: Viewer) -> str:
    """How many statements each page sends, filtered and further on too. Raises above five."""
    everybody = (await client.get("/api/v1/programme/producers")).json()
    sold = (await client.get("/api/v1/programme/sales")).json()
    one = everybody["items"][-1]["id"]
    said = []
    for path in (
        *_pages(viewer),
        "/staff/support",
        f"/staff/producers/{one}",
        "/staff/figures?kind=household&from=2026-01-01",
        f"/staff/figures?commune={everybody['items'][0]['commune_code']}",
        f"/staff/producers?after={everybody['next_cursor']}&step=sold&supported=yes",
        "/staff/producers?q=vuon+buoi&silent_days=30",
        f"/staff/sales?after={sold['next_cursor']}&cashless=yes&stranger=yes",
    ):
        with statements() as sent:
            answer = await client.get(path)
        if answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status_code}")
        if len(sent) > STATEMENTS_MAX:
            raise TooManyStatements(f"{path} sends {len(sent)}:\n" + "\n".join(sent))
        said.append(f"{len(sent)} {path.replace(one, '…')}")
    return "statements per page: " + ", ".join(said)


Statements = list[tuple[str, list[Any]]]


def _pages(viewer: Viewer) -> dict[str, Statements]:
    """The pages, each with what it asks of the tables of figures."""
    communes = (places.COMMUNES_IN_SCOPE, places.scope_of(viewer))
    everybody, every_sale = ProducerQuery(), SaleQuery()
    return {
        "/staff/figures": [
            (producer_rows.FUNNEL, producer_rows.params(viewer, everybody)),
            (sale_rows.MONTHS, sale_rows.params(viewer, every_sale)),
            communes,
        ],
        "/staff/producers": [
            (producer_rows.LIST, [*producer_rows.params(viewer, everybody), None, 51, "vi"]),
            communes,
        ],
        "/staff/sales": [
            (sale_rows.SALES, [*sale_rows.params(viewer, every_sale), None, 51]),
            communes,
        ],
    }


def _page(client: httpx.AsyncClient, path: str) -> Callable[[], Awaitable[float]]:
    async def once() -> float:
        began = time.perf_counter()
        answer = await client.get(path)
        took_ms = (time.perf_counter() - began) * 1000
        if answer.status_code != 200 or ("5.000" not in answer.text and path != "/staff/sales"):
            raise AssertionError(f"{path}: {answer.status_code}")
        return took_ms

    return once


def _floor(bare: asyncpg.Connection, asked: Statements) -> Callable[[], Awaitable[float]]:
    async def once() -> float:
        began = time.perf_counter()
        async with bare.transaction():
            await bare.fetchval(_SET)
            await bare.fetchval(OWN_PLAN)
            for sql, values in asked:
                await bare.fetch(sql, *values)
        return (time.perf_counter() - began) * 1000

    return once
