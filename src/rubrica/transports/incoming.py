"""What providers call us with: delivery reports, and what people answered. No I/O here.

Fields that are not known are left aside: providers send more than anybody asks for.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from rubrica import emails, phones
from rubrica.errors import FieldError, Invalid
from rubrica.misfits import misfit
from rubrica.transports import codes
from rubrica.transports.model import Inbound, Moment, Report, ReportStatus
from rubrica.transports.refusals import InvalidInbound, InvalidReport

MOST = 10_000
"""Reports, or messages, of one call."""
FORM_FIELDS = 200
Short = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Word = Short | int
"""Some providers write their ids as numbers."""
Said = TypeVar("Said", bound="ReportBody | InboundBody")

WORDS: dict[str, ReportStatus] = {
    "sent": "SENT",
    "accepted": "SENT",
    "acceptd": "SENT",
    "enroute": "SENT",
    "queued": "SENT",
    "sending": "SENT",
    "buffered": "SENT",
    "submitted": "SENT",
    "unknown": "SENT",
    "delivered": "DELIVERED",
    "delivrd": "DELIVERED",
    "read": "READ",
    "seen": "READ",
    "opened": "READ",
    "failed": "FAILED",
    "undelivered": "FAILED",
    "undeliverable": "FAILED",
    "undeliv": "FAILED",
    "rejected": "FAILED",
    "rejectd": "FAILED",
    "deleted": "FAILED",
    "bounced": "FAILED",
    "bounce": "FAILED",
    "error": "FAILED",
    "canceled": "FAILED",
    "cancelled": "FAILED",
    "expired": "EXPIRED",
}
"""What providers call it, SMPP's words (3.4, appendix B) among them. `unknown` is of the provider:
it has the message, and cannot tell more."""


class ReportBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a message."""

    message_id: Word
    status: Short
    at: Moment | None = None
    code: Word | None = None
    address: Word | None = None


class InboundBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What somebody answered."""

    from_: Word = msgspec.field(name="from")
    to: Word | None = None
    text: Annotated[str, Meta(max_length=100_000)]
    message_id: Word | None = None
    at: Moment | None = None


def read_reports(body: bytes, *, form: bool, now: datetime) -> list[Report]:
    """Read delivery reports: one, or `{"reports": […]}`, as JSON or as fields of a form.

    One without a moment is of `now`. Raises InvalidReport with the field that is wrong.
    """
    return [
        _report(each, f"{place}.status".lstrip("."), now)
        for place, each in _read(body, "reports", ReportBody, InvalidReport, form=form)
    ]


def read_inbound(body: bytes, *, form: bool, now: datetime) -> list[Inbound]:
    """Read messages: one, or `{"messages": […]}`, as JSON or as fields of a form.

    One without a moment is of `now`; NUL characters are dropped. Raises InvalidInbound.
    """
    return [
        Inbound(
            address=str(each.from_),
            recipient=_text(each.to),
            text=each.text.replace("\0", ""),
            at=each.at or now,
            provider_id=_text(each.message_id),
        )
        for _, each in _read(body, "messages", InboundBody, InvalidInbound, form=form)
    ]


def _report(said: ReportBody, field: str, now: datetime) -> Report:
    status = WORDS.get(said.status.strip().lower())
    if status is None:
        message = f"“{said.status[:100]}” is not known; there are {', '.join(WORDS)}."
        raise InvalidReport(message, errors=[FieldError(field, "invalid_value", message)])
    code = _text(said.code)
    return Report(
        provider_id=str(said.message_id),
        status=status,
        at=said.at or now,
        code=code,
        address=None if said.address is None else _address(str(said.address)),
        address_is_invalid=status == "FAILED" and code is not None and codes.no_mailbox(code),
    )


def _address(text: str) -> str:
    """Return an address as we write it; one that cannot be read stays as it is."""
    try:
        if "@" in text:
            return emails.parse(text)
        digits = text.strip()
        return phones.parse(digits if digits.startswith("+") else f"+{digits}", None).number
    except Invalid:
        return text


def _text(word: str | int | None) -> str | None:
    return None if word is None else str(word)


def _read(
    body: bytes, several: str, kind: type[Said], refusal: type[Invalid], *, form: bool
) -> list[tuple[str, Said]]:
    """Return what a body holds, each with its place in it; the place of a single one is empty."""
    whole = _fields(body, refusal) if form else _json(body, refusal)
    many = cast("dict[str, Any]", whole).get(several) if isinstance(whole, dict) else None
    if many is None:
        return [("", _convert(whole, kind, "", refusal))]
    if not isinstance(many, list):
        raise _refused(refusal, FieldError(several, "invalid_value", "A list is expected."))
    there = cast("list[Any]", many)
    if len(there) > MOST:
        message = f"There are {len(there):,}; {MOST:,} are taken at a time."
        raise _refused(refusal, FieldError(several, "too_many", message))
    places = [f"{several}[{n}]" for n in range(len(there))]
    return [
        (place, _convert(each, kind, place, refusal))
        for place, each in zip(places, there, strict=True)
    ]


def _json(body: bytes, refusal: type[Invalid]) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise refusal(f"This is not JSON that can be read: {error}.") from error


def _fields(body: bytes, refusal: type[Invalid]) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FORM_FIELDS,
        )
    except (ValueError, UnicodeError) as error:
        raise refusal(f"This is not a form that can be read: {error}.") from error
    return {name: value for name, value in pairs if value or name == "text"}


def _convert(given: Any, kind: type[Said], place: str, refusal: type[Invalid]) -> Said:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        found = misfit(error, kind)
        inside = "" if found.field == "body" else found.field
        field = f"{place}.{inside}".strip(".") or "body"
        raise _refused(refusal, found._replace(field=field)) from error


def _refused(refusal: type[Invalid], found: FieldError) -> Invalid:
    return refusal(f"{found.field}: {found.message}", errors=[found])
