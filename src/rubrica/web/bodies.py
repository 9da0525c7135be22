"""Bodies, read into structs as strictly as they are described."""

from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler

from rubrica.web.queries import decoded


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON is read into what its route calls `data`.

    The framework alone would take `"5"` for a number and a number for a moment, as it must in
    query strings.
    """

    async def json(self) -> Any:
        """Return the body as the type that the route wants; refuse what does not fit."""
        handler: object = self.scope.get("route_handler")  # pyright: ignore[reportUnknownMemberType]
        field = (
            handler.parsed_fn_signature.parameters.get("data")
            if isinstance(handler, HTTPRouteHandler)
            else None
        )
        return decoded(await self.body(), Any if field is None else field.annotation)


async def as_sent(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return the fields of a body that has been read already: what was left out is not there."""
    return decoded(await request.body(), dict[str, Any])
