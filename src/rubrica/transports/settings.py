"""How an account's messages leave: what is set of each kind of transport. No I/O here."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rubrica.errors import FieldError
from rubrica.messages import BadSender, check_sender
from rubrica.misfits import misfit
from rubrica.transports.model import Channel, Kind, Moment
from rubrica.transports.refusals import wrong

Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=600)]
Octet = Annotated[int, msgspec.Meta(ge=0, le=255)]
SECRETS = ("password",)
"""Fields of settings that are encrypted where they are stored, and never shown."""
PLACES = ("host", "port", "security", "tls")
"""Where a secret goes and how well it is hidden on the way: another place needs it anew."""
HIDDEN = "…"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is set of a transport. Whoever prints it sees no secrets."""

    channel: ClassVar[Channel | None] = None

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return the fields, secrets hidden."""
        fields = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [(name, HIDDEN if name in SECRETS and value else value) for name, value in fields]

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({', '.join(shown)})"


class OutboxSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing: an outbox sends nothing."""


class SmtpSettings(Settings, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A server that takes e-mail in (RFC 6409)."""

    channel: ClassVar[Channel | None] = "EMAIL"
    host: Host
    port: Port = 587
    security: Literal["STARTTLS", "TLS", "NONE"] = "STARTTLS"
    username: Line | None = None
    password: Line | None = None
    default_sender: Line | None = None
    """Whom messages come from that say nothing of it: `Name <address>`, or an address."""
    connections: Annotated[int, msgspec.Meta(ge=1, le=20)] = 4
    timeout_seconds: Seconds = 60


class SmppSettings(Settings, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A message centre that takes SMS in (SMPP 3.4). Lengths are of its PDUs."""

    channel: ClassVar[Channel | None] = "SMS"
    host: Host
    port: Port = 2775
    tls: bool = False
    system_id: Annotated[str, msgspec.Meta(min_length=1, max_length=15, pattern=r"^[!-~]+$")]
    password: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[ -~]+$")] | None = None
    """Eight characters by the standard; many centres take more."""
    system_type: Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[ -~]*$")] = ""
    source_ton: Octet | None = None
    """Type and numbering plan of the sender; where nothing is said, they follow from its form."""
    source_npi: Octet | None = None
    dest_ton: Octet = 1
    dest_npi: Octet = 1
    default_sender: Line | None = None
    window: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10
    """Messages that may be unanswered at a time, on each bind."""
    binds: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    enquire_link_seconds: Seconds = 30
    response_timeout_seconds: Seconds = 30
    alphabet: Literal["GSM7", "LATIN1"] = "GSM7"
    """What the centre takes data_coding 0 for; GSM7: its septets unpacked, one in each octet."""
    throughput: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    """Messages a second at the most, over all binds."""


AnySettings = OutboxSettings | SmtpSettings | SmppSettings
OF_KIND: dict[Kind, type[AnySettings]] = {
    "OUTBOX": OutboxSettings,
    "SMTP": SmtpSettings,
    "SMPP": SmppSettings,
}


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What was read can be sent back: read-only fields are taken and ignored."""

    id: Any = UNSET
    secrets_set: Any = UNSET
    token: Any = UNSET
    delivery_reports_url: Any = UNSET
    inbound_url: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET


class NewOutbox(Body, frozen=True, kw_only=True, tag_field="kind", tag="OUTBOX"):
    """A transport that sends nothing, to try everything without a provider."""

    channel: Channel
    settings: OutboxSettings = OutboxSettings()


class NewSmtp(Body, frozen=True, kw_only=True, tag_field="kind", tag="SMTP"):
    """A transport for e-mail."""

    channel: Channel
    settings: SmtpSettings


class NewSmpp(Body, frozen=True, kw_only=True, tag_field="kind", tag="SMPP"):
    """A transport for SMS."""

    channel: Channel
    settings: SmppSettings


NewTransport = NewOutbox | NewSmtp | NewSmpp


class TransportChange(Body, frozen=True, kw_only=True):
    """What changes of a transport: only what is present; of `settings` too, where null clears.

    Of another kind everything must be said. The channel stays.
    """

    kind: Kind | UnsetType = UNSET
    channel: Channel | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class ShownTransport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How an account's messages of a channel leave. Its secrets are never shown."""

    id: int
    channel: Channel
    kind: Kind
    settings: dict[str, Any]
    secrets_set: list[str]
    """Which secrets there are."""
    token: str
    """Who holds it may report on messages and hand messages in."""
    delivery_reports_url: str
    inbound_url: str
    created_at: Moment
    updated_at: Moment


class Transport(msgspec.Struct, frozen=True, kw_only=True):
    """How an account's messages of a channel leave, secrets included: for what opens links."""

    account: int
    id: int
    channel: Channel
    kind: Kind
    settings: AnySettings
    updated_at: Moment
    """Another one: the settings may have changed, and a link is to be opened anew."""

    @property
    def default_sender(self) -> str | None:
        """Return whom messages come from that say nothing of it."""
        return None if isinstance(self.settings, OutboxSettings) else self.settings.default_sender


def read(kind: Kind, given: Mapping[str, Any]) -> AnySettings:
    """Read settings of a kind; a null is what the field has where nothing is said of it."""
    known = {field.encode_name for field in msgspec.structs.fields(OF_KIND[kind])}
    said = {name: value for name, value in given.items() if value is not None or name not in known}
    try:
        return msgspec.convert(said, OF_KIND[kind])
    except msgspec.ValidationError as error:
        found = misfit(error, OF_KIND[kind])
        field = "settings" if found.field == "body" else f"settings.{found.field}"
        raise wrong([found._replace(field=field)]) from error


def written(settings: AnySettings) -> dict[str, Any]:
    """Return settings as they are stored and shown: without secrets."""
    whole: dict[str, Any] = msgspec.to_builtins(settings)
    return {name: value for name, value in whole.items() if name not in SECRETS}


def secrets(settings: AnySettings) -> dict[str, str]:
    """Return the secrets of settings that there are."""
    found = {name: getattr(settings, name, None) for name in SECRETS}
    return {name: value for name, value in found.items() if value is not None}


def check(settings: AnySettings, secrets_set: set[str]) -> None:
    """Refuse what no type can: a user without a password, a sender that none can be."""
    errors: list[FieldError] = []
    if isinstance(settings, SmtpSettings) and bool(settings.username) != bool(secrets_set):
        message = "A username and a password are given together, or neither of them."
        missing = "username" if secrets_set else "password"
        errors.append(FieldError(f"settings.{missing}", "missing", message))
    if not isinstance(settings, OutboxSettings):
        if not _is_host(settings.host):
            message = f"“{settings.host}” is not the name or the IP address of a machine."
            errors.append(FieldError("settings.host", "invalid_value", message))
        if settings.default_sender is not None and settings.channel is not None:
            try:
                check_sender(settings.channel, settings.default_sender)
            except BadSender as bad:
                errors.append(FieldError("settings.defaultSender", bad.code, bad.detail))
    if errors:
        raise wrong(errors)


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Name the fields whose change would take a secret to another place than it was given for."""
    return [name for name in PLACES if before.get(name) != after.get(name)]


def _is_host(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return ":" in host or all(re.fullmatch(r"[A-Za-z0-9_-]{1,63}", label) for label in labels)
