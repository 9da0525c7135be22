"""Hours, days, weeks and months as clocks and calendars of a time zone have them. No I/O here.

A week begins on Monday (ISO 8601). A day has 23 or 25 hours where the clocks change, an hour that
they show twice is two, and what they leave out is none.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Interval = Literal["hour", "day", "week", "month"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)
STEPS: dict[Interval, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=28),
}
"""So short that no interval is stepped over, whatever the clocks do."""


def floor(moment: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """Return the beginning, in UTC, of the interval that a moment is in."""
    local = moment.astimezone(zone)
    # Of an hour that is shown twice the clock still tells which it is; a day begins but once.
    begin = local.replace(minute=0, second=0, microsecond=0)
    if interval != "hour":
        begin = begin.replace(hour=0, fold=0)
    if interval == "week":
        begin -= timedelta(days=begin.weekday())
    if interval == "month":
        begin = begin.replace(day=1)
    return begin.astimezone(UTC)


def after(begin: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """Return the beginning of the next interval."""
    later = begin
    while True:
        later += STEPS[interval]
        found = floor(later, interval, zone)
        if found > begin:
            return found


def beginnings(
    start: datetime, end: datetime, interval: Interval, zone: ZoneInfo, most: int
) -> list[datetime]:
    """Return where the intervals from a moment up to and without another begin, `most` of them.

    The first one begins at or before `start`. Refuses, as OverflowError, what no calendar holds.
    """
    all = _from(floor(start, interval, zone), interval, zone)
    return list(islice(takewhile(lambda begin: begin < end, all), most))


def _from(begin: datetime, interval: Interval, zone: ZoneInfo) -> Iterator[datetime]:
    while True:
        yield begin
        begin = after(begin, interval, zone)
