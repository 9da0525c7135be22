"""What an account and an API key are. No I/O here."""

import hashlib
import hmac
import ipaddress
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from rubrica import phones, values
from rubrica.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Unknown

FEATURES = ("contacts", "lists", "imports", "exports", "campaigns")
SCOPES = frozenset({"admin", *(f"{f}:{what}" for f in FEATURES for what in ("read", "write"))})
PER_MINUTE, PER_SECOND = 1_000, 50
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class NoSuchAccount(NotFound):
    """There is no such account."""

    code = "account_not_found"


class AccountExists(Conflict):
    """There is an account of this name already."""

    code = "account_exists"


class NoSuchKey(NotFound):
    """There is no such API key."""

    code = "key_not_found"


class BadKey(Unknown):
    """An API key is needed, and this one opens nothing."""

    code = "unauthorized"


class AddressNotAllowed(Forbidden):
    """This key may not be used from this address."""

    code = "address_not_allowed"


class ScopeMissing(Forbidden):
    """This key may not do that."""

    code = "scope_missing"


class InvalidAccount(Invalid):
    """The account cannot be so."""

    code = "invalid"


class InvalidAuditQuery(Invalid):
    """A subjectId goes with a subject: the kind of thing that it names."""

    code = "invalid"


class InvalidKey(Invalid):
    """The key cannot be so."""

    code = "invalid"


class Retention(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """How long what an account no longer needs is kept."""

    import_rows_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] = 90
    """Days after an import's end for which its ledger is kept; so long it can be undone."""


class Account(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One customer of this installation, and what is read by its default."""

    id: int
    name: str
    default_country: str | None
    timezone: str
    language: str
    retention: Retention
    created_at: Moment
    updated_at: Moment


class RateLimit(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """How many requests a key may make."""

    per_minute: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = PER_MINUTE
    per_second: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = PER_SECOND


class Key(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An API key, without its secret."""

    id: str
    name: str
    scopes: list[str]
    allowed_ips: list[str]
    rate_limit: RateLimit | None
    expires_at: Moment | None
    last_used_at: Moment | None
    created_at: Moment


class NewKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An API key that was just made; the secret part is shown this once."""

    id: str
    name: str
    key: str
    scopes: list[str]
    allowed_ips: list[str]
    rate_limit: RateLimit | None
    expires_at: Moment | None


class KeyWish(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What an API key shall be."""

    name: Name
    scopes: Annotated[list[str], msgspec.Meta(min_length=1)]
    allowed_ips: list[str] = []
    rate_limit: RateLimit | None | UnsetType = UNSET
    expires_at: Moment | None = None

    def limit(self) -> RateLimit | None:
        """Return the limit: the usual one where none is named, None where null is."""
        return RateLimit() if self.rate_limit is UNSET else self.rate_limit


class AccountChange(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What shall change in an account; what is absent stays, and read-only fields are ignored."""

    name: Name | UnsetType = UNSET
    default_country: str | None | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    language: Annotated[str, msgspec.Meta(max_length=100)] | UnsetType = UNSET
    retention: Retention | UnsetType = UNSET
    id: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET


def check_key(wish: KeyWish) -> None:
    """Refuse scopes that do not exist, addresses that are none, and an end that has passed."""
    wrong = [
        FieldError("scopes", "unknown_scope", f"“{scope}” is not one of {sorted(SCOPES)}.")
        for scope in wish.scopes
        if scope not in SCOPES
    ]
    for text in wish.allowed_ips:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            message = f"“{text}” is not an IP address or network."
            wrong.append(FieldError("allowedIps", "invalid_address", message))
    if wish.expires_at is not None and wish.expires_at <= datetime.now(UTC):
        message = f"The key would have expired already, at {wish.expires_at.isoformat()}."
        wrong.append(FieldError("expiresAt", "in_the_past", message))
    if wrong:
        raise InvalidKey(wrong[0].message, errors=wrong)


def check_account(country: str | None, timezone: str | None) -> None:
    """Refuse a country without telephone numbers and a time zone that does not exist."""
    if country is not None and not phones.is_country(country):
        message = f"“{country}” is not a country code such as IT or GB (ISO 3166)."
        raise InvalidAccount(
            message, errors=[FieldError("defaultCountry", "invalid_country", message)]
        )
    if timezone is not None:
        try:
            ZoneInfo(timezone)
        except (KeyError, ValueError, OSError) as error:
            message = f"“{timezone}” is not a time zone such as Europe/Rome."
            raise InvalidAccount(
                message, errors=[FieldError("timezone", "invalid_timezone", message)]
            ) from error


def language(text: str) -> str:
    """Return a language tag in its usual spelling."""
    try:
        return values.language(text)
    except Invalid as refusal:
        wrong = FieldError("language", refusal.code, refusal.detail)
        raise InvalidAccount(refusal.detail, errors=[wrong]) from refusal


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    """Hash a secret. It is random and long: a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).digest()


def same(secret: str, known: bytes) -> bool:
    """Compare in a time that tells nothing."""
    return hmac.compare_digest(hashed(secret), known)


def key_id(account: int, number: int) -> str:
    """Return the public name of a key; it carries the account's id."""
    return f"{account}-{number}"


def read_key_id(text: str) -> tuple[int, int] | None:
    """Return account and number, or nothing where the text is no key id."""
    account, dash, number = text.partition("-")
    whole = dash and all(p.isascii() and p.isdigit() and len(p) <= 18 for p in (account, number))  # noqa: PLR2004
    return (int(account), int(number)) if whole else None


def write_key(account: int, number: int, secret: str) -> str:
    """Return what goes into `X-API-Key`."""
    return f"rbr_{key_id(account, number)}_{secret}"


def read_key(text: str) -> tuple[tuple[int, int], str] | None:
    """Return the key's place and its secret, or nothing where the text is no key."""
    prefix, _, rest = text.partition("_")
    name, _, secret = rest.partition("_")
    place = read_key_id(name)
    return (place, secret) if prefix == "rbr" and place and secret else None
