"""Download links: who holds one may fetch one file, for a day, without a key."""

import hashlib
from typing import Any, NamedTuple

import msgspec
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from rubrica.exports.model import LinkExpired, NoSuchDownload
from rubrica.settings import Settings, secret_of

SECONDS = 24 * 60 * 60


class Ticket(NamedTuple):
    """The file that a link opens: that of one run of an export."""

    account: int
    export: int
    run: int


def sign(config: Settings, ticket: Ticket) -> str:
    """Return a token for a link."""
    return _serializer(config).dumps(list(ticket))


def read(config: Settings, token: str) -> Ticket:
    """Return what a token opens; refuse one that is too old, and anything that is not ours."""
    try:
        opened: Any = _serializer(config).loads(token, max_age=SECONDS)
        return msgspec.convert(opened, Ticket)
    except SignatureExpired as error:
        raise LinkExpired("A link opens its file for 24 hours: read the export again.") from error
    except (BadData, msgspec.ValidationError) as error:
        raise NoSuchDownload from error


def _serializer(config: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret_of(config), salt="download", signer_kwargs={"digest_method": hashlib.sha256}
    )
