"""What a bulk operation is. No I/O here."""

from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from psycopg.sql import Composed

from rubrica.errors import Conflict, NotFound

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Status = Literal["PENDING", "RUNNING", "COMPLETED", "CANCELLED", "FAILED"]


class NoSuchOperation(NotFound):
    """There is no such operation."""

    code = "operation_not_found"


class OperationEnded(Conflict):
    """The operation has ended already."""

    code = "operation_ended"


class CountChanged(Conflict):
    """The number of contacts is not the expected one; nothing was done."""

    code = "count_changed"


class Operation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A bulk write on its way."""

    id: int
    kind: str
    status: Status
    total: int
    processed: int
    result: dict[str, Any]
    error: str | None
    created_at: Moment
    finished_at: Moment | None

    def scope(self, what: Literal["read", "write"]) -> str:
        """Return the scope that is needed to see or stop it: its kind begins with its feature."""
        return f"{self.kind.partition('_')[0].lower()}:{what}"


class Started(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer where a bulk write became a job."""

    operation_id: int


class Selection(NamedTuple):
    """Contacts by a statement that yields their ids, and its values."""

    sql: Composed
    values: dict[str, Any]
    expected: int | None = None
    """How many the client believes there are."""
