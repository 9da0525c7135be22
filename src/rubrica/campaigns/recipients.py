"""Every statement on recipients, and the counts of them: one function, one statement."""

from typing import Any, LiteralString

import msgspec
from psycopg.sql import SQL, Composable, Composed

from rubrica import keysets
from rubrica.campaigns.model import Recipient, RecipientQuery
from rubrica.db import Tx
from rubrica.keysets import Key, Listing
from rubrica.paging import Page

STATUS: LiteralString = "CASE r.status WHEN 'SENDING' THEN 'QUEUED' ELSE r.status END"
"""As clients see it."""
COLUMNS = (
    "r.number AS id, r.contact_id, r.address, r.channel, "
    + STATUS
    + """ AS status,
    r.status = 'SENDING' AS in_flight, r.reason, r.parts, r.attempts, r.provider_id, r.claimed_at,
    r.sent_at, r.status_at
"""
)
SEEN_AS = {"QUEUED": ["QUEUED", "SENDING"]}
"""What clients ask for, and what is stored, where they differ."""


async def count(tx: Tx, account: int, campaign: int, delta: dict[str, int]) -> None:
    """Add to a campaign's counts, by status; taken away is less than nothing."""
    changed = {status: n for status, n in delta.items() if n}
    if changed:
        await tx.run(
            """
            INSERT INTO campaign_count_deltas (account_id, campaign_id, status, delta)
            SELECT %(account)s, %(campaign)s, status, delta
              FROM unnest(%(statuses)s::text[], %(deltas)s::bigint[]) AS d (status, delta)
            """,
            account=account,
            campaign=campaign,
            statuses=list(changed),
            deltas=list(changed.values()),
        )


async def count_frozen(tx: Tx, account: int, campaign: int) -> int:
    """Count an audience that was just frozen; return how many there are to be sent to."""
    return await tx.value(
        """
        WITH counted AS (
            INSERT INTO campaign_count_deltas (account_id, campaign_id, status, delta)
            SELECT %(account)s, %(campaign)s, status, count(*)
              FROM campaign_recipients
             WHERE account_id = %(account)s AND campaign_id = %(campaign)s
             GROUP BY status
            RETURNING status, delta
        )
        SELECT coalesce(sum(delta) FILTER (WHERE status = 'QUEUED'), 0)::bigint FROM counted
        """,
        account=account,
        campaign=campaign,
    )


async def skip_cancelled(tx: Tx) -> int:
    """Skip who is still queued in cancelled campaigns, some batches at a time."""
    return await tx.run(
        """
        WITH over AS MATERIALIZED (
            SELECT b.account_id, b.campaign_id, b.number, b.first, b.last
              FROM campaigns c
              JOIN campaign_batches b ON b.account_id = c.account_id AND b.campaign_id = c.id
             WHERE c.status = 'CANCELLED' AND b.holder IS NULL
             LIMIT 100
               FOR UPDATE OF b SKIP LOCKED
        ), forgotten AS (
            DELETE FROM campaign_batches b USING over o
             WHERE b.account_id = o.account_id AND b.campaign_id = o.campaign_id
               AND b.number = o.number
        ), skipped AS (
            UPDATE campaign_recipients r
               SET status = 'SKIPPED', reason = 'cancelled', status_at = clock_timestamp()
              FROM over o
             WHERE r.account_id = o.account_id AND r.campaign_id = o.campaign_id
               AND r.number BETWEEN o.first AND o.last AND r.status = 'QUEUED'
            RETURNING r.account_id, r.campaign_id
        )
        INSERT INTO campaign_count_deltas (account_id, campaign_id, status, delta)
        SELECT s.account_id, s.campaign_id, moved.status, moved.sign * count(*)
          FROM skipped s, (VALUES ('QUEUED', -1), ('SKIPPED', 1)) AS moved (status, sign)
         GROUP BY s.account_id, s.campaign_id, moved.status, moved.sign
        """
    )


async def get_known(tx: Tx) -> None:
    """Have the planner know of an audience that was just frozen: it is read by it at once."""
    await tx.run("ANALYZE campaign_recipients")


