"""Opens the way to a transport's peer."""

from rubrica.transports.model import Link, Received
from rubrica.transports.refusals import PeerUnready
from rubrica.transports.settings import Transport


def open_link(transport: Transport, received: Received) -> Link:
    """Return a link to a transport's peer."""
    del received
    raise PeerUnready(f"{transport.kind} is not built yet.")
