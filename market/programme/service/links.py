"""Links by which a spreadsheet reads the figures: made once, ended at any time, never logged."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, NotFound, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime import audit
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.i18n import Language
from market.programme.rules import LINK_DAYS, READERS
from market.programme.service.figures import require_reader
from sellers.accounts.sessions import hash_token

_LIVE_MAX: Final = 10
_NAME_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link; `token` is shown once and never stored."""

    link_id: UUID
    token: str
    expires_at: datetime


_MAKE: Final = """
INSERT INTO figure_link (id, token_hash, person_id, role, province_code, name, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7)) RETURNING expires_at
"""


async def make_link(viewer: Viewer, *, name: str, days: int) -> MadeLink:
    """A link with the viewer's own scope, for reading tables of figures and nothing else.

    Raises `NotAllowed`, `Problem` (codes `link.name`, `link.days`), `Conflict` above ten links.
    """
    require_reader(viewer)
    words = clean_line(name[:400])
    if not 0 < len(words) <= _NAME_MAX:
        raise Problem("link.name", N_("Please name the sheet that reads here."), field="name")
    if days not in LINK_DAYS:
        raise Problem("link.days", N_("Please choose how long the link lives."), field="days")
    token, link_id = secrets.token_urlsafe(32), new_id()
    async with work(viewer):
        live = await value(
            "SELECT count(*) FROM figure_link WHERE person_id = $1 AND ended_at IS NULL"
            " AND expires_at > now()",
            [viewer.person_id],
        )
        if live >= _LIVE_MAX:
            raise Conflict(
                "link.many", N_("There are ten links already. Please end one that is not needed.")
            )
        made = await rows(
            _MAKE,
            [
                link_id, hash_token(token), viewer.person_id, str(viewer.role),
                viewer.province_code, words, days,
            ],
        )  # fmt: skip
        await audit.record(viewer, "figure_link.made", f"figure_link:{link_id}", days=days)
    return MadeLink(link_id, token, made[0]["expires_at"])


async def end_link(viewer: Viewer, *, link_id: UUID) -> None:
    """End one of the viewer's own links at once. Raises `NotAllowed`, `NotFound`."""
    require_reader(viewer)
    async with work(viewer):
        ended = await run(
            "UPDATE figure_link SET ended_at = now()"
            " WHERE id = $1 AND person_id = $2 AND ended_at IS NULL",
            [link_id, viewer.person_id],
        )
        if not ended:
            raise NotFound("link.unknown", N_("There is no such link any more."), who="staff")
        await audit.record(viewer, "figure_link.ended", f"figure_link:{link_id}")


async def links_of(viewer: Viewer) -> list[dict[str, Any]]:
    """Live links of the viewer (id, name, created_at, expires_at, used_at), the newest first."""
    require_reader(viewer)
    async with work(viewer):
        return await rows(
            "SELECT id, name, created_at, expires_at, used_at FROM figure_link"
            " WHERE person_id = $1 AND ended_at IS NULL AND expires_at > now() ORDER BY id DESC",
            [viewer.person_id],
        )


# The role must still be lent, as for a session; its communes are those of today.
_READ: Final = """
SELECT l.id, l.person_id, l.role, l.province_code, p.language, lent.communes,
       l.used_at IS NULL OR l.used_at < now() - interval '1 hour' AS stale
FROM figure_link l JOIN person p ON p.id = l.person_id
CROSS JOIN LATERAL (
  SELECT count(*) AS grants, CASE WHEN bool_and(g.commune_code IS NOT NULL)
    THEN array_agg(g.commune_code::text ORDER BY g.commune_code) END AS communes
  FROM role_grant g WHERE g.person_id = l.person_id AND g.role = l.role
    AND g.province_code IS NOT DISTINCT FROM l.province_code AND g.ended_at IS NULL) lent
WHERE l.token_hash = $1 AND l.ended_at IS NULL AND l.expires_at > now()
  AND p.disabled_at IS NULL AND lent.grants > 0
"""


async def reader_of(token: str) -> tuple[Viewer, Language]:
    """Who a link reads as, and in which language.

    Raises `NotFound` (code `link.unknown`) for a link that was never made, has ended, or whose
    person lost the role: all look the same.
    """
    async with work(SYSTEM):
        found = await rows(_READ, [hash_token(token[:200])])
        if not found or Role(found[0]["role"]) not in READERS:
            raise NotFound("link.unknown", N_("There is no such link any more."), who="staff")
        row = found[0]
        if row["stale"]:
            await run("UPDATE figure_link SET used_at = now() WHERE id = $1", [row["id"]])
    viewer = Viewer(
        Role(row["role"]),
        person_id=row["person_id"],
        province_code=row["province_code"],
        commune_codes=tuple(row["communes"] or ()),
    )
    return viewer, "en" if row["language"] == "en" else "vi"
