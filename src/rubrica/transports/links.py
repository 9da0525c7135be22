"""The way out of each kind of transport."""

from importlib import import_module
from typing import cast

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
        case SmppSettings():
            smpp = import_module("rubrica.transports.smpp")
            return cast("Link", smpp.open_link(transport, received))
        case _:
            raise ValueError(f"a transport of kind {transport.kind} has no link")
