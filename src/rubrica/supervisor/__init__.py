"""`rubrica serve`: everything that runs, kept running until we are asked to stop."""

from rubrica.supervisor.hold import AddressInUse, AlreadyServing, held
from rubrica.supervisor.service import serve

__all__ = ["AddressInUse", "AlreadyServing", "held", "serve"]
