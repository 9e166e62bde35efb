"""A staff role that was taken away ends what its holder is signed in as."""

import pytest

from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import run, work
from tests.kit.people import a_seller, a_staff
from tests.kit.stack import Stack


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.HELPER])
async def test_a_role_that_was_taken_away_ends_its_sessions(stack: Stack, role: Role) -> None:
    staff, seller = await a_staff(role), await a_seller()
    async with stack.client(staff.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
        async with work(SYSTEM):
            await run(
                "UPDATE role_grant SET ended_at = now() WHERE person_id = $1", [staff.person_id]
            )
        assert (await client.get("/api/v1/me")).status_code == 401
    async with stack.client(seller.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
