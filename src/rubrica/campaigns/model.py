"""What a campaign is. No I/O here."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from rubrica.contacts import ContactFilter, Id
from rubrica.errors import Conflict, FieldError, Invalid, NotFound
from rubrica.paging import PageQuery

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
SendingMode = Literal["SMS", "EMAIL", "RCS", "WHATSAPP"]
"""The channel. Chains of channels, such as RCS_SMS, are refused until they are built."""
Status = Literal["DRAFT", "SCHEDULED", "SENDING", "PAUSED", "COMPLETED", "CANCELLED", "FAILED"]
ENDED = ("COMPLETED", "CANCELLED", "FAILED")
RecipientStatus = Literal[
    "QUEUED", "SENT", "DELIVERED", "READ", "FAILED", "EXPIRED", "UNKNOWN", "SKIPPED"
]
Exclusion = Literal[
    "no_address", "invalid", "unsupported", "unsubscribed", "suppressed", "duplicate"
]
EXCLUSIONS: tuple[Exclusion, ...] = get_args(Exclusion)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Description = Annotated[str, msgspec.Meta(max_length=10_000)]
Sender = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]
Subject = Annotated[str, msgspec.Meta(max_length=998)]
"""Characters of a line of a header (RFC 5322, 2.1.1)."""
Body = Annotated[str, msgspec.Meta(max_length=100_000)]
Html = Annotated[str, msgspec.Meta(max_length=1_000_000)]
Lists = Annotated[list[Id], msgspec.Meta(max_length=1000)]
Throttle = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class NoSuchCampaign(NotFound):
    """There is no such campaign."""

    code = "campaign_not_found"


class NoSuchRecipient(NotFound):
    """There is no such recipient in this campaign."""

    code = "recipient_not_found"


class InvalidCampaign(Invalid):
    """The campaign is not described rightly."""

    code = "invalid"


class NotConfirmable(Invalid):
    """The campaign cannot be sent as it is."""

    code = "not_ready"


class WrongStatus(Conflict):
    """The campaign is not in a state that allows it."""

    code = "wrong_status"


class NotUnknown(Conflict):
    """Only a recipient whose fate is UNKNOWN can be settled."""

    code = "not_unknown"


class TransportInUse(Conflict):
    """A campaign is being sent through this transport, or is to be."""

    code = "transport_in_use"


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """How many recipients there are, each counted in one status."""

    recipients: int = 0
    queued: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    failed: int = 0
    expired: int = 0
    unknown: int = 0
    skipped: int = 0


class Holdup(msgspec.Struct, frozen=True):
    """Why nothing goes out just now."""

    code: str
    message: str


class Campaign(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message to every contact of some lists."""

    id: int
    name: str
    description: str
    sending_mode: SendingMode
    contact_list_ids: list[int]
    exclude_list_ids: list[int]
    filter: dict[str, Any] | None
    sender: str | None
    subject: str | None
    body: str
    html_body: str | None
    scheduled_date: Moment | None
    timezone: str
    throttle_per_second: int | None
    ready_to_send: bool
    status: Status
    test_of: int | None
    """The campaign that this one tries, where it is a test."""
    transport_id: int | None
    waiting_for: Holdup | None
    error: dict[str, Any] | None
    totals: Totals
    created_by: str
    created_at: Moment
    updated_at: Moment
    confirmed_at: Moment | None
    started_at: Moment | None
    frozen_at: Moment | None
    """When the audience was frozen: who joins a list later gets nothing."""
    paused_at: Moment | None
    finished_at: Moment | None


class _Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a client says of a campaign; read-only fields are taken and ignored."""

    description: Description | None | UnsetType = UNSET
    contact_list_ids: Lists | None | UnsetType = UNSET
    exclude_list_ids: Lists | None | UnsetType = UNSET
    filter: ContactFilter | None | UnsetType = UNSET
    sender: Sender | None | UnsetType = UNSET
    subject: Subject | None | UnsetType = UNSET
    body: Body | None | UnsetType = UNSET
    html_body: Html | None | UnsetType = UNSET
    scheduled_date: str | None | UnsetType = UNSET
    """RFC 3339; without an offset, as clocks show it in `timezone`."""
    timezone: str | None | UnsetType = UNSET
    throttle_per_second: Throttle | None | UnsetType = UNSET
    """Messages a second at the most; null: as fast as the transport takes them."""
    id: Any = UNSET
    ready_to_send: Any = UNSET
    status: Any = UNSET
    test_of: Any = UNSET
    transport_id: Any = UNSET
    waiting_for: Any = UNSET
    error: Any = UNSET
    totals: Any = UNSET
    created_by: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET
    confirmed_at: Any = UNSET
    started_at: Any = UNSET
    frozen_at: Any = UNSET
    paused_at: Any = UNSET
    finished_at: Any = UNSET


class NewCampaign(_Said, frozen=True, kw_only=True):
    """A campaign to be made. All but name and channel may come later, before it is confirmed."""

    name: Name
    sending_mode: SendingMode


class CampaignChange(_Said, frozen=True, kw_only=True):
    """What shall change in a campaign: what is absent stays, null clears."""

    name: Name | UnsetType = UNSET
    sending_mode: SendingMode | UnsetType = UNSET


class CampaignQuery(PageQuery, frozen=True, kw_only=True):
    """Which campaigns; the newest first where nothing is said."""

    search: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    """What the name holds, whatever its case and accents."""
    status: list[Status] | None = None
    sending_mode: SendingMode | None = None
    list_id: Id | None = None
    include_tests: bool = False
    sort_by: Literal["createdAt", "id"] = "createdAt"


class Confirmation(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """The last word before a campaign goes out."""

    expected_count: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    """The `reachable` that the caller has seen."""


class TestWish(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """To whom a test goes: a list that is marked as one for tests."""

    list_id: Id


class Goal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whom a campaign would reach, and why not the others: people = reachable + excluded."""

    members: int
    """Memberships of the lists: who is in two of them counts twice."""
    people: int
    """Contacts of the lists, once each, without excluded lists, and as the filter wants them."""
    reachable: int
    excluded: dict[Exclusion, int]


