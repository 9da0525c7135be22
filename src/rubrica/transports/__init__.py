"""Ways out for messages, and back in for what providers and people say.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.transports.incoming import read_inbound, read_reports
from rubrica.transports.leases import Lease, give_back, renew, take
from rubrica.transports.links import open_link
from rubrica.transports.model import (
    Answer,
    Channel,
    Inbound,
    Kind,
    Link,
    Message,
    Received,
    Report,
    ReportStatus,
)
from rubrica.transports.refusals import (
    InvalidInbound,
    InvalidReport,
    NoSuchTransport,
    PeerUnready,
    SecretsUnreadable,
    UnreadableBody,
)
from rubrica.transports.sealing import use_secret
from rubrica.transports.service import all_of_kind, before_removal, by_id, for_channel
from rubrica.transports.settings import OutboxSettings, SmppSettings, SmtpSettings, Transport
from rubrica.transports.tokens import Place, read_token, token_of

__all__ = [
    "Answer",
    "Channel",
    "Inbound",
    "InvalidInbound",
    "InvalidReport",
    "Kind",
    "Lease",
    "Link",
    "Message",
    "NoSuchTransport",
    "OutboxSettings",
    "PeerUnready",
    "Place",
    "Received",
    "Report",
    "ReportStatus",
    "SecretsUnreadable",
    "SmppSettings",
    "SmtpSettings",
    "Transport",
    "UnreadableBody",
    "all_of_kind",
    "before_removal",
    "by_id",
    "for_channel",
    "give_back",
    "open_link",
    "read_inbound",
    "read_reports",
    "read_token",
    "renew",
    "take",
    "token_of",
    "use_secret",
]
