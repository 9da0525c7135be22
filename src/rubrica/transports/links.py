"""The way out of each kind of transport."""

from rubrica.transports import smpp
from rubrica.transports.model import Link, Received
from rubrica.transports.settings import SmppSettings, SmtpSettings, Transport
from rubrica.transports.smtp import SmtpLink


def open_link(transport: Transport, received: Received) -> Link:
    """Return a link through a transport; it connects when it is first needed.

    What comes in is given to `received`; over SMTP nothing does. An outbox has no link.
    """
    match transport.settings:
        case SmtpSettings() as settings:
            return SmtpLink(settings)
        case SmppSettings() as settings:
            return smpp.open_link(settings, received)
        case _:
            raise ValueError(f"a transport of kind {transport.kind} has no link")
