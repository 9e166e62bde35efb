"""Card service and marketplace in a process that outlives every crash: `… outside PORT`.

What they would tell us is caught here, so that a case can deliver it, and deliver it again.
"""

import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from integrations.channels.shopee.standin import build_shopee
from integrations.payments.stripe.standin.app import build_stripe
from integrations.runtime.settings import Settings, get_settings
from market.wiring import SHOPEE_HOOK, register_words


def build(settings: Settings, port: int) -> Starlette:
    """Both stand-ins, and the letter box of what they send: by shop, or by card object."""
    caught: dict[str, list[dict[str, Any]]] = defaultdict(list)

    async def catch(request: Request) -> JSONResponse:
        raw, said = await request.body(), await request.json()
        event = {"id": said.get("id", ""), "raw": raw.decode(), "headers": dict(request.headers)}
        whose = str(said.get("shop_id") or said.get("data", {}).get("object", {}).get("id"))
        caught[whose].append(event)
        return JSONResponse({})

    async def look(request: Request) -> JSONResponse:
        return JSONResponse(caught[request.path_params["whose"]])

    box = f"http://127.0.0.1:{port}/caught"
    register_words()
    parties = {
        "/stripe": build_stripe(
            settings.stripe_secret_key.get_secret_value(),
            settings.card_webhook_secrets[0],
            box,
            None,
        ),
        "/shopee": build_shopee(
            partner_id=settings.shopee_partner_id,
            partner_key=settings.shopee_partner_key.get_secret_value(),
            push_key=settings.shopee_push_key.get_secret_value(),
            deliver_to=box,
            registered=f"{settings.public_url}{SHOPEE_HOOK}",
            state_file=None,
            push_signs=settings.shopee_push_signs,
        ),
    }

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            for party in parties.values():
                await running.enter_async_context(party.router.lifespan_context(party))
            yield

    return Starlette(
        routes=[
            Route("/caught", catch, methods=["POST"]),
            Route("/caught/{whose}", look),
            *(Mount(path, app=party) for path, party in parties.items()),
        ],
        lifespan=lifespan,
    )


if __name__ == "__main__":
    at = int(sys.argv[1])
    uvicorn.run(
        build(get_settings(), at), host="127.0.0.1", port=at, log_config=None, access_log=False
    )