class ListGoal(Goal, frozen=True, kw_only=True):
    """The same, of the people in one list: who is in two of them is told in both."""

    id: int
    name: str


class CampaignGoal(Goal, frozen=True, kw_only=True):
    """The same of the whole campaign, and of each list."""

    lists: list[ListGoal]


class Recipient(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Somebody in the frozen audience, and what became of their message."""

    id: int
    contact_id: int
    address: str | None
    """Null where there was none, or where its person was erased."""
    channel: SendingMode
    status: RecipientStatus
    in_flight: bool
    """QUEUED, and handed over to the transport: its answer is not there yet."""
    reason: str | None
    parts: int | None
    """Of an SMS, how many messages it is paid as."""
    attempts: int
    provider_id: str | None
    claimed_at: Moment | None
    """When it was handed over to the transport."""
    sent_at: Moment | None
    """When the transport took it."""
    status_at: Moment
    """When its status was last told."""


class RecipientQuery(PageQuery, frozen=True, kw_only=True):
    """Which recipients, by id."""

    status: list[RecipientStatus] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    contact_id: Id | None = None


class Settlement(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What a person found out about a message of which nothing was known."""

    status: Literal["SENT", "DELIVERED", "FAILED"]


class Draft(NamedTuple):
    """All that a client may say of a campaign, as it is stored."""

    name: str
    description: str
    sending_mode: SendingMode
    list_ids: list[int]
    exclude_list_ids: list[int]
    filter: ContactFilter | None
    sender: str | None
    subject: str | None
    body: str
    html_body: str | None
    scheduled_at: datetime | None
    timezone: str
    throttle: int | None


def moment(text: str, timezone: str) -> datetime:
    """Read when a campaign is to start: RFC 3339, or what clocks show in a time zone.

    An hour that clocks show twice is its first; one that they leave out is refused.
    """
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError as error:
        message = f"“{text}” is not a moment such as 2026-12-24T09:00:00Z, or 2026-12-24T09:00."
        raise invalid("scheduledDate", "invalid_date", message) from error
    if read.tzinfo is None:
        local = read.replace(tzinfo=ZoneInfo(timezone))
        if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != read:
            message = f"Clocks in {timezone} do not show {text}: they go forward over it."
            raise invalid("scheduledDate", "no_such_time", message)
        read = local
    try:
        return read.astimezone(UTC)
    except OverflowError as error:
        message = f"“{text}” is beyond what a calendar holds."
        raise invalid("scheduledDate", "invalid_date", message) from error


def check_timezone(timezone: str) -> str:
    """Return a time zone; refuse one that does not exist."""
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        message = f"“{timezone}” is not a time zone such as Europe/Rome."
        raise invalid("timezone", "invalid_timezone", message) from error
    return timezone


def drafted(wish: NewCampaign | CampaignChange, before: Draft | None, timezone: str) -> Draft:
    """Return a campaign as it shall be, from what is said and what was before.

    `timezone` is the account's. A new time zone moves a date that is said with it, no other.
    """

    def said(name: str, old: Any) -> Any:
        value = getattr(wish, name)
        return old if value is UNSET else value

    zone = check_timezone(said("timezone", before and before.timezone) or timezone)
    when = said("scheduled_date", before and before.scheduled_at)
    return Draft(
        name=said("name", before and before.name).strip(),
        description=said("description", before and before.description) or "",
        sending_mode=said("sending_mode", before and before.sending_mode),
        list_ids=_once(said("contact_list_ids", before and before.list_ids)),
        exclude_list_ids=_once(said("exclude_list_ids", before and before.exclude_list_ids)),
        filter=said("filter", before and before.filter),
        sender=said("sender", before and before.sender),
        subject=said("subject", before and before.subject),
        body=said("body", before and before.body) or "",
        html_body=said("html_body", before and before.html_body),
        scheduled_at=moment(when, zone) if isinstance(when, str) else when,
        timezone=zone,
        throttle=said("throttle_per_second", before and before.throttle),
    )


def _once(ids: list[int] | None) -> list[int]:
    return list(dict.fromkeys(ids or ()))


def invalid(field: str, code: str, message: str) -> InvalidCampaign:
    """Return the refusal of one field."""
    return InvalidCampaign(message, errors=[FieldError(field, code, message)])
