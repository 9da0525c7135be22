"""How messages fared: totals, reasons, parts, and a series over time.

Two statements in one snapshot read every recipient that is meant, from the rows themselves, so that
the numbers are exact; no index helps but the primary key, and an audience of a million takes about
a second. A server that has workers to spare reads in parallel.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from psycopg.sql import SQL

from rubrica import accounts
from rubrica.campaigns import intervals, moments, queries, recipients
from rubrica.campaigns.intervals import INTERVALS, Interval
from rubrica.campaigns.model import (
    Moment,
    NoSuchCampaign,
    RecipientStatus,
    SendingMode,
    Totals,
    check_timezone,
)
from rubrica.campaigns.moments import Which
from rubrica.db import Tx
from rubrica.errors import FieldError, Invalid

MOST_BUCKETS = 1000
UNSAID: tuple[Interval, ...] = ("day", "week", "month")
"""The first of these that fits, where none is asked for."""
SUMS = SQL("""
    SELECT {status} AS status, r.reason, count(*) AS n,
           coalesce(sum(r.parts) FILTER (WHERE r.sent_at IS NOT NULL), 0)::bigint AS parts,
           min(r.sent_at) AS first_sent, max(r.sent_at) AS last_sent,
           min({at}) AS first, max({at}) AS last
      FROM {rows}
     GROUP BY {status}, r.reason
""")
# Each bucket ends where the next begins, and the last one is open.
SERIES = SQL("""
    SELECT {status} AS status, width_bucket({at}, %(begins)s::timestamptz[]) AS bucket,
           count(*) AS n
      FROM {rows}
     GROUP BY {status}, bucket
""")


class InvalidStats(Invalid):
    """Statistics cannot be asked for like this."""

    code = "invalid"


class TooManyBuckets(Invalid):
    """The series would be too long."""

    code = "too_many_buckets"


class CampaignStatsQuery(
    msgspec.Struct, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True
):
    """How the series is cut."""

    interval: Interval | None = None
    """None given: days, or weeks or months where there would be too many."""
    timezone: str | None = None
    """Whose days; none given: the campaign's, or the account's where it is about all."""


class StatsQuery(CampaignStatsQuery, kw_only=True, frozen=True):
    """Which messages of all campaigns: `from` is included, `to` is not."""

    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None
    sending_mode: SendingMode | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """How many recipients have a status for a reason."""

    status: RecipientStatus
    reason: str
    count: int
    share: float
    """Of all recipients, from 0 to 1."""


class Bucket(Totals, frozen=True, kw_only=True):
    """What became of the recipients of one interval."""

    from_: Moment = msgspec.field(name="from")
    """Where it begins; it ends where the next one does."""


class Stats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How messages fared, each counted in one status, and in the bucket of its moment.

    That is when it was handed over to the transport; of whoever was not, when the audience was
    frozen. So the buckets make up the totals.
    """

    interval: Interval
    timezone: str
    totals: Totals
    reasons: list[Reason]
    """The most frequent first."""
    parts: int
    """Of SMS that a transport took, how many messages they are paid as."""
    first_sent_at: Moment | None
    """When a transport took the first one."""
    last_sent_at: Moment | None
    series: list[Bucket]


class _Sum(NamedTuple):
    status: RecipientStatus
    reason: str | None
    n: int
    parts: int
    first_sent: datetime | None
    last_sent: datetime | None
    first: datetime
    last: datetime


class _Count(NamedTuple):
    status: RecipientStatus
    bucket: int
    n: int


async def of_campaign(tx: Tx, account: int, id: int, query: CampaignStatsQuery) -> Stats:
    """Return how the messages of one campaign fared; a snapshot keeps its numbers in step."""
    campaign = await queries.by_id(tx, account, id)
    if campaign is None:
        raise NoSuchCampaign(f"There is no campaign {id}.")
    return await _of(tx, Which(account, campaign=id), query, campaign.timezone)


