"""A person's own account: who I am, my devices, and closing the account."""

from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import audit
from integrations.runtime.database import run, work
from integrations.runtime.i18n import Language
from sellers.accounts.queries import person_of, sessions_of
from sellers.accounts.rules import read_name
from sellers.accounts.sessions import end_sessions_of


async def about_me(viewer: Viewer) -> dict[str, Any]:
    """Id, name, phone and language of a signed-in viewer."""
    async with work(viewer):
        return await person_of(viewer)


async def say_name(*, viewer: Viewer, name: str) -> None:
    """Give the viewer's person the name that was not known yet; a known one stays.

    Raises `Problem` (those of `rules.read_name`).
    """
    clean = read_name(name)
    async with work(viewer):
        await run(
            "UPDATE person SET name = $2 WHERE id = $1 AND name = ''", [viewer.person_id, clean]
        )


async def my_sessions(viewer: Viewer) -> list[dict[str, Any]]:
    """Live sessions of the viewer's person on every device."""
    async with work(viewer):
        return await sessions_of(viewer)


async def end_own_session(*, viewer: Viewer, session_id: UUID) -> None:
    """End one of the viewer's own sessions. Raises `NotFound` (code `session.unknown`)."""
    # A person may read sessions, only the system changes them: the row says who somebody is.
    async with work(SYSTEM):
        ended = await run(
            "UPDATE session SET ended_at = now()"
            " WHERE id = $1 AND person_id = $2 AND ended_at IS NULL",
            [session_id, viewer.person_id],
        )
        if not ended:
            raise NotFound("session.unknown", N_("There is no such sign-in any more."))
        await audit.record(viewer, "session.ended", f"session:{session_id}")


async def speak(*, viewer: Viewer, language: Language) -> None:
    """From now on messages to the viewer's person are written in this language."""
    async with work(viewer):
        await run(
            "UPDATE person SET language = $2 WHERE id = $1 AND language <> $2",
            [viewer.person_id, language],
        )


async def disable_person(*, viewer: Viewer, person_id: UUID, reason: str) -> int:
    """Close a person's account, end their roles and every live session; how many sessions.

    Raises `NotFound` (code `person.unknown`) when there is nobody or it is closed already.
    """
    async with work(SYSTEM):
        closed = await run(
            "UPDATE person SET disabled_at = now() WHERE id = $1 AND disabled_at IS NULL",
            [person_id],
        )
        if not closed:
            raise NotFound("person.unknown", N_("There is no open account of this person."))
        await run(
            "UPDATE role_grant SET ended_at = now() WHERE person_id = $1 AND ended_at IS NULL",
            [person_id],
        )
        ended = await end_sessions_of(person_id)
        await audit.record(
            viewer, "person.disabled", f"person:{person_id}", reason=reason, sessions=ended
        )
    return ended
