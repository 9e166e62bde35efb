"""An outside client: plain HTTP, no knowledge of the inside."""

import re
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import httpx

T = TypeVar("T")

_CODE: Final = re.compile(r"\b(\d{3}) ?(\d{3})\b")
_PATIENCE_S: Final = 90


class StepFailed(Exception):
    """A step did not do what a person would expect; the text says what came back."""


class Client:
    """JSON calls and page looks against one base address."""

    def __init__(self, base: str) -> None:
        self._http = httpx.Client(base_url=base.rstrip("/"), timeout=30, follow_redirects=False)

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        json: Any = None,
        files: Any = None,
        headers: dict[str, str] | None = None,
        expect: tuple[int, ...] = (200, 201, 202, 204),
    ) -> Any:
        """Send and return the JSON body. Raises `StepFailed` for any other status."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        answer = self._http.request(method, path, json=json, files=files, headers=sent)
        if answer.status_code not in expect:
            raise StepFailed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def page(self, path: str, *, holds: tuple[str, ...] = ()) -> str:
        """Look at a page as a person would. Raises `StepFailed` when a text is not on it."""
        answer = self._http.get(path, headers={"Accept": "text/html", "Accept-Language": "vi"})
        if answer.status_code != 200:
            raise StepFailed(f"page {path}: {answer.status_code}")
        for text in holds:
            if text not in answer.text:
                raise StepFailed(f"page {path} does not show {text!r}")
        return answer.text

    def fetch(self, path: str, *, token: str | None = None) -> httpx.Response:
        """Bytes of a picture or a file. Raises `StepFailed` unless 200."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._http.get(path, headers=headers)
        if answer.status_code != 200:
            raise StepFailed(f"GET {path}: {answer.status_code}")
        return answer

    def messages_to(self, phone: str) -> list[dict[str, Any]]:
        """What was sent to a phone, newest first."""
        kept = self.call("GET", f"/dev/messages?format=json&phone=%2B{phone[1:]}")
        found: list[dict[str, Any]] = kept["messages"]
        return found

    def ask_code(self, phone: str, ask: Callable[[], Any]) -> str:
        """The six digits that `ask()` makes the service send to `phone`; older ones are left."""
        known = {message["dedupe_key"] for message in self.messages_to(phone)}
        ask()

        def newest() -> str | None:
            for message in self.messages_to(phone):
                code = _CODE.search(message["text"])
                if code and message["dedupe_key"] not in known:
                    return "".join(code.groups())
            return None

        return self.wait_for("a code by message", newest)

    def wait_for(self, what: str, look: Callable[[], T | None]) -> T:
        """Poll until `look` gives something."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if (found := look()) is not None:
                return found
            time.sleep(0.2)  # noqa: TID251 - a command of its own, no loop to block
        raise StepFailed(f"waited {_PATIENCE_S} s for {what}")
