"""Who is asking, and whether they may: keys, scopes, addresses, rate limits."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from rubrica.accounts import limits, model, queries
from rubrica.accounts.model import AddressNotAllowed, BadKey, ScopeMissing
from rubrica.accounts.queries import Door
from rubrica.audit import Actor
from rubrica.db import Database, Tx
from rubrica.web.networks import among

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(Actor, frozen=True, kw_only=True):
    """The key that asks, and the account that everything is seen through."""

    key: int
    name: str
    scopes: frozenset[str]
    default_country: str | None

    def may(self, scope: str) -> bool:
        """Tell whether a scope is among the key's; writing includes reading, admin all."""
        writes = scope.replace(":read", ":write")
        return not self.scopes.isdisjoint({scope, writes, "admin"})

    def require(self, scope: str) -> None:
        """Refuse where the scope is not among the key's."""
        if not self.may(scope):
            raise ScopeMissing(f"This needs the scope {scope}; the key “{self.name}” lacks it.")


class Authentication(AbstractAuthenticationMiddleware):
    """Reads `X-API-Key`, or HTTP Basic with the key's id as user and its secret as password."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        """Let the caller in, or refuse."""
        place, secret = _credentials(connection)
        db: Database = connection.app.state.db
        async with db.session() as tx:
            door = await queries.door(tx, *place)
            _check(door, secret, connection)
            assert door is not None
            await _touch(tx, door)
        if door.per_minute is not None and door.per_second is not None:
            await _meter(connection, door, door.per_minute, door.per_second)
        caller = Caller(
            account=door.account_id,
            key=door.key_id,
            name=door.name,
            scopes=frozenset(door.scopes),
            default_country=door.default_country,
            address=connection.client and connection.client.host,
            request=connection.scope["state"].get("request_id"),
        )
        return AuthenticationResult(user=caller, auth=None)


def needs(scope: str) -> Callable[[Connection, BaseRouteHandler], None]:
    """Return a guard that lets in only keys with this scope."""

    def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        caller: Caller = connection.user
        caller.require(scope)

    return guard


async def the_caller(request: Request[Caller, None, Any]) -> Caller:
    """Return who is asking."""
    return request.user


async def _meter(connection: Connection, door: Door, per_minute: int, per_second: int) -> None:
    meter: limits.Meter = connection.app.state.meter
    rate = await meter.count(f"{door.account_id}-{door.key_id}", per_minute, per_second)
    connection.state.rate = rate
    if rate.wait:
        raise limits.RateLimited(
            f"The key “{door.name}” may make {per_minute:,} requests a minute and {per_second:,}"
            f" a second; wait {rate.wait} s.",
            retryAfter=rate.wait,
        )


async def _touch(tx: Tx, door: Door) -> None:
    used = door.last_used_at
    if used is None or (datetime.now(UTC) - used).total_seconds() > 60:  # noqa: PLR2004
        await queries.touch_key(tx, door.account_id, door.key_id)


def _credentials(connection: Connection) -> tuple[tuple[int, int], str]:
    key = connection.headers.get("x-api-key")
    if key is not None:
        found = model.read_key(key.strip())
        if found is None:
            raise BadKey("What X-API-Key holds is not an API key (rbr_…).")
        return found
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise BadKey("Send the API key in the header X-API-Key, or by HTTP Basic.")
    try:
        user, _, password = b64decode(value, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError) as error:
        raise BadKey("What stands in the Authorization header is not HTTP Basic.") from error
    place = model.read_key_id(user)
    if place is None:
        raise BadKey("The user of HTTP Basic is the id of an API key, such as 1-1.")
    whole = model.read_key(password)
    return place, whole[1] if whole else password


def _check(door: Door | None, secret: str, connection: Connection) -> None:
    known = door.secret_hash if door else bytes(32)
    if not model.same(secret, known) or door is None:
        raise BadKey
    if door.expires_at is not None and door.expires_at <= datetime.now(UTC):
        raise BadKey(f"The key “{door.name}” has expired.")
    host = connection.client and connection.client.host
    if door.allowed_ips and not among(host, door.allowed_ips):
        raise AddressNotAllowed
