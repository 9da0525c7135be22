"""What every answer carries: the request's id, and where its key stands in its limits."""

from typing import Any
from uuid import uuid4

from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send


def carrying_headers(app: ASGIApp) -> ASGIApp:
    """Wrap the application: `X-Request-Id` always, `X-RateLimit-…` where a key was metered."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        state = scope["state"]
        state["request_id"] = uuid4().hex

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                headers["X-Request-Id"] = state["request_id"]
                for name, value in rate_headers(state.get("rate")).items():
                    headers[name] = value
            await send(message)

        await app(scope, receive, send_with_headers)

    return answered


def rate_headers(rate: Any) -> dict[str, str]:
    """Return the headers that tell where a key stands; none where it is not metered."""
    if rate is None:
        return {}
    return {
        "X-RateLimit-Limit": str(rate.limit),
        "X-RateLimit-Remaining": str(rate.remaining),
        "X-RateLimit-Reset": str(rate.reset),
    }
