"""A refusal in the shape of Stripe's errors."""

from typing import Any


class Refusal(Exception):
    """Answered as `{"error": {…}}` with `status`; nothing was done."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self._said = {"type": kind, "message": message, "code": code, "param": param}

    def body(self) -> dict[str, Any]:
        """What the caller reads."""
        return {"error": {name: said for name, said in self._said.items() if said is not None}}
