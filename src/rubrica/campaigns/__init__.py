"""Messages to every contact of the lists, once each.

This is the front door: others import from here, never from the rooms behind it.
"""

from rubrica.campaigns.erasure import erase
from rubrica.campaigns.following import follow
from rubrica.campaigns.recipients import fold_counts, miscounted, unsettled

__all__ = ["erase", "fold_counts", "follow", "miscounted", "unsettled"]
