"""What providers tell over HTTP: delivery reports, and messages that people sent. No I/O here.

The shapes are our own, as JSON or as a form; whoever has a provider with another one puts a few
lines between. An unknown word is refused and named, since a guess might end a message wrongly.
"""

import re
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec

from rubrica import emails, phones
from rubrica.errors import FieldError, Invalid
from rubrica.misfits import misfit
from rubrica.transports.model import Inbound, Moment, Report, ReportStatus
from rubrica.transports.refusals import InvalidInbound, InvalidReport, UnreadableBody

Given = TypeVar("Given", bound=msgspec.Struct)
MOST = 10_000
"""Reports or messages of one call."""
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]
Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

WORDS: dict[ReportStatus, tuple[str, ...]] = {
    "SENT": (
        "ACCEPTD", "ENROUTE", "UNKNOWN", "sent", "accepted", "submitted", "queued", "buffered",
        "pending", "processed", "dispatched",
    ),
    "DELIVERED": ("DELIVRD", "delivered"),
    "READ": ("read", "seen", "opened", "displayed"),
    "FAILED": (
        "UNDELIV", "REJECTD", "DELETED", "failed", "failure", "error", "undelivered",
        "undeliverable", "not_delivered", "rejected", "bounced", "bounce", "soft_bounce",
        "hard_bounce", "blocked", "dropped", "canceled", "cancelled",
    ),
    "EXPIRED": ("EXPIRED",),
}  # fmt: skip
"""What providers call a status; capitals: as in SMPP 3.4, 5.2.28 and appendix B. UNKNOWN there
means that the message centre has the message, and cannot say more."""
INVALID_ADDRESS = (
    "invalid_number", "invalid_address", "invalid_recipient", "unknown_subscriber",
    "unknown_user", "no_such_user",
)  # fmt: skip
"""FAILED, and it will be each time: there is no such number or mailbox."""


class Said(NamedTuple):
    """What a word of a provider means."""

    status: ReportStatus
    address_is_invalid: bool = False


def _folded(word: str) -> str:
    return re.sub(r"[\s_-]+", "", word).lower()


MEANINGS = {_folded(word): Said(status) for status, words in WORDS.items() for word in words} | {
    _folded(word): Said("FAILED", address_is_invalid=True) for word in INVALID_ADDRESS
}
KNOWN = (*(word for words in WORDS.values() for word in words), *INVALID_ADDRESS)


class GivenReport(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A delivery report, as it is sent to us."""

    message_id: Text | Number
    """What the provider called the message when it took it."""
    status: Text
    at: Moment | None = None
    """When that was; nothing said: now."""
    code: Annotated[str, msgspec.Meta(max_length=320)] | Number | None = None
    address: Text | None = None
    """Whom the message went to."""


class Reports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several of them."""

    reports: Annotated[list[GivenReport], msgspec.Meta(max_length=MOST)]


class GivenMessage(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A message that somebody sent, as it is sent on to us."""

    address: Text
    """Who sent it."""
    text: Annotated[str, msgspec.Meta(max_length=100_000)]
    recipient: Text | None = None
    """The number or name that it was sent to."""
    at: Moment | None = None
    message_id: Text | Number | None = None
    """By which it is known that it comes a second time."""


class Messages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several of them."""

    messages: Annotated[list[GivenMessage], msgspec.Meta(max_length=MOST)]


def read_reports(body: bytes, media_type: str, now: datetime) -> list[Report]:
    """Read one report, or `{"reports": […]}`; a form has one. `media_type` is the Content-Type.

    Raises InvalidReport, naming the field; UnreadableBody for other kinds of body.
    """
    found = _given(body, media_type, GivenReport, Reports, InvalidReport)
    return [_report(each, place, now) for place, each in found]


def read_inbound(body: bytes, media_type: str, now: datetime) -> list[Inbound]:
    """Read one message, or `{"messages": […]}`; a form has one. `media_type` is the Content-Type.

    Raises InvalidInbound, naming the field; UnreadableBody for other kinds of body.
    """
    return [
        Inbound(
            address=given.address,
            recipient=given.recipient,
            text=given.text,
            at=given.at or now,
            provider_id=None if given.message_id is None else _identifier(given.message_id),
        )
        for _, given in _given(body, media_type, GivenMessage, Messages, InvalidInbound)
    ]


def _report(given: GivenReport, place: str, now: datetime) -> Report:
    said = MEANINGS.get(_folded(given.status))
    if said is None:
        known = ", ".join(KNOWN)
        message = f"“{given.status}” is no status that is known here. There are: {known}."
        raise _invalid(InvalidReport, f"{place}status", "unknown_status", message)
    return Report(
        provider_id=_identifier(given.message_id),
        status=said.status,
        at=given.at or now,
        code=None if given.code is None else str(given.code),
        address=None if given.address is None else _address(given.address, f"{place}address"),
        address_is_invalid=said.address_is_invalid,
    )


def _identifier(given: str | int) -> str:
    """Return an identifier as we know it: a Message-ID of e-mail without its angle brackets."""
    text = str(given).strip()
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def _address(text: str, field: str) -> str:
    """Return an address in E.164 or as we write e-mail; many providers leave the + out."""
    try:
        if "@" in text:
            return emails.parse(text)
        digits = text.strip().removeprefix("+").removeprefix("00")
        return phones.parse(f"+{digits}", None).number
    except Invalid as refusal:
        raise _invalid(InvalidReport, field, refusal.code, refusal.detail) from refusal


def _given(
    body: bytes,
    media_type: str,
    kind: type[Given],
    many: type[msgspec.Struct],
    refusal: type[Invalid],
) -> list[tuple[str, Given]]:
    """Read a body into structs, each with what the names of its fields begin with."""
    media = media_type.partition(";")[0].strip().lower()
    if media == FORM:
        return [("", _converted(_form(body, refusal), kind, refusal, strict=False))]
    if media not in ("", JSON) and not media.endswith("+json"):
        raise UnreadableBody(f"“{media}” is not read here: send {JSON} or {FORM}.")
    try:
        whole: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise refusal(f"This is not JSON that can be read: {error}.") from error
    [several] = many.__struct_fields__
    if not isinstance(whole, dict) or several not in whole:
        return [("", _converted(whole, kind, refusal))]
    found: list[Given] = getattr(_converted(whole, many, refusal), several)
    return [(f"{several}[{number}].", each) for number, each in enumerate(found)]


def _form(body: bytes, refusal: type[Invalid]) -> dict[str, str]:
    """Read a form; a field that is empty is not there."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except ValueError as error:
        raise refusal(f"This is not a form that can be read: {error}.") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise _invalid(refusal, name, "given_twice", f"“{name}” is given twice.")
        fields[name] = value
    return {name: value for name, value in fields.items() if value or name == "text"}


def _converted(
    whole: Any, kind: type[Given], refusal: type[Invalid], *, strict: bool = True
) -> Given:
    try:
        return msgspec.convert(whole, kind, strict=strict)
    except msgspec.ValidationError as error:
        found = misfit(error, kind)
        raise _invalid(refusal, found.field, found.code, found.message) from error


def _invalid(refusal: type[Invalid], field: str, code: str, message: str) -> Invalid:
    detail = f"{field}: {message}".removesuffix(".") + "."
    return refusal(detail, errors=[FieldError(field, code, message)])
