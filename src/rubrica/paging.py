"""Pages: numbered ones with exact totals, and cursors that walk any depth at constant cost."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import blake2s
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from rubrica.errors import Invalid

T = TypeVar("T")


class BadCursor(Invalid):
    """A cursor is a `nextCursor` that we gave out, for the same filter and sort."""

    code = "bad_cursor"


class PageQuery(
    msgspec.Struct, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True
):
    """Which page, and whether to count."""

    page: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10
    cursor: str | None = None
    count: Literal["exact", "none"] | None = None
    sort_order: Literal["asc", "desc"] | None = None

    @property
    def counted(self) -> bool:
        """Whether this page tells how many there are in all."""
        return self.count == "exact" or (self.count is None and self.cursor is None)


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True, rename="camel"):
    """Some of the rows, how many there are, and where the next ones begin."""

    content: list[T]
    page: int | None
    limit: int
    total_elements: int | None = None
    total_pages: int | None = None
    next_cursor: str | None = None


def page_of(
    content: list[T], query: PageQuery, total: int | None, next_cursor: str | None
) -> Page[T]:
    """Make a page of what was found."""
    return Page(
        content=content,
        page=query.page if query.cursor is None else None,
        limit=query.limit,
        total_elements=total,
        total_pages=None if total is None else -(-total // query.limit),
        next_cursor=next_cursor,
    )


def is_id(value: Any) -> bool:
    """Tell whether a part of a cursor can be an id: it is not signed, and may hold anything."""
    return isinstance(value, int) and 0 < value < 2**63


def write_cursor(place: list[Any], bound_to: Any) -> str:
    """Return a place in an order as text; `bound_to` is the filter and sort it belongs to."""
    packed = msgspec.msgpack.encode([_digest(bound_to), place])
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(cursor: str, bound_to: Any) -> list[Any]:
    """Return the place that a cursor stands for, if it is of this filter and sort."""
    try:
        packed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        digest, place = msgspec.msgpack.decode(packed, type=tuple[bytes, list[Any]])
    except (NotBase64, ValueError, msgspec.DecodeError) as error:
        raise BadCursor from error
    if digest != _digest(bound_to):
        raise BadCursor("This cursor was given out for another filter or another sort.")
    return place


def _digest(bound_to: Any) -> bytes:
    return blake2s(msgspec.json.encode(bound_to, order="deterministic"), digest_size=8).digest()
