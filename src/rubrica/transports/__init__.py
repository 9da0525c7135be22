"""Ways out for messages, and back in for what providers and people say.

This is the front door: other features import from here, never from the rooms behind it.
"""

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

__all__ = [
    "Answer",
    "Channel",
    "Inbound",
    "Kind",
    "Link",
    "Message",
    "Received",
    "Report",
    "ReportStatus",
]
