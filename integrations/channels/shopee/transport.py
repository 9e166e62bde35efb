"""Signed calls to Shopee over HTTP: tokens from the store, one renewal, every failure named."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import httpx

from integrations.channels.shopee.errors import Effect, lost, refused, slow_down, unreachable
from integrations.channels.shopee.redaction import guard_logs
from integrations.channels.shopee.signing import sign_call
from integrations.contracts.channels import (
    ChannelError,
    ChannelShop,
    ChannelTokens,
    Handling,
    TokenStore,
)
from integrations.runtime.calls.certificates import trusted

_API: Final = "/api/v2"
_TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0, pool=10.0)
_WHOLE_S: Final = 25.0  # an answer that drips in stays within a time-out per read for ever
_UPLOAD_S: Final = 60.0
_LIMITS: Final = httpx.Limits(max_connections=10, max_keepalive_connections=5)
# An access token lives four hours; renewed after four fifths of that, so that a renewal whose
# answer is lost leaves time for a second one.
_RENEW_BEFORE: Final = timedelta(minutes=48)
_REFRESH_LIVES: Final = timedelta(days=30)

Params = Mapping[str, str | int | Sequence[str]]


class Transport:
    """Owns the connections. Knows paths, signatures and tokens, but nothing of goods."""

    def __init__(
        self,
        *,
        host: str,
        partner_id: str,
        partner_key: str,
        tokens: TokenStore,
        now: Callable[[], datetime],
    ) -> None:
        if not (partner_id.isdecimal() and partner_key):
            raise ValueError("Shopee needs the number and the key of its app")
        guard_logs()
        self.host = host.rstrip("/")
        self.partner_id = partner_id
        self._key = partner_key
        self._tokens = tokens
        self._now = now
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]
        self._clients = WeakKeyDictionary()

    async def read(self, shop: ChannelShop, path: str, params: Params) -> dict[str, Any]:
        """GET of a shop; the `response` object."""
        return await self._for_shop(shop, path, effect=Effect.NONE, params=params)

    async def write(
        self, shop: ChannelShop, path: str, body: Mapping[str, Any], *, effect: Effect
    ) -> dict[str, Any]:
        """POST of a shop; the `response` object. `effect` says what a lost answer means."""
        return await self._for_shop(shop, path, effect=effect, body=body)

    async def upload(
        self, shop: ChannelShop, path: str, files: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Multipart POST of a shop; harmless to repeat."""
        return await self._for_shop(shop, path, effect=Effect.NONE, files=files)

    async def read_with(self, tokens: ChannelTokens, shop_id: str, path: str) -> dict[str, Any]:
        """GET with tokens that no store holds yet; the whole answer."""
        return await self._send(path, Effect.NONE, tokens.access_token, shop_id, params={})

    async def exchange(self, *, code: str, shop_id: str) -> ChannelTokens:
        """The first tokens, for the one-use code of a consent."""
        body = {"code": code, "partner_id": int(self.partner_id), "shop_id": int(shop_id)}
        return await self._tokens_from("/auth/token/get", body)

    async def renew(self, shop: ChannelShop, tokens: ChannelTokens) -> ChannelTokens:
        """The next pair. The given refresh token is used up by this, answer or not."""
        body = {
            "refresh_token": tokens.refresh_token,
            "partner_id": int(self.partner_id),
            "shop_id": int(shop.shop_id),
        }
        return await self._tokens_from("/auth/access_token/get", body)

    async def close(self) -> None:
        """Close the connections of this loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def _tokens_from(self, path: str, body: Mapping[str, Any]) -> ChannelTokens:
        asked_at = self._now()
        answer = await self._send(path, Effect.CHANGE, body=body)
        access, fresh = answer.get("access_token"), answer.get("refresh_token")
        lives_s = answer.get("expire_in")
        if not (isinstance(access, str) and isinstance(fresh, str) and isinstance(lives_s, int)):
            raise lost(Effect.CHANGE, vendor_text="no tokens in the answer")
        return ChannelTokens(
            access_token=access,
            refresh_token=fresh,
            access_expires_at=asked_at + timedelta(seconds=lives_s),
            refresh_expires_at=asked_at + _REFRESH_LIVES,
        )

    async def _for_shop(
        self, shop: ChannelShop, path: str, *, effect: Effect, **request: Any
    ) -> dict[str, Any]:
        tokens = await self._in_time(shop, await self._tokens.current(shop))
        try:
            answer = await self._send(path, effect, tokens.access_token, shop.shop_id, **request)
        except ChannelError as error:
            if error.handling is not Handling.REFRESH:
                raise
            # Refused before it did anything, so the same again is safe; once, with new tokens.
            tokens = await self._renewed(shop, stale=tokens)
            answer = await self._send(path, effect, tokens.access_token, shop.shop_id, **request)
        response = answer.get("response")
        if not isinstance(response, dict):
            raise lost(effect, vendor_text=f"{path}: no response in the answer")
        return response

    async def _in_time(self, shop: ChannelShop, tokens: ChannelTokens) -> ChannelTokens:
        """Renewed when their end is near; while it is only near, a failed renewal can wait."""
        now = self._now()
        if tokens.access_expires_at - now > _RENEW_BEFORE:
            return tokens
        try:
            return await self._renewed(shop, stale=tokens)
        except ChannelError as error:
            if error.handling not in (Handling.RETRY, Handling.WAIT):
                raise
            if tokens.access_expires_at <= now:
                raise
            return tokens

    async def _renewed(self, shop: ChannelShop, *, stale: ChannelTokens) -> ChannelTokens:
        async def refresh(tokens: ChannelTokens) -> ChannelTokens:
            return await self.renew(shop, tokens)

        try:
            return await self._tokens.refreshed(shop, stale=stale.access_token, refresh=refresh)
        except ChannelError as error:
            if error.handling is not Handling.UNKNOWN_OUTCOME:
                raise
            # Unknown is only the renewal: what the caller wanted was not sent.
            raise unreachable(error.vendor_text) from None

    async def _send(
        self,
        path: str,
        effect: Effect,
        access_token: str = "",
        shop_id: str = "",
        *,
        params: Params | None = None,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        timestamp = int(self._now().timestamp())
        sign = sign_call(
            self._key,
            partner_id=self.partner_id,
            path=_API + path,
            timestamp=timestamp,
            access_token=access_token,
            shop_id=shop_id,
        )
        query: dict[str, Any] = {**(params or {}), "partner_id": self.partner_id}
        query |= {"timestamp": timestamp, "sign": sign}
        if access_token:
            query |= {"access_token": access_token, "shop_id": shop_id}
        try:
            async with asyncio.timeout(_WHOLE_S if files is None else _UPLOAD_S):
                response = await self._client().request(
                    "GET" if body is None and files is None else "POST",
                    self.host + _API + path,
                    params=query,
                    json=body,
                    files=files,
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # `from None`: the error holds the request, and that the tokens.
            raise unreachable(type(error).__name__) from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise lost(effect, vendor_text=type(error).__name__) from None
        return self._read(response, effect)

    def _read(self, response: httpx.Response, effect: Effect) -> dict[str, Any]:
        """The answer's object. Success is an empty `error`, whatever the HTTP status."""
        if response.status_code == 429:
            after = response.headers.get("Retry-After", "")
            raise slow_down(int(after) if after.isdecimal() else None)
        try:
            answer = json.loads(response.content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("error", ""), str):
            raise lost(effect, vendor_code=f"http_{response.status_code}")
        name = answer.get("error", "").strip()
        text = str(answer.get("message") or "")
        if name:
            raise refused(name, text + _reasons(answer), effect=effect, now=self._now())
        if response.status_code >= 500:
            raise lost(effect, vendor_code=f"http_{response.status_code}", vendor_text=text)
        return answer

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            # A stand-in on this machine is not behind the proxy that the world is behind.
            outside = self.host.startswith("https://")
            self._clients[loop] = httpx.AsyncClient(
                timeout=_TIMEOUT, limits=_LIMITS, trust_env=outside, verify=trusted()
            )
        return self._clients[loop]


def _reasons(answer: Mapping[str, Any]) -> str:
    """What a failed list inside a refusal says; the refusal itself says only "see the list"."""
    response = answer.get("response")
    failures = response.get("failure_list") if isinstance(response, dict) else None
    if not isinstance(failures, list):
        return ""
    said = [one.get("failed_reason") for one in failures if isinstance(one, dict)]
    return "".join(f" {one}" for one in said if isinstance(one, str))
