"""What goes to a provider and what comes back, whatever the protocol. No I/O here."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Channel = Literal["SMS", "RCS", "WHATSAPP", "EMAIL"]
Kind = Literal["OUTBOX", "SMTP", "SMPP"]
ReportStatus = Literal["SENT", "DELIVERED", "READ", "FAILED", "EXPIRED"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one person, ready to go: nothing in it is a placeholder any more."""

    key: int
    """What its answer is known by; unique among the messages that are sent together."""
    channel: Channel
    address: str
    """E.164, or an e-mail address."""
    sender: str | None
    """A name or number that the message comes from; of e-mail, `Name <address>` or an address."""
    subject: str | None
    """Of e-mail only."""
    text: str
    html: str | None = None
    """Of e-mail only, beside the text."""
    unsubscribe_url: str | None = None
    """One click there, and no more comes (RFC 8058)."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer said to a message.

    ACCEPTED: it took it. REFUSED: it never will. LATER: it surely did not take it, and might when
    asked again. UNKNOWN: it may have taken it; nobody answered.
    """

    key: int
    outcome: Literal["ACCEPTED", "REFUSED", "LATER", "UNKNOWN"]
    provider_ids: tuple[str, ...] = ()
    """What the peer calls the message; one for each part of a long SMS that it took."""
    code: str | None = None
    """The peer's own code, such as `ESME_RTHROTTLED` or `451 4.7.1`."""
    address_is_invalid: bool = False
    """The peer says that there is no such number or mailbox."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider tells of a message later: a delivery report."""

    provider_id: str
    status: ReportStatus
    at: Moment
    code: str | None = None
    address: str | None = None
    """Whom the message went to, in E.164 or as an e-mail address, where the report says so."""
    address_is_invalid: bool = False


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """A message that somebody sent to us."""

    address: str
    """Who sent it, as the provider writes it."""
    recipient: str | None
    """The number or name that it was sent to."""
    text: str
    at: Moment
    provider_id: str | None = None


Received = Callable[[Sequence[Report], Sequence[Inbound]], Awaitable[None]]
"""Stores what came in, durably, before it returns. Only then may a peer be told that it arrived; an
exception means that nothing was stored, and the peer is to try again."""


class Link(Protocol):
    """An open way to a peer. It reconnects by itself; several batches may be sent at a time."""

    async def ready(self) -> None:
        """Return once messages can be handed over. Raises `Unready` where the peer does not answer.

        Called before a batch is claimed, so that what cannot go out stays queued.
        """
        ...

    def send(self, messages: Sequence[Message]) -> AsyncIterator[Answer]:
        """Hand messages over; yield exactly one answer for each, in any order, as they come.

        Never raises for what a peer does or leaves undone: that is an answer.
        """
        ...

    async def close(self) -> None:
        """Let what is on its way come to its end, for some seconds, and disconnect."""
        ...
