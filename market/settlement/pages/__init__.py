"""The pages of settlement: producers' orders and money, staff's follow-ups, card money."""

from fastapi import APIRouter

from market.settlement.pages import card, desk

router = APIRouter()
router.include_router(desk.router)
router.include_router(card.router)
