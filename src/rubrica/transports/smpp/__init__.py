"""SMS by SMPP 3.4: one bind to a message centre, as a `Link`.

This is the front door: the rest of the project imports from here, never from the rooms behind it.
"""

from rubrica.transports.smpp.link import open_link

__all__ = ["open_link"]
