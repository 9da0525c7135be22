"""What a contact is, and what is always true of one. No I/O here."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rubrica import emails, names, phones, values
from rubrica.consents import Channel, Subscription
from rubrica.errors import Conflict, FieldError, Invalid, NotFound, Refused, Stale
from rubrica.values import FieldType, InvalidValue

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Gender = Literal["MALE", "FEMALE", "OTHER"]
DECLARED = ("RCS", "WHATSAPP")
"""Channels that somebody must have said; the others follow from number and address."""
SHORT = 5
"""Digits below which a number is looked for as a whole value only, not as a part of one."""
Text = Annotated[str, msgspec.Meta(max_length=values.TEXT_LENGTH)]
Line = Annotated[str, msgspec.Meta(max_length=500)]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class NoSuchContact(NotFound):
    """There is no such contact."""

    code = "contact_not_found"


class ContactExists(Conflict):
    """There is a contact with this number or address already."""

    code = "contact_exists"


class PhoneTaken(Conflict):
    """Another contact has this phone number."""

    code = "phone_taken"


class EmailTaken(Conflict):
    """Another contact without a number has this e-mail address."""

    code = "email_taken"


class ExternalIdTaken(Conflict):
    """Another contact has this externalId."""

    code = "external_id_taken"


class QuotaExceeded(Conflict):
    """The account has as many contacts as it may have."""

    code = "quota_exceeded"


class AmbiguousMatch(Conflict):
    """Several contacts fit, and nothing says which one is meant."""

    code = "ambiguous_match"


class ContactMerged(Conflict):
    """The contact was merged into another."""

    code = "contact_merged"


class ContactChanged(Stale):
    """The contact has changed since you read it."""

    code = "contact_changed"


class InvalidContact(Invalid):
    """A field of the contact is not right."""

    code = "invalid"


class NoSuchField(NotFound):
    """There is no such custom field."""

    code = "field_not_found"


class FieldExists(Conflict):
    """There is a custom field of this key already."""

    code = "field_exists"


class Contact(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A person, as stored."""

    id: int
    external_id: str | None
    phone_number: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    full_name: str
    gender: Gender | None
    birth_date: str | None
    company: str | None
    language: str | None
    notes: str | None
    custom_fields: dict[str, Any]
    tags: list[str]
    is_valid: bool
    phone_type: str | None
    country_code: str | None
    communication_supported: list[str]
    is_test: bool
    created_at: Moment
    updated_at: Moment


class ListName(msgspec.Struct, frozen=True):
    """A list that a contact is in."""

    id: int
    name: str


class ContactInFull(Contact, frozen=True, kw_only=True):
    """A contact with the lists it is in, and what is known of its channels."""

    lists: list[ListName]
    subscriptions: list[Subscription]
    invalid_source: Literal["PROVIDER"] | None
    """Who outside called the number invalid, where isValid is false for that."""
    merged_into: int | UnsetType = UNSET
    """Its own id, where it was asked for by that of a contact merged into it."""