async def of_all(tx: Tx, account: int, query: StatsQuery) -> Stats:
    """Return how the messages of all campaigns fared; tests are left out."""
    start, end = moments.in_utc(query.from_, "from"), moments.in_utc(query.to, "to")
    if start is not None and end is not None and start >= end:
        raise _wrong("to", "`to` is not after `from`.")
    owner = await accounts.account_by_id(tx, account)
    which = Which(account, None, start, end, query.sending_mode, tests=False)
    return await _of(tx, which, query, owner.timezone if owner else "UTC")


async def _of(tx: Tx, which: Which, query: CampaignStatsQuery, timezone: str) -> Stats:
    timezone = check_timezone(query.timezone or timezone)
    parts = {"status": SQL(recipients.STATUS), "at": moments.AT, "rows": moments.rows(which)}
    values = moments.values(which)
    sums = await tx.all(_Sum, SUMS.format(**parts), **values)
    start = which.start or min((each.first for each in sums), default=None)
    last = max((each.last for each in sums), default=None)
    end = which.end or (last and last + timedelta(microseconds=1))
    interval, begins = query.interval or UNSAID[0], list[datetime]()
    if start is not None and end is not None:
        interval, begins = _cut(start, end, query.interval, ZoneInfo(timezone))
    counts: list[_Count] = []
    if sums and begins:
        counts = await tx.all(_Count, SERIES.format(**parts), **values, begins=begins)
    sent = [each for each in sums if each.first_sent is not None]
    totals = _totals(sums)
    return Stats(
        interval=interval,
        timezone=timezone,
        totals=Totals(**totals),
        reasons=_reasons(sums, totals["recipients"]),
        parts=sum(each.parts for each in sums),
        first_sent_at=min((each.first_sent for each in sent if each.first_sent), default=None),
        last_sent_at=max((each.last_sent for each in sent if each.last_sent), default=None),
        series=_series(begins, counts),
    )


def _cut(
    start: datetime, end: datetime, wanted: Interval | None, zone: ZoneInfo
) -> tuple[Interval, list[datetime]]:
    """Return an interval and where each of its buckets begins; refuse what would be too many."""
    try:
        for interval in (wanted,) if wanted else UNSAID:
            begins = intervals.beginnings(start, end, interval, zone, MOST_BUCKETS + 1)
            if len(begins) <= MOST_BUCKETS:
                return interval, begins
        longer = [
            each
            for each in INTERVALS[INTERVALS.index(wanted or "month") + 1 :]
            if len(intervals.beginnings(start, end, each, zone, MOST_BUCKETS + 1)) <= MOST_BUCKETS
        ]
    except OverflowError as error:
        raise moments.beyond("from") from error
    mend = f"ask by {longer[0]}" if longer else "ask for less time, with `from` and `to`"
    message = (
        f"From {start:%Y-%m-%d} to {end:%Y-%m-%d} there are more than {MOST_BUCKETS:,} of a"
        f" {wanted or 'month'}; {mend}."
    )
    raise TooManyBuckets(message, errors=[FieldError("interval", "too_many_buckets", message)])


def _totals(counted: Sequence[_Sum] | Sequence[_Count]) -> dict[str, Any]:
    totals: dict[str, Any] = {"recipients": sum(each.n for each in counted)}
    for each in counted:
        name = each.status.lower()
        totals[name] = totals.get(name, 0) + each.n
    return totals


def _reasons(sums: list[_Sum], recipients: int) -> list[Reason]:
    found = [
        Reason(status=each.status, reason=each.reason, count=each.n, share=each.n / recipients)
        for each in sums
        if each.reason is not None
    ]
    return sorted(found, key=lambda each: (-each.count, each.status, each.reason))


def _series(begins: list[datetime], counts: list[_Count]) -> list[Bucket]:
    there: dict[int, list[_Count]] = {}
    for each in counts:
        there.setdefault(each.bucket, []).append(each)
    return [
        Bucket(from_=begin, **_totals(there.get(number, [])))
        for number, begin in enumerate(begins, 1)
    ]


def _wrong(field: str, message: str) -> InvalidStats:
    return InvalidStats(message, errors=[FieldError(field, "invalid_value", message)])