async def fold_counts(tx: Tx) -> None:
    """Make one delta of many, where nobody else does so just now."""
    await tx.run(
        """
        WITH many AS (
            SELECT account_id, campaign_id FROM campaign_count_deltas
             GROUP BY account_id, campaign_id HAVING count(*) > 50 LIMIT 100
        ), gone AS (
            DELETE FROM campaign_count_deltas d
             USING (SELECT x.account_id, x.campaign_id, x.id
                      FROM campaign_count_deltas x JOIN many USING (account_id, campaign_id)
                       FOR UPDATE OF x SKIP LOCKED) AS held
             WHERE d.account_id = held.account_id AND d.campaign_id = held.campaign_id
               AND d.id = held.id
            RETURNING d.account_id, d.campaign_id, d.status, d.delta
        )
        INSERT INTO campaign_count_deltas (account_id, campaign_id, status, delta)
        SELECT account_id, campaign_id, status, sum(delta) FROM gone
         GROUP BY account_id, campaign_id, status HAVING sum(delta) <> 0
        """
    )


class Miscounted(msgspec.Struct, frozen=True):
    """A campaign whose kept counts are not what is there."""

    account_id: int
    campaign_id: int


async def miscounted(tx: Tx) -> list[Miscounted]:
    """Return those whose kept counts are not what is there."""
    return await tx.all(
        Miscounted,
        """
        SELECT account_id, campaign_id
          FROM (SELECT account_id, campaign_id, status, count(*) AS n
                  FROM campaign_recipients GROUP BY account_id, campaign_id, status) AS there
          FULL JOIN (SELECT account_id, campaign_id, status, sum(delta) AS n
                       FROM campaign_count_deltas GROUP BY account_id, campaign_id, status) AS kept
         USING (account_id, campaign_id, status)
         WHERE coalesce(there.n, 0) <> coalesce(kept.n, 0)
         GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
        """,
    )


class Unsettled(msgspec.Struct, frozen=True):
    """A campaign with recipients of whom nothing has been heard for a day."""

    account_id: int
    campaign_id: int
    people: int


async def unsettled(tx: Tx) -> list[Unsettled]:
    """Return those whose recipients have been UNKNOWN for more than a day."""
    return await tx.all(
        Unsettled,
        """
        SELECT account_id, campaign_id, count(*) AS people FROM campaign_recipients
         WHERE status = 'UNKNOWN' AND status_at < now() - interval '1 day'
         GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
        """,
    )


async def by_number(tx: Tx, account: int, campaign: int, number: int) -> Recipient | None:
    """Find one recipient."""
    return await tx.one(
        Recipient,
        SQL(
            "SELECT {} FROM campaign_recipients r WHERE r.account_id = %(account)s"
            " AND r.campaign_id = %(campaign)s AND r.number = %(number)s"
        ).format(SQL(COLUMNS)),
        account=account,
        campaign=campaign,
        number=number,
    )


def messaged(contact: Composable) -> Composed:
    """Tell, of a contact's id, whether a message went to it, or may have."""
    return SQL(
        "EXISTS (SELECT FROM campaign_recipients r"
        " WHERE r.account_id = (SELECT %(account)s::bigint) AND r.contact_id = {}"
        "   AND r.status IN ('SENDING', 'SENT', 'DELIVERED', 'READ', 'UNKNOWN'))"
    ).format(contact)


async def settle(tx: Tx, account: int, campaign: int, number: int, status: str) -> bool:
    """Write what a person found out; not where the recipient is not UNKNOWN."""
    return bool(
        await tx.run(
            """
            UPDATE campaign_recipients
               SET status = %(status)s, reason = 'settled', status_at = clock_timestamp(),
                   sent_at = CASE %(status)s WHEN 'FAILED' THEN sent_at
                                             ELSE coalesce(sent_at, claimed_at,
                                                      clock_timestamp()) END
             WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND number = %(number)s
               AND status = 'UNKNOWN'
            """,
            account=account,
            campaign=campaign,
            number=number,
            status=status,
        )
    )


async def find(tx: Tx, account: int, campaign: int, query: RecipientQuery) -> Page[Recipient]:
    """Return a page of a campaign's recipients."""
    parts: list[Composable] = [SQL("r.account_id = %(account)s AND r.campaign_id = %(campaign)s")]
    values: dict[str, Any] = {"account": account, "campaign": campaign}
    if query.status:
        parts.append(SQL("r.status = ANY(%(statuses)s)"))
        values["statuses"] = [each for s in query.status for each in SEEN_AS.get(s, [s])]
    if query.reason:
        parts.append(SQL("r.reason = %(reason)s"))
        values["reason"] = query.reason
    if query.contact_id:
        parts.append(SQL("r.contact_id = %(contact)s"))
        values["contact"] = query.contact_id
    listing = Listing(
        "recipients",
        COLUMNS,
        "campaign_recipients r",
        parts,
        values,
        "id",
        Key("r.number", "bigint"),
        "r.number",
    )
    return await keysets.find(tx, Recipient, query, listing, descending=query.sort_order == "desc")
