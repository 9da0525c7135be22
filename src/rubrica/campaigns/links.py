"""Links that end messages: who holds one may unsubscribe one recipient, for ever, without a key."""

import hashlib
from typing import Any, NamedTuple

import msgspec
from itsdangerous import BadData, URLSafeSerializer

from rubrica.errors import NotFound
from rubrica.settings import Settings, secret_of


class NoSuchLink(NotFound):
    """This is no link of ours."""

    code = "link_not_found"


class Ticket(NamedTuple):
    """The recipient whom a link unsubscribes."""

    account: int
    campaign: int
    recipient: int


class Links:
    """Makes links for many recipients: the key is derived once."""

    def __init__(self, config: Settings) -> None:
        self._root = root(config)
        self._serializer = _serializer(config)

    def unsubscribe(self, account: int, campaign: int, recipient: int) -> str:
        """Return the address of the page that unsubscribes a recipient."""
        token = self._serializer.dumps([account, campaign, recipient])
        return f"{self._root}/unsubscribe/{token}"


def root(config: Settings) -> str:
    """Return where people reach the service; without `public_url`, from this machine only."""
    return config.public_url.rstrip("/") or f"http://{config.host}:{config.port}"


def read(config: Settings, token: str) -> Ticket:
    """Return whom a link unsubscribes; refuse anything that is not ours."""
    try:
        opened: Any = _serializer(config).loads(token)
        return msgspec.convert(opened, Ticket)
    except (BadData, msgspec.ValidationError) as error:
        raise NoSuchLink from error


def _serializer(config: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret_of(config), salt="unsubscribe", signer_kwargs={"digest_method": hashlib.sha256}
    )
