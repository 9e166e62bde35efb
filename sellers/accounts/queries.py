"""Reads of people and sessions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows
from sellers.accounts.rules import Someone

_ON_PHONE = """
SELECT p.id, p.name, g.role, g.province_code
FROM person p LEFT JOIN role_grant g ON g.person_id = p.id AND g.ended_at IS NULL
WHERE p.phone = $1 AND (p.disabled_at IS NOT NULL) = $2
ORDER BY p.created_at, p.id, g.granted_at, g.id
"""


async def people_on_phone(phone: str, *, closed: bool = False) -> list[Someone]:
    """Who may sign in with a phone, oldest first; inside a transaction of the system.

    `closed`: instead those whose account was closed.
    """
    people: dict[UUID, Someone] = {}
    for row in await rows(_ON_PHONE, [phone, closed]):
        known = people.get(row["id"])
        grants = known.grants if known else ()
        # One door for a role in a province, however many communes it is lent for.
        if row["role"] and (grant := (Role(row["role"]), row["province_code"])) not in grants:
            grants = (*grants, grant)
        people[row["id"]] = Someone(row["id"], row["name"], grants)
    return list(people.values())


_LENT = """
SELECT p.id AS person_id, p.name, p.phone, g.role, g.province_code, g.commune_code, g.granted_at
FROM role_grant g JOIN person p ON p.id = g.person_id
WHERE g.ended_at IS NULL AND p.disabled_at IS NULL
ORDER BY g.role, g.province_code NULLS FIRST, g.commune_code NULLS FIRST, p.name, p.id, g.id
"""


async def lent_roles() -> list[dict[str, Any]]:
    """Who has which role for where; inside a transaction of the system."""
    return await rows(_LENT)


_EVER = "SELECT DISTINCT person_id FROM role_grant WHERE role = $1 AND person_id = ANY($2)"


async def ever_had(role: Role, people: Sequence[Someone]) -> list[Someone]:
    """Those of the people to whom the role was lent at any time."""
    found = await rows(_EVER, [str(role), [one.person_id for one in people]])
    ids = {row["person_id"] for row in found}
    return [one for one in people if one.person_id in ids]


_PERSON = "SELECT id, name, phone, language FROM person WHERE id = $1"


async def person_of(viewer: Viewer) -> dict[str, Any]:
    """Name, phone and language of a signed-in viewer's person."""
    return (await rows(_PERSON, [viewer.person_id]))[0]


_SESSIONS = """
SELECT id, kind, role, created_at, seen_at, expires_at FROM session
WHERE person_id = $1 AND ended_at IS NULL AND expires_at > now()
ORDER BY seen_at DESC, id LIMIT 100
"""


async def sessions_of(viewer: Viewer) -> list[dict[str, Any]]:
    """Live sessions of the viewer's person, the one used last first."""
    return await rows(_SESSIONS, [viewer.person_id])
