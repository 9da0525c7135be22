"""Which messages, and when each of them was: reports and statistics say the same of it.

A message was when it was handed over to its transport; whoever was not handed over, or not yet, is
placed at the moment of the freezing. So everybody in an audience is in one stretch of time, and a
report that comes days later moves nobody into another.

One of the few places where SQL is put together from parts.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg.sql import SQL, Composable, Composed

from rubrica.campaigns.model import SendingMode
from rubrica.errors import FieldError, Invalid

AT = SQL("coalesce(r.claimed_at, r.status_at)")
# No index knows the moments. The campaigns that were alive in the stretch are few, and theirs is a
# range of the primary key. An hour is to spare: a clock may be read before a lock is waited for.
ALIVE_BEFORE = SQL("c.started_at < %(end)s::timestamptz + interval '1 hour'")
ALIVE_AFTER = SQL(
    "coalesce(c.finished_at + interval '1 hour', 'infinity') >= %(start)s::timestamptz"
)


class NoSuchMoment(Invalid):
    """No calendar holds this moment."""

    code = "invalid_date"


class Which(NamedTuple):
    """Messages of an account: of one campaign, or of all, between two moments.

    `start` is included, `end` is not, so that one stretch begins where another ends.
    """

    account: int
    campaign: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    sending_mode: SendingMode | None = None
    tests: bool = True


def rows(which: Which) -> Composed:
    """Return what follows FROM, of recipients `r` and their campaigns `c`; see `values`."""
    parts: list[Composable] = [SQL("r.account_id = %(account)s")]
    if which.campaign is not None:
        parts.append(SQL("r.campaign_id = %(campaign)s"))
    if which.start is not None:
        parts += [ALIVE_AFTER, SQL("{} >= %(start)s").format(AT)]
    if which.end is not None:
        parts += [ALIVE_BEFORE, SQL("{} < %(end)s").format(AT)]
    if which.sending_mode is not None:
        parts.append(SQL("c.sending_mode = %(sending_mode)s"))
    if not which.tests:
        parts.append(SQL("c.test_of IS NULL"))
    return SQL(
        "campaign_recipients r"
        " JOIN campaigns c ON c.account_id = r.account_id AND c.id = r.campaign_id WHERE {}"
    ).format(SQL(" AND ").join(parts))


def values(which: Which) -> dict[str, Any]:
    """Return the values of `rows`."""
    return {name: value for name, value in which._asdict().items() if name != "tests"}


def in_utc(moment: datetime | None, field: str) -> datetime | None:
    """Return a moment in UTC; refuse one that no calendar holds there."""
    try:
        return moment and moment.astimezone(UTC)
    except OverflowError as error:
        raise beyond(field) from error


def beyond(field: str) -> NoSuchMoment:
    """Return the refusal of a moment in the first or last hours of all years."""
    message = f"{field} is beyond what a calendar holds."
    return NoSuchMoment(message, errors=[FieldError(field, "invalid_date", message)])
