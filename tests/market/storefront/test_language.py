"""The language that a signed-in person chooses is the language of messages to them."""

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import value, work
from market.catalog.rules import ListingState
from market.listing.service import moderation
from tests.kit.listings import a_listing
from tests.kit.people import Someone, a_seller, a_staff
from tests.kit.stack import Stack


async def language_of(someone: Someone) -> str:
    """As it is kept with the person."""
    async with work(SYSTEM):
        return str(await value("SELECT language FROM person WHERE id = $1", [someone.person_id]))


async def test_the_next_message_is_in_the_language_that_was_chosen(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    said = []
    for language in ("en", "vi"):
        async with stack.browser(seller.token) as browser:
            answer = await browser.get(f"/language?lang={language}&back=/producer/goods")
        assert (answer.status_code, answer.headers["location"]) == (303, "/producer/goods")
        goods = await a_listing(seller, state=ListingState.IN_REVIEW, name="Mật ong hoa bưởi")
        await moderation.send_back(
            staff.viewer, listing_id=goods.id, revision=1, reason="Tên chưa rõ."
        )
        await stack.drain()
        said.append(stack.messages.latest(to_phone=seller.phone, limit=1)[0]["text"])
    assert "needs mending" in said[0]
    assert "needs mending" not in said[1] and "Mời" in said[1]


async def test_only_a_language_of_ours_and_only_ones_own_is_kept(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    async with stack.browser(seller.token) as browser:
        await browser.get("/language?lang=zz")
        assert await language_of(seller) == "vi"
        await browser.get("/language?lang=en")
    assert await language_of(seller) == "en"
    assert await language_of(other) == "vi"


async def test_a_link_on_another_site_changes_no_person(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        await browser.get("/language?lang=en", headers={"Sec-Fetch-Site": "cross-site"})
    assert await language_of(seller) == "vi"


async def test_a_visitor_without_a_session_changes_only_the_cookie(stack: Stack) -> None:
    async with stack.client() as visitor:
        answer = await visitor.get("/language?lang=en&back=/cart")
    assert (answer.status_code, answer.cookies["lang"]) == (303, "en")
