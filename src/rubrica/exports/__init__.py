"""Files of contacts on their way out.

This is the front door: others import from here, never from the rooms behind it.
"""

from rubrica.exports.erasure import erase, finish
from rubrica.exports.service import expire

__all__ = ["erase", "expire", "finish"]
