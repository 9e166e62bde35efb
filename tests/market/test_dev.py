"""What phones would have shown, in the embedded mode only."""

import httpx

from integrations.runtime.settings import Settings
from market.app import create_app
from tests.kit.people import a_phone
from tests.kit.sign_in import ask
from tests.kit.stack import Stack


async def test_messages_are_listed_newest_first_and_by_phone(stack: Stack) -> None:
    first, second = a_phone(), a_phone()
    async with stack.client() as client:
        for phone in (first, second):
            await ask(stack, client, phone)
        found = (await client.get("/dev/messages?format=json")).json()["messages"]
        # Messages of other tests' workers may lie between.
        phones = [one["to_phone"] for one in found if one["to_phone"] in (first, second)]
        assert phones == [second, first]
        own = await client.get(
            "/dev/messages",
            params={"phone": "0" + first[3:]},
            headers={"Accept": "application/json"},
        )
        assert {one["to_phone"] for one in own.json()["messages"]} == {first}
        page = await client.get("/dev/messages", headers={"Accept": "text/html"})
        assert page.status_code == 200 and "0" + second[3:6] in page.text
        bad = await client.get("/dev/messages?phone=<b>", headers={"Accept": "text/html"})
        assert bad.status_code == 200 and "<b>" not in bad.text
        assert (await client.get("/dev/messages?phone=x&format=json")).status_code == 400


class Gateway(Settings):
    """Production with a real gateway, of which there is none yet."""

    def require_safe(self) -> None:
        """The settings of the test hold what else production would have."""


async def test_production_has_no_such_page(stack: Stack) -> None:
    settings = Gateway.model_construct(**{**stack.settings.model_dump(), "env": "production"})
    transport = httpx.ASGITransport(create_app(settings, stack.ports))
    async with httpx.AsyncClient(transport=transport, base_url=settings.public_url) as client:
        for path in ("/dev/messages", "/dev/messages?format=json"):
            assert (await client.get(path)).status_code == 404
