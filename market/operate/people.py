"""`ganh staff` and `ganh person`: roles are lent and ended, an account is closed."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.phone import format_phone
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, work
from integrations.runtime.embedded import StartRefused
from integrations.runtime.embedded.console import explain, put
from integrations.runtime.i18n import LANGUAGES, translate
from integrations.runtime.i18n.formats import local
from integrations.runtime.settings import Settings
from market.operate.reach import reached
from market.running import database
from market.wiring import register_words
from sellers.accounts.rules import ROLE_WORDS, Area, areas_of, read_name, read_phone, read_role
from sellers.accounts.service import close_person, end_role, lend_role, staff_list

_REASON_MAX: Final = 300
_PROVINCES: Final = "SELECT code, full_name AS name FROM province WHERE code = ANY($1)"
# A role may outlive its commune; it is lent anew only for one that still is.
_COMMUNES: Final = """
SELECT code, full_name AS name, province_id AS province_code FROM commune
WHERE code = ANY($1) AND (valid_to IS NULL OR $2)
"""


def run_staff_add(
    settings: Settings,
    *,
    phone: str,
    role: str,
    name: str,
    province: str | None,
    communes: Sequence[str],
) -> int:
    """Lend a role to the person of a phone; 0 also when it is lent already."""

    async def add() -> int:
        number, wanted = read_phone(phone), read_role(role)
        if name:
            read_name(name)
        async with reached(settings) as live, database(live, name="staff"):
            areas = await _areas(wanted, province, communes)
            lent = await lend_role(viewer=SYSTEM, phone=number, role=wanted, areas=areas, name=name)
        if lent.joined:
            _tell(N_("{name} is new here."), name=lent.name)
        if not lent.is_new:
            _tell(
                N_("{name} has the role {role} there already. Nothing was changed."),
                name=lent.name,
                role=wanted,
            )
            return 0
        _tell(
            N_("{name} has the role {role} now. Sign in with {phone}: {address}"),
            name=lent.name,
            role=wanted,
            phone=format_phone(number),
            address=f"{live.public_url}/sign-in",
        )
        return 0

    return _said(add)


def run_staff_end(settings: Settings, *, phone: str, role: str, name: str) -> int:
    """Take a role away; 0 also when it had ended before."""

    async def end() -> int:
        number, wanted = read_phone(phone), read_role(role)
        async with reached(settings) as live, database(live, name="staff"):
            ended = await end_role(viewer=SYSTEM, phone=number, role=wanted, name=name)
        if ended.is_new:
            _tell(
                N_("{name} has the role {role} no more. Ended sessions: {count}."),
                name=ended.name,
                role=wanted,
                count=ended.sessions,
            )
        else:
            _tell(
                N_("The role {role} of {name} had ended before. Nothing was changed."),
                name=ended.name,
                role=wanted,
            )
        return 0

    return _said(end)


def run_staff_list(settings: Settings) -> int:
    """Say who has which role, for where, since when."""

    async def show() -> int:
        async with reached(settings) as live, database(live, name="staff"):
            lent = await staff_list()
            names = await _names(lent)
        for row in lent:
            _tell(
                N_("{name}, {phone}: {role} since {day}, {place}")
                if row["province_code"]
                else N_("{name}, {phone}: {role} since {day}, whole country"),
                name=row["name"],
                phone=format_phone(row["phone"]),
                role=Role(row["role"]),
                day=f"{local(row['granted_at']):%Y-%m-%d}",
                place=", ".join(
                    f"{names.get(code, '?')} ({code})"
                    for code in (row["commune_code"], row["province_code"])
                    if code
                ),
            )
        if not lent:
            _tell(N_("Nobody has a role yet. The first: ganh staff add PHONE admin --name NAME"))
        return 0

    return _said(show)


def run_person_close(settings: Settings, *, phone: str, name: str, reason: str) -> int:
    """Close an account; 0 also when it was closed before."""

    async def close() -> int:
        number = read_phone(phone)
        why = clean_line(reason)[:_REASON_MAX]
        async with reached(settings) as live, database(live, name="person"):
            ended = await close_person(viewer=SYSTEM, phone=number, name=name, reason=why)
        if ended.is_new:
            _tell(
                N_("The account of {name} is closed. Ended sessions: {count}."),
                name=ended.name,
                count=ended.sessions,
            )
        else:
            _tell(
                N_("The account of {name} was closed before. Nothing was changed."),
                name=ended.name,
            )
        return 0

    return _said(close)


def _said(deed: Callable[[], Awaitable[int]]) -> int:
    """Run it; a refusal is said in both languages."""

    async def run() -> int:
        return await deed()

    os.umask(0o077)
    register_words()
    try:
        return asyncio.run(run())
    except StartRefused as refusal:
        explain(refusal)
        return refusal.exit_code
    except Problem as problem:
        _tell(problem.message, **problem.params)
        return 1


def _tell(message: str, **params: Any) -> None:
    """A sentence of any floor in both languages, roles by their word."""
    for language in LANGUAGES:
        said = {
            key: translate(language, ROLE_WORDS[one]) if isinstance(one, Role) else one
            for key, one in params.items()
        }
        put(translate(language, message, **said))


async def _areas(role: Role, province: str | None, communes: Sequence[str]) -> list[Area]:
    """Where the role is to hold. Raises `Problem` for codes of no province or commune."""
    async with work(SYSTEM):
        if province is not None and not await rows(_PROVINCES, [[province]]):
            raise Problem(
                "province.unknown",
                N_("There is no province {code}. A province has two digits, such as 42."),
                field="province",
                params={"code": province},
            )
        found = {row["code"]: row for row in await rows(_COMMUNES, [list(communes), False])}
    for code in communes:
        if code not in found:
            raise Problem(
                "commune.unknown",
                N_("There is no commune {code}. A commune has five digits, such as 18406."),
                field="commune",
                params={"code": code},
            )
    areas = [Area(found[code]["province_code"], code) for code in communes]
    return areas_of(role, province_code=province, communes=areas)


async def _names(lent: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Code -> name of every place that a role is lent for."""
    async with work(SYSTEM):
        found = await rows(_PROVINCES, [[row["province_code"] for row in lent]])
        found += await rows(_COMMUNES, [[row["commune_code"] for row in lent], True])
    return {row["code"]: row["name"] for row in found}
