"""What the addresses end with that providers call: signed, for one transport, without an end."""

import hashlib
from typing import Any, NamedTuple

import msgspec
from itsdangerous import BadData, URLSafeSerializer

from rubrica.settings import Settings, secret_of
from rubrica.transports.refusals import NoSuchTransport


class Place(NamedTuple):
    """The transport that a token is for."""

    account: int
    transport: int


def token_of(config: Settings, account: int, id: int) -> str:
    """Return the token of a transport, the same each time."""
    return _serializer(config).dumps([account, id])


def read_token(config: Settings, token: str) -> Place:
    """Return whom a token is for; refuse what is not ours, as if there were no such transport.

    Whether the transport is still there is for `by_id` to say.
    """
    try:
        opened: Any = _serializer(config).loads(token)
        return msgspec.convert(opened, Place)
    except (BadData, msgspec.ValidationError) as error:
        raise NoSuchTransport from error


def _serializer(config: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret_of(config), salt="transport", signer_kwargs={"digest_method": hashlib.sha256}
    )
