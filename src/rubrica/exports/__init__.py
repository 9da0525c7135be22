"""Files on their way out: of contacts, and of what higher features put into `sources`.

This is the front door: others import from here, never from the rooms behind it.
"""

from rubrica.exports.api import begin
from rubrica.exports.cells import chosen, guarded, moment
from rubrica.exports.erasure import erase, finish
from rubrica.exports.model import Export, Kind, Plan, Wish, refusal
from rubrica.exports.service import expire
from rubrica.exports.sources import Source, sources

__all__ = [
    "Export", "Kind", "Plan", "Source", "Wish", "begin", "chosen", "erase", "expire", "finish",
    "guarded", "moment", "refusal", "sources",
]  # fmt: skip
