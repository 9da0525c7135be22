"""Files of contacts on their way out.

This is the front door: others import from here, never from the rooms behind it.
"""

from rubrica.exports.service import expire

__all__ = ["expire"]
