"""What is known of an address, and how it is written. No I/O here."""

from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import UNSET

from rubrica import emails, phones
from rubrica.errors import FieldError, Invalid, NotFound, Refused
from rubrica.paging import PageQuery

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Channel = Literal["SMS", "RCS", "WHATSAPP", "EMAIL", "VOICE"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Status = Literal["SUBSCRIBED", "UNSUBSCRIBED", "UNKNOWN"]
Source = Literal["API", "CONSOLE", "PERSON", "IMPORT", "PROVIDER", "ERASURE"]
Agreeing = Literal["API", "CONSOLE", "PERSON"]
"""Who may say that an address is subscribed: nothing else ends a suppression."""
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Reason = Annotated[str, msgspec.Meta(max_length=1000)]


class NoSuchSuppression(NotFound):
    """There is no such suppression."""

    code = "suppression_not_found"


class InvalidSuppression(Invalid):
    """The suppression is not described rightly."""

    code = "invalid"


class NoAddress(Invalid):
    """The contact has no address of this channel."""

    code = "no_address"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one channel of a contact. UNKNOWN: nobody has said anything."""

    channel: Channel
    status: Status
    source: Source | None
    at: Moment | None


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is not written to. `address` is null where its person was erased."""

    id: int
    channel: Channel
    address: str | None
    source: Source
    reason: str | None
    at: Moment


class Address(NamedTuple):
    """An address in the form it is known by, and the channel that would use it."""

    channel: Channel
    address: str


class SuppressionBody(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """An address that shall not be written to; read-only fields are taken and ignored."""

    channel: Channel
    address: Text
    reason: Reason | None = None
    id: Any = UNSET
    source: Any = UNSET
    at: Any = UNSET


class SuppressionQuery(PageQuery, frozen=True, kw_only=True):
    """Which suppressions; the newest first where nothing is said."""

    channel: Channel | None = None
    address: Text | None = None
    """Exact after normalisation; finds also what erasure has left."""
    search: Text | None = None
    """What the address begins with."""
    source: list[Source] | None = None
    sort_by: Literal["at", "id"] = "at"


def addresses(phone_key: str | None, email: str | None) -> dict[Channel, str]:
    """Return the address that each channel of a person would use, where there is one."""
    number = phone_key and phones.canonical(phone_key)  # of two contacts one kept an older key
    used: dict[Channel, str | None] = {c: email if c == "EMAIL" else number for c in CHANNELS}
    return {channel: address for channel, address in used.items() if address is not None}


def read_address(channel: Channel | None, text: str, country: str | None) -> str:
    """Return an address in the form it is known by: the number's key, or the lower-cased e-mail.

    Without a channel, what has an @ is an e-mail address.
    """
    try:
        if channel == "EMAIL" or (channel is None and "@" in text):
            return emails.parse(text)
        return phones.parse(text, country).key
    except Refused as refusal:
        raise invalid("address", refusal.code, refusal.detail) from refusal


def beginnings(text: str, country: str | None) -> list[str]:
    """Return what addresses begin with that a person may mean: digits begin a number.

    As it stands behind the +, and as a national number of `country`; of numbers that are written
    in two ways, also as the other one begins.
    """
    begin = text.strip().lower()
    digits = "".join(c for c in begin if c not in " -./()")
    if not digits.removeprefix("+").isdecimal():
        return [begin]
    code = phones.calling_code(country) if country else None
    if digits.startswith("+"):
        found = [digits]
    else:
        found = [begin, f"+{digits}", *([f"+{code}{digits}"] if code else [])]
    return found + [other for each in found if (other := phones.also_begins(each))]


def invalid(field: str, code: str, message: str) -> InvalidSuppression:
    """Return the refusal of one field."""
    return InvalidSuppression(message, errors=[FieldError(field, code, message)])
