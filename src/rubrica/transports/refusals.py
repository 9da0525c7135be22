"""What may be refused of transports, and how a peer is said not to answer."""

from collections.abc import Sequence

from rubrica.errors import Conflict, FieldError, Invalid, NotFound, Unready, Unsupported


class NoSuchTransport(NotFound):
    """There is no such transport."""

    code = "transport_not_found"


class TransportExists(Conflict):
    """There is a transport for this channel already."""

    code = "transport_exists"


class KindMisfit(Invalid):
    """SMTP is for the channel EMAIL and SMPP for SMS; OUTBOX is for any."""

    code = "kind_misfit"


class InvalidTransport(Invalid):
    """The transport is not described rightly."""

    code = "invalid"


class SecretsUnreadable(Unready):
    """The secrets of this transport cannot be read."""

    code = "secrets_unreadable"


class PeerUnready(Unready):
    """The provider takes no messages just now."""

    code = "provider_unready"


class InvalidReport(Invalid):
    """The delivery report cannot be read."""

    code = "invalid_report"


class InvalidInbound(Invalid):
    """The message cannot be read."""

    code = "invalid_message"


class UnreadableBody(Unsupported):
    """What providers send is JSON or a form."""

    code = "unsupported_media_type"


def wrong(errors: Sequence[FieldError]) -> InvalidTransport:
    """Return the refusal of some fields."""
    first = errors[0]
    detail = f"{first.field}: {first.message}".removesuffix(".") + "."
    return InvalidTransport(detail, errors=errors)
