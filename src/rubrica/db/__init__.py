"""PostgreSQL, and nothing else: a pool, a transaction, and a few ways to ask.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.db.constraints import refuses
from rubrica.db.migrate import migrate
from rubrica.db.pool import Database
from rubrica.db.tx import Query, Tx

__all__ = ["Database", "Query", "Tx", "migrate", "refuses"]
