"""Reads of support: what a producer was given, which kinds there are, what was typed last."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows
from integrations.runtime.i18n import Language
from sellers.producers.queries import IN_SCOPE, scope_of

_KIND_NAME: Final = "CASE WHEN {language} = 'vi' THEN k.name_vi ELSE k.name_en END"
_KINDS: Final = f"""
SELECT k.code, {_KIND_NAME.format(language="$1::text")} AS name FROM support_kind k
WHERE k.valid_from <= $2 AND (k.valid_to IS NULL OR k.valid_to >= $2)
ORDER BY k.position, k.code
"""  # noqa: S608 - no value of a request stands in it


async def kinds_on(day: date, language: Language) -> list[dict[str, Any]]:
    """Kinds that can be given on a day (code, name), in the order of the file."""
    return await rows(_KINDS, [str(language), day])


_ALL_KINDS: Final = f"""
SELECT k.code, {_KIND_NAME.format(language="$1::text")} AS name FROM support_kind k
ORDER BY k.position, k.code
"""  # noqa: S608 - the same


async def kinds_of(language: Language) -> list[dict[str, Any]]:
    """Every kind that there is or was (code, name)."""
    return await rows(_ALL_KINDS, [str(language)])


_GIVEN: Final = f"""
SELECT e.id, e.producer_id, e.kind_id AS kind,
       {_KIND_NAME.format(language="$2::text")} AS kind_name, e.programme, e.giver,
       e.given_on, e.commune_code, e.cost_vnd, e.note, e.created_at,
       coalesce(w.name, '') AS entered_by, x.id IS NOT NULL AS cancelled, x.note AS cancel_reason
FROM support_event e JOIN support_kind k ON k.code = e.kind_id
LEFT JOIN support_event x ON x.cancels_id = e.id
LEFT JOIN person w ON w.id = e.entered_by
WHERE e.producer_id = $1 AND e.cancels_id IS NULL
ORDER BY e.given_on DESC, e.id DESC LIMIT 200
"""  # noqa: S608 - the same


async def support_of(producer_id: UUID, language: Language) -> list[dict[str, Any]]:
    """The latest 200 entries of a producer, the newest day first, those taken back too."""
    return await rows(_GIVEN, [producer_id, str(language)])


_LAST: Final = f"""
SELECT e.programme, e.giver, e.kind_id AS kind FROM support_event e
JOIN producer p ON p.id = e.producer_id JOIN commune c ON c.code = p.commune_id
WHERE {IN_SCOPE} AND e.cancels_id IS NULL
ORDER BY (e.entered_by = $3) DESC, e.created_at DESC, e.id DESC LIMIT 1
"""  # noqa: S608 - the same


async def last_words(viewer: Viewer) -> dict[str, Any]:
    """Programme, giver and kind of the viewer's last entry, else of the last one in its scope."""
    found = await rows(_LAST, [*scope_of(viewer), viewer.person_id])
    return found[0] if found else {"programme": "", "giver": "", "kind": ""}
