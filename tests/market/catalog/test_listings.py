"""Listings under many hands: one create, the table of states, what an edit does."""

import asyncio

import pytest

from integrations.contracts.errors import Conflict, NotFound
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from market.catalog.rules import MEANWHILE, MOVES, REVIEWED, ListingState, after_edit, sources
from market.catalog.service import listings
from tests.kit.listings import a_listing
from tests.kit.people import a_seller
from tests.kit.stack import Stack


def test_every_state_has_its_moves_and_its_words() -> None:
    assert set(MOVES) == set(ListingState) == set(MEANWHILE)
    assert sources(ListingState.LIVE) == (ListingState.IN_REVIEW, ListingState.PAUSED)
    assert MOVES[ListingState.ARCHIVED] == {ListingState.DRAFT, ListingState.PAUSED}


@pytest.mark.parametrize("state", ListingState)
def test_new_words_of_approved_goods_go_to_review(state: ListingState) -> None:
    assert after_edit(state, reviewed_changed=False) is state
    wanted = ListingState.IN_REVIEW if state in REVIEWED else state
    assert after_edit(state, reviewed_changed=True) is wanted
    assert wanted is state or wanted in MOVES[state]


async def test_one_client_id_at_the_same_time_is_one_listing(stack: Stack) -> None:
    seller, client_id = await a_seller(), str(new_id())
    body = {"client_id": client_id, "name": "Cam", "price": "30k", "stock": 5}
    async with stack.client(seller.token) as client:
        answers = await asyncio.gather(
            *(client.post("/api/v1/listings", json=body) for _ in range(6))
        )
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1
    assert {one.json()["available"] for one in answers} == {5}
    async with work(SYSTEM):
        made = await rows("SELECT id FROM listing WHERE producer_id = $1", [seller.producer_id])
    assert len(made) == 1


async def test_the_same_client_id_of_two_producers_is_two_listings(stack: Stack) -> None:
    one, two, client_id = await a_seller(), await a_seller(), str(new_id())
    ids = set()
    for seller in (one, two):
        async with work(seller.viewer):
            made, first = await listings.create(producer_id=seller.producer_id, client_id=client_id)
        assert first
        ids.add(made)
    assert len(ids) == 2


async def test_another_producer_cannot_hold_or_move_it(stack: Stack) -> None:
    owner, other = await a_seller(), await a_seller()
    goods = await a_listing(owner)
    with pytest.raises(NotFound):
        async with work(other.viewer):
            await listings.hold(other.viewer, goods.id)
    with pytest.raises(NotFound):  # row-level security, without any filter of ours
        async with work(other.viewer):
            await listings.move(goods.id, to=ListingState.IN_REVIEW, only_from=ListingState.DRAFT)


async def test_a_way_that_the_table_does_not_have(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    with pytest.raises(ValueError, match="no way"):
        async with work(seller.viewer):
            await listings.move(goods.id, to=ListingState.LIVE, only_from=ListingState.DRAFT)
    with pytest.raises(Conflict) as late:
        async with work(seller.viewer):
            await listings.move(goods.id, to=ListingState.LIVE, only_from=ListingState.IN_REVIEW)
    assert late.value.code == "listing.draft"


async def test_what_was_put_away_stays_as_it_is(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, state=ListingState.ARCHIVED)
    with pytest.raises(Conflict):
        async with work(seller.viewer):
            await listings.change(await listings.hold(seller.viewer, goods.id), name="Cam")


async def test_the_revision_counts_what_staff_judge(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    async with work(seller.viewer):
        held = await listings.hold(seller.viewer, goods.id)
        await listings.change(held, name=held.name)
        same = await listings.hold(seller.viewer, goods.id)
        await listings.change(same, price_vnd=99_000)
        dearer = await listings.hold(seller.viewer, goods.id)
    assert (held.revision, same.revision, dearer.revision) == (1, 1, 2)


async def test_the_database_refuses_a_price_of_nothing(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    with pytest.raises(Exception, match="variant_price"):
        async with work(seller.viewer):
            await run("UPDATE variant SET price_vnd = 0 WHERE id = $1", [goods.variant_id])
