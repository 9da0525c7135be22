"""Addresses that could name something, and those that never can."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from rubrica.errors import NotFound

HIGHEST = 2**63 - 1
"""The highest id that a `bigint` holds."""


class NothingHere(NotFound):
    """There is nothing at this address."""

    code = "not_found"


def possible(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Refuse ids that no row can have: too high, or written as `1_0`, `007` or `٣`."""
    parts = connection.url.path.split("/")
    for value in connection.path_params.values():
        if isinstance(value, int):
            good = 0 < value <= HIGHEST and str(value) in parts
        else:
            good = "\0" not in str(value)
        if not good:
            raise NothingHere