class Warning(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that was done and may not have been meant."""

    code: str
    message: str
    contact_id: int


class ContactWritten(Contact, frozen=True, kw_only=True):
    """A contact that was just written, and what may not have been meant."""

    warnings: list[Warning]


class CustomField(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A custom field of an account's contacts."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$(?!\n)")]
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    type: FieldType = "TEXT"


class FieldChange(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What changes of a custom field: its label. Key and type may be said as they are."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    key: str | UnsetType = UNSET
    type: FieldType | UnsetType = UNSET


class ContactBody(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What a client writes of a contact: absent leaves a field alone, null clears it.

    The read-only fields are taken and ignored, so that what was read can be sent back.
    """

    external_id: Line | None | UnsetType = UNSET
    phone_number: Line | None | UnsetType = UNSET
    email: Line | None | UnsetType = UNSET
    first_name: Line | None | UnsetType = UNSET
    last_name: Line | None | UnsetType = UNSET
    full_name: Line | None | UnsetType = UNSET
    gender: Gender | None | UnsetType = UNSET
    birth_date: Line | None | UnsetType = UNSET
    company: Line | None | UnsetType = UNSET
    language: Line | None | UnsetType = UNSET
    notes: Text | None | UnsetType = UNSET
    custom_fields: dict[str, Any] | None | UnsetType = UNSET
    tags: list[Tag] | None | UnsetType = UNSET
    is_valid: bool | UnsetType = UNSET
    communication_supported: list[Channel] | None | UnsetType = UNSET
    is_test: bool | UnsetType = UNSET
    id: Any = UNSET
    phone_type: Any = UNSET
    country_code: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET
    lists: Any = UNSET
    subscriptions: Any = UNSET
    invalid_source: Any = UNSET
    merged_into: Any = UNSET


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is known by, at the moment of their erasure."""

    account: int
    id: int
    ids: list[int]
    """The contact's id, and those of the contacts that were merged into it."""
    phone_number: str | None
    phone_key: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    external_id: str | None

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of `erasing.named_in`, with `account` and the contact's `ids`."""
        written = [number for number in (self.phone_number, self.phone_key) if number]
        national = {phones.national_digits(number) for number in written}
        whole = bool(self.first_name and self.last_name)
        return {
            "account": self.account,
            "ids": self.ids,
            "person_numbers": [
                _written_as(digits)
                for digits in sorted(national | {number.lstrip("+") for number in written})
            ],
            "person_email": self.email,
            "person_first": self.first_name if whole else None,
            "person_last": self.last_name if whole else None,
            "person_external_id": self.external_id,
        }


def _written_as(digits: str) -> str:
    """Return the regular expression (PostgreSQL's) of digits with anything between, on a line."""
    spaced = r"[^0-9\n]*".join(digits)
    return spaced if len(digits) >= SHORT else rf"(?w)^[^0-9\n]*0*{spaced}[^0-9\n]*$"


class Written(msgspec.Struct, kw_only=True):
    """A contact's stored columns as somebody wrote them; UNSET: not spoken of."""

    external_id: str | None | UnsetType = UNSET
    phone_number: str | None | UnsetType = UNSET
    phone_key: str | None | UnsetType = UNSET
    phone_type: str | None | UnsetType = UNSET
    country_code: str | None | UnsetType = UNSET
    phone_is_valid: bool | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    first_name: str | None | UnsetType = UNSET
    last_name: str | None | UnsetType = UNSET
    gender: str | None | UnsetType = UNSET
    birth_date: str | None | UnsetType = UNSET
    company: str | None | UnsetType = UNSET
    language: str | None | UnsetType = UNSET
    notes: str | None | UnsetType = UNSET
    custom_fields: dict[str, Any] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    is_valid: bool | UnsetType = UNSET
    declared: list[str] | UnsetType = UNSET
    is_test: bool | UnsetType = UNSET


def written(body: ContactBody, country: str | None, fields: dict[str, FieldType]) -> Written:
    """Read a body into stored columns; refuse with every field that is wrong, not the first only.

    `country` is what a national number is read with, `fields` the account's custom fields.
    """
    out = Written()
    wrong: list[FieldError] = []

    def read(field: str, work: Any) -> None:
        try:
            work()
        except Refused as refusal:
            wrong.append(FieldError(field, refusal.code, refusal.detail))

    read("phoneNumber", lambda: _phone(out, body.phone_number, country))
    read("email", lambda: _text(out, "email", body.email, emails.parse))
    read("birthDate", lambda: _text(out, "birth_date", body.birth_date, values.day))
    read("language", lambda: _text(out, "language", body.language, values.language))
    for name in ("external_id", "company", "notes", "first_name", "last_name"):
        read(name, lambda name=name: _text(out, name, getattr(body, name), str))
    if body.first_name is UNSET and body.last_name is UNSET and body.full_name is not UNSET:
        out.first_name, out.last_name = names.split(body.full_name or "")
    if body.custom_fields is not UNSET:
        out.custom_fields = {}
        for key, value in (body.custom_fields or {}).items():
            read(f"customFields.{key}", lambda k=key, v=value: _custom(out, k, v, fields))
    out.gender = body.gender
    if body.tags is not UNSET:
        out.tags = list(dict.fromkeys(tag.strip() for tag in body.tags or [] if tag.strip()))
    if body.communication_supported is not UNSET:
        out.declared = [c for c in body.communication_supported or [] if c in DECLARED]
    out.is_valid, out.is_test = body.is_valid, body.is_test
    if wrong:
        first = wrong[0]
        raise InvalidContact(f"{first.field}: {first.message}", errors=wrong)
    return out


def reachable(phone_number: Any, email: Any) -> None:
    """Refuse a contact that could not be told from any other."""
    if not isinstance(phone_number, str) and not isinstance(email, str):
        message = "A contact needs a phone number or an e-mail address."
        raise InvalidContact(message, errors=[FieldError("phoneNumber", "no_identity", message)])


def other_contact(id: int | None) -> list[Warning]:
    """Return the warning that names a contact whose address was given with another's number."""
    if id is None:
        return []
    message = f"Contact {id} has this e-mail address; the phone number decided."
    return [Warning(code="other_contact", message=message, contact_id=id)]


def with_warnings(contact: Contact, other: int | None) -> ContactWritten:
    """Return a written contact with the warning about the other one, where there is one."""
    return ContactWritten(**msgspec.structs.asdict(contact), warnings=other_contact(other))


def etag(contact: Contact) -> str:
    """Return what changes whenever the contact does."""
    return f'"{contact.id}-{int(contact.updated_at.timestamp() * 1_000_000):x}"'


def same_version(if_match: str, contact: Contact) -> bool:
    """Tell whether `If-Match` allows a change: `*`, or a list with the ETag (RFC 9110, 13.1.1)."""
    return etag(contact) in (tag.strip() for tag in if_match.split(",")) or if_match.strip() == "*"


def _phone(out: Written, text: str | None | UnsetType, country: str | None) -> None:
    if text is UNSET:
        return
    if text is None or not text.strip():
        out.phone_number = out.phone_key = out.phone_type = out.country_code = None
        return
    phone = phones.parse(text, country)
    out.phone_number, out.phone_key = phone.number, phone.key
    out.phone_type, out.country_code = phone.type, phone.country
    out.phone_is_valid = phone.is_valid


def _text(out: Written, name: str, text: str | None | UnsetType, parse: Any) -> None:
    if text is UNSET:
        return
    stripped = (text or "").strip()
    setattr(out, name, parse(stripped) if stripped else None)


def _custom(out: Written, key: str, value: Any, fields: dict[str, FieldType]) -> None:
    if key not in fields:
        raise InvalidValue(f"There is no custom field “{key}”; POST /contacts/fields makes one.")
    assert isinstance(out.custom_fields, dict)
    out.custom_fields[key] = None if value is None else values.custom(value, fields[key])
