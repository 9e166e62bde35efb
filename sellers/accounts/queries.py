"""Reads of people and sessions."""

from typing import Any
from uuid import UUID

from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows
from sellers.accounts.rules import Someone

_ON_PHONE = """
SELECT p.id, p.name, g.role, g.province_code
FROM person p LEFT JOIN role_grant g ON g.person_id = p.id AND g.ended_at IS NULL
WHERE p.phone = $1 AND p.disabled_at IS NULL
ORDER BY p.created_at, p.id, g.granted_at, g.id
"""


async def people_on_phone(phone: str) -> list[Someone]:
    """Who may sign in with a phone, oldest first; inside a transaction of the system."""
    people: dict[UUID, Someone] = {}
    for row in await rows(_ON_PHONE, [phone]):
        known = people.get(row["id"])
        grants = known.grants if known else ()
        # One door for a role in a province, however many communes it is lent for.
        if row["role"] and (grant := (Role(row["role"]), row["province_code"])) not in grants:
            grants = (*grants, grant)
        people[row["id"]] = Someone(row["id"], row["name"], grants)
    return list(people.values())


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
