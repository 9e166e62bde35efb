"""The pages of settlement: producers' orders and money, staff's follow-ups, card money."""

from fastapi import APIRouter

from market.settlement.pages import desk, part

router = APIRouter()
router.include_router(desk.router)
router.include_router(part.router)
