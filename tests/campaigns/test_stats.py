"""How messages fared: exact numbers, in buckets that clocks and calendars know."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rubrica.accounts import service as accounts
from rubrica.accounts.model import KeyWish
from rubrica.campaigns import intervals, stats
from tests.campaigns.history import a_campaign, recipients


@pytest.fixture
def told(api):
    async def told(path="/campaigns/stats", **asked):
        answer = await api.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return told


@pytest.fixture
def refused(api):
    async def refused(path="/campaigns/stats", **asked):
        answer = await api.get(path, params=asked)
        assert answer.status_code == 400, answer.text
        return answer.json()

    return refused


def numbers(totals):
    """Return what is more than nothing."""
    return {name: n for name, n in totals.items() if n and name != "from"}


def series(told):
    return {bucket["from"]: numbers(bucket) for bucket in told["series"]}


async def test_everybody_is_counted_once_and_the_buckets_make_up_the_totals(tx, account, told):
    id = await a_campaign(tx, account, "2026-05-04T09:00:00Z")
    await recipients(
        tx,
        account,
        id,
        ("SENT", "2026-05-04T09:10:00Z", {"parts": 2}),
        ("DELIVERED", "2026-05-04T09:59:59Z", {"status_at": "2026-05-07T00:00:00Z"}),
        ("READ", "2026-05-04T10:00:00Z", {"parts": 3}),
        ("FAILED", "2026-05-04T12:30:00Z", {"parts": 9}),
        ("FAILED", "2026-05-04T12:31:00Z", {"sent_at": "2026-05-04T12:32:00Z", "parts": 1}),
        ("FAILED", "2026-05-04T12:32:00Z", {"reason": "no_such_number"}),
        ("EXPIRED", "2026-05-04T12:33:00Z", {"reason": "no_such_number"}),
        ("UNKNOWN", "2026-05-04T12:34:00Z", {"reason": "no_answer", "parts": 7}),
        ("SENDING", "2026-05-04T12:35:00Z", {}),
        ("QUEUED", "2026-05-04T09:00:00Z", {}),
        ("SKIPPED", "2026-05-04T09:00:00Z", {}),
        ("SKIPPED", "2026-05-04T12:36:00Z", {"claimed_at": "2026-05-04T12:36:00Z"}),
    )

    found = await told(f"/campaigns/{id}/stats", interval="hour")

    assert found["totals"] == {
        "recipients": 12, "queued": 2, "sent": 1, "delivered": 1, "read": 1, "failed": 3,
        "expired": 1, "unknown": 1, "skipped": 2,
    }  # fmt: skip
    assert series(found) == {
        "2026-05-04T09:00:00Z": {
            "recipients": 4, "queued": 1, "sent": 1, "delivered": 1, "skipped": 1,
        },
        "2026-05-04T10:00:00Z": {"recipients": 1, "read": 1},
        "2026-05-04T11:00:00Z": {},
        "2026-05-04T12:00:00Z": {
            "recipients": 7, "queued": 1, "failed": 3, "expired": 1, "unknown": 1, "skipped": 1,
        },
    }  # fmt: skip
    # Paid are the parts that a transport took: not what it refused, nor what it never answered.
    assert found["parts"] == 2 + 1 + 3 + 1 + 1
    assert (found["firstSentAt"], found["lastSentAt"]) == (
        "2026-05-04T09:10:00Z",
        "2026-05-04T12:33:00Z",
    )
    assert (found["interval"], found["timezone"]) == ("hour", "UTC")


async def test_reasons_are_shares_of_all_the_most_frequent_first(tx, account, told):
    id = await a_campaign(tx, account, "2026-05-04T09:00:00Z")
    at = "2026-05-04T09:00:00Z"
    await recipients(
        tx, account, id, ("FAILED", at, {}), ("SKIPPED", at, {}), ("SKIPPED", at, {}),
        ("SENT", at, {}),
    )  # fmt: skip
    assert (await told(f"/campaigns/{id}/stats"))["reasons"] == [
        {"status": "SKIPPED", "reason": "unsubscribed", "count": 2, "share": 0.5},
        {"status": "FAILED", "reason": "refused", "count": 1, "share": 0.25},
    ]


async def test_a_campaign_that_has_not_begun_has_nothing_to_tell(api, campaign, told):
    id = await campaign()
    found = await told(f"/campaigns/{id}/stats")
    assert (found["totals"]["recipients"], found["series"], found["reasons"]) == (0, [], [])
    assert (found["parts"], found["firstSentAt"], found["interval"]) == (0, None, "day")
    assert (await told())["series"] == []


async def test_the_statistics_say_the_same_as_the_campaign_that_was_sent(
    api, a_list, person, campaign, confirm, drain, told
):
    clients = await a_list()
    for n in range(3):
        await person(clients, phoneNumber=f"+3934712345{n:02}")
    id = await campaign(clients)
    await confirm(id)
    await drain()

    found, shown = await told(f"/campaigns/{id}/stats"), (await api.get(f"/campaigns/{id}")).json()

    assert found["totals"] == shown["totals"]
    assert (found["totals"]["sent"], found["parts"]) == (3, 3)
    assert (await told())["totals"] == shown["totals"]


async def test_days_are_those_of_the_campaigns_time_zone_or_of_one_that_is_asked_for(
    tx, account, told
):
    id = await a_campaign(tx, account, "2026-05-04T20:00:00Z", timezone="Europe/Rome")
    await recipients(
        tx, account, id, ("SENT", "2026-05-04T21:59:59Z", {}), ("SENT", "2026-05-04T22:00:00Z", {})
    )
    one = {"recipients": 1, "sent": 1}
    path = f"/campaigns/{id}/stats"
    rome = {"2026-05-03T22:00:00Z": one, "2026-05-04T22:00:00Z": one}
    assert series(await told(path)) == rome
    utc = {"2026-05-04T00:00:00Z": {"recipients": 2, "sent": 2}}
    assert series(await told(path, timezone="UTC")) == utc


@pytest.mark.parametrize(
    ("interval", "begins"),
    [
        # Sunday, Monday: a week begins on Monday, even if the year does not.
        ("week", ["2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"]),
        ("month", ["2026-01-01T00:00:00Z"]),
        ("day", ["2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"]),
    ],
)
async def test_weeks_begin_on_monday_and_months_on_their_first(tx, account, told, interval, begins):
    id = await a_campaign(tx, account, "2026-01-04T00:00:00Z")
    await recipients(
        tx, account, id, ("SENT", "2026-01-04T23:00:00Z", {}), ("SENT", "2026-01-05T00:00:00Z", {})
    )
    found = await told(f"/campaigns/{id}/stats", interval=interval)
    assert list(series(found)) == begins


async def test_an_hour_that_clocks_show_twice_is_two_and_its_day_has_twenty_five(tx, account, told):
    id = await a_campaign(tx, account, "2026-10-24T22:00:00Z", timezone="Europe/Rome")
    await recipients(
        tx,
        account,
        id,
        ("SENT", "2026-10-24T22:00:00Z", {}),
        ("SENT", "2026-10-25T00:30:00Z", {}),
        ("READ", "2026-10-25T01:30:00Z", {}),
        ("SENT", "2026-10-25T22:59:59Z", {}),
    )
    path = f"/campaigns/{id}/stats"
    assert series(await told(path, interval="day")) == {
        "2026-10-24T22:00:00Z": {"recipients": 4, "sent": 3, "read": 1}
    }
    by_hour = series(await told(path, interval="hour"))
    assert len(by_hour) == 25
    assert by_hour["2026-10-25T00:00:00Z"] == {"recipients": 1, "sent": 1}
    assert by_hour["2026-10-25T01:00:00Z"] == {"recipients": 1, "read": 1}


async def test_all_campaigns_are_told_of_without_tests_and_without_those_of_others(
    api, tx, account, told, other
):
    theirs = (await api.get("/account", headers=other)).json()["id"]
    at = "2026-05-04T09:00:00Z"
    sms = await a_campaign(tx, account, at)
    mail = await a_campaign(tx, account, at, mode="EMAIL")
    test = await a_campaign(tx, account, at, test_of=sms)
    foreign = await a_campaign(tx, theirs, at)
    for owner, id in ((account, sms), (account, mail), (account, test), (theirs, foreign)):
        await recipients(tx, owner, id, ("SENT", at, {}))

    assert (await told())["totals"]["recipients"] == 2
    assert (await told(sendingMode="EMAIL"))["totals"]["recipients"] == 1
    assert (await told(sendingMode="RCS"))["series"] == []
    assert (await told(f"/campaigns/{test}/stats"))["totals"]["recipients"] == 1


async def test_a_stretch_holds_its_beginning_and_not_its_end_and_is_whole_in_the_series(
    tx, account, told
):
    await tx.run("UPDATE accounts SET timezone = 'Europe/Rome'")
    id = await a_campaign(tx, account, "2026-05-01T00:00:00Z")
    moments = [f"2026-05-0{day}T00:00:00Z" for day in (3, 4, 6)]
    await recipients(tx, account, id, *[("SENT", at, {}) for at in moments])

    found = await told(**{"from": moments[1], "to": moments[2]})

    assert found["timezone"] == "Europe/Rome"
    assert found["totals"]["recipients"] == 1
    assert series(found) == {
        "2026-05-03T22:00:00Z": {"recipients": 1, "sent": 1},
        "2026-05-04T22:00:00Z": {},
        "2026-05-05T22:00:00Z": {},
    }
    ends = [await told(to=moments[1]), found, await told(**{"from": moments[2]})]
    assert sum(each["totals"]["recipients"] for each in ends) == 3
    empty = await told(**{"from": "2027-01-01T00:00:00Z", "to": "2027-01-03T00:00:00Z"})
    assert list(series(empty).values()) == [{}, {}, {}]


async def test_too_long_a_series_is_refused_with_what_to_do(tx, account, told, refused):
    years = {"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    answer = await refused(**years, interval="hour")
    assert (answer["code"], answer["errors"][0]["field"]) == ("too_many_buckets", "interval")
    assert "1,000 of a hour; ask by week" in answer["detail"]
    assert (await told(**years))["interval"] == "week"
    ages = {"from": "1000-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert "ask for less time" in (await refused(**ages))["detail"]
    day = timedelta(days=stats.MOST_BUCKETS)
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    fits = {"from": begin.isoformat(), "to": (begin + day).isoformat(), "interval": "day"}
    assert len((await told(**fits, timezone="UTC"))["series"]) == stats.MOST_BUCKETS
    assert (await refused(**fits | {"to": (begin + day * 1.001).isoformat()}))["code"] == (
        "too_many_buckets"
    )


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"interval": "year"}, "interval"),
        ({"from": "2026-01-01"}, "from"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}, "to"),
        ({"from": "0001-01-01T00:00:00+05:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-05:00"}, "to"),
        ({"from": "9999-12-30T00:00:00Z", "to": "9999-12-31T23:59:59Z"}, "from"),
        ({"sendingMode": "FAX"}, "sendingMode"),
        ({"nope": "1"}, "nope"),
    ],
)
async def test_what_cannot_be_asked_is_refused(refused, asked, field):
    assert [each["field"] for each in (await refused(**asked))["errors"]] == [field]


async def test_statistics_need_the_scope_to_read_campaigns(api, tx, account, campaign):
    id = await campaign()
    for scope, status in (("campaigns:read", 200), ("exports:write", 403)):
        wish = KeyWish(name=scope, scopes=[scope], rate_limit=None)
        headers = {"X-API-Key": (await accounts.create_key(tx, account, wish)).key}
        for path in ("/campaigns/stats", f"/campaigns/{id}/stats"):
            assert (await api.get(path, headers=headers)).status_code == status
    missing = await api.get("/campaigns/999999/stats")
    assert (missing.status_code, missing.json()["code"]) == (404, "campaign_not_found")


ZONES = ["UTC", "Europe/Rome", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana",
         "Asia/Kathmandu", "Pacific/Apia", "America/Santiago", "Antarctica/Troll"]  # fmt: skip


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    interval=st.sampled_from(intervals.INTERVALS),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
@example(datetime(2011, 12, 29, 12, tzinfo=UTC), "day", ZoneInfo("Pacific/Apia"))  # 30th: left out
@example(datetime(2026, 10, 3, 15, 40, tzinfo=UTC), "hour", ZoneInfo("Australia/Lord_Howe"))
@example(datetime(2026, 4, 4, 14, 40, tzinfo=UTC), "hour", ZoneInfo("Australia/Lord_Howe"))
@example(datetime(2026, 4, 24, 3, tzinfo=UTC), "day", ZoneInfo("Africa/Cairo"))  # from 1 o'clock
def test_every_moment_is_in_one_interval_and_the_next_one_follows(moment, interval, zone):
    begin = intervals.floor(moment, interval, zone)
    end = intervals.after(begin, interval, zone)

    assert begin <= moment < end
    assert intervals.floor(begin, interval, zone) == begin
    assert intervals.floor(end - timedelta(microseconds=1), interval, zone) == begin
    longest = {"hour": 1.5, "day": 25, "week": 7 * 24 + 1, "month": 31 * 24 + 1}[interval]
    if zone.key != "Antarctica/Troll":  # its clocks change by two hours
        assert end - begin <= timedelta(hours=longest)
    local = begin.astimezone(zone)
    assert interval != "week" or local.weekday() == 0
    assert interval != "month" or local.day == 1
