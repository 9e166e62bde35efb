"""Cart, checkout and the buyer's order as pages; all of it works without JavaScript."""

from fastapi import APIRouter

from market.checkout.pages import cart, checkout, order

router = APIRouter()
for _pages in (cart, checkout, order):
    router.include_router(_pages.router)
