"""Batches: cut from a frozen audience, claimed by whoever sends them, given back, or left behind.

One of the few places where SQL is put together from parts: the columns that a text names.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from psycopg.sql import SQL, Identifier

from rubrica import consents
from rubrica.campaigns import audience
from rubrica.campaigns.model import SendingMode
from rubrica.db import Tx
from rubrica.transports import Kind

LARGEST: dict[Kind, int] = {"OUTBOX": 500, "SMPP": 100, "SMTP": 10}
"""Recipients of a batch; of a throttled campaign a second's, where those are fewer. So many may be
UNKNOWN where a sender dies: of the outbox nobody."""
LEASE_SECONDS = 5
"""Seconds without a sign of life after which whoever sends a batch is taken for dead."""
COLUMNS = {
    "id": "id", "externalId": "external_id", "phoneNumber": "phone_number", "email": "email",
    "firstName": "first_name", "lastName": "last_name", "gender": "gender",
    "birthDate": "birth_date", "company": "company", "language": "language", "notes": "notes",
    "tags": "tags", "isValid": "is_valid", "phoneType": "phone_type",
    "countryCode": "country_code", "communicationSupported": "channels", "isTest": "is_test",
    "createdAt": "created_at", "updatedAt": "updated_at", "customFields": "custom_fields",
}  # fmt: skip
FULL_NAME = SQL("nullif(btrim(concat_ws(' ', c.first_name, c.last_name)), '')")
# Who was in the audience is judged anew, in the statement that claims: by the contact as it is now,
# at the address it was frozen with. FOR SHARE keeps the campaign from being paused meanwhile.
CLAIM = SQL("""
    WITH going AS (
        SELECT id FROM campaigns
         WHERE account_id = %(account)s AND id = %(campaign)s AND status = 'SENDING'
           AND next_batch_at <= clock_timestamp()
           FOR SHARE
    ), next AS MATERIALIZED (
        SELECT o.number FROM campaign_batches o, going
         WHERE o.account_id = %(account)s AND o.campaign_id = going.id
           AND o.holder IS NULL AND o.not_before <= clock_timestamp()
         ORDER BY o.number LIMIT 1
           FOR UPDATE OF o SKIP LOCKED
    ), batch AS (
        UPDATE campaign_batches b
           SET holder = %(holder)s,
               held_until = clock_timestamp() + make_interval(secs => %(seconds)s)
          FROM next
         WHERE b.account_id = %(account)s AND b.campaign_id = %(campaign)s
           AND b.number = next.number
        RETURNING b.number, b.first, b.last
    ), marked AS (
        UPDATE campaign_recipients r
           SET (status, reason) = (
                   SELECT CASE WHEN now.reason IS NULL THEN 'SENDING' ELSE 'SKIPPED' END, now.reason
                     FROM (SELECT) AS nobody
                     LEFT JOIN contacts c ON c.account_id = r.account_id AND c.id = r.contact_id
                    CROSS JOIN LATERAL (
                          SELECT CASE WHEN c.id IS NULL AND r.address IS NULL THEN 'erased'
                                      WHEN c.id IS NULL THEN 'deleted'
                                      WHEN r.address IS DISTINCT FROM {address}
                                          THEN 'address_changed'
                                      ELSE {judged} END AS reason) AS now),
               claimed_at = clock_timestamp(), status_at = clock_timestamp()
         WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
           AND r.number BETWEEN (SELECT first FROM batch) AND (SELECT last FROM batch)
           AND r.status = 'QUEUED'
        RETURNING r.number, r.contact_id, r.address, r.reason
    )
    SELECT batch.number AS batch, batch.first, batch.last, marked.number, marked.address,
           marked.reason {values}
      FROM batch
      LEFT JOIN marked ON true
      LEFT JOIN contacts c ON c.account_id = %(account)s AND c.id = marked.contact_id
     ORDER BY marked.number
""")


class Claimed(NamedTuple):
    """Somebody to be sent to: the number in the audience, and what the text may name."""

    number: int
    address: str
    values: dict[str, Any]


class Batch(NamedTuple):
    """A batch that was claimed, and how many of it were skipped."""

    number: int
    first: int
    last: int
    recipients: list[Claimed]
    skipped: int


class _Row(NamedTuple):
    batch: tuple[int, int, int]
    number: int | None
    address: str | None
    reason: str | None
    values: dict[str, Any]


def _row(
    *,
    batch: int,
    first: int,
    last: int,
    number: int | None,
    address: str | None,
    reason: str | None,
    **values: Any,
) -> _Row:
    return _Row((batch, first, last), number, address, reason, values)


async def cut(
    tx: Tx, account: int, campaign: int, kind: Kind, people: int, throttle: int | None
) -> None:
    """Cut those to be sent to, who are numbered from 1 on, into batches."""
    largest = LARGEST[kind]
    await tx.run(
        """
        INSERT INTO campaign_batches (account_id, campaign_id, number, first, last)
        SELECT %(account)s, %(campaign)s, n, (n - 1) * %(size)s::bigint + 1,
               least(n * %(size)s::bigint, %(people)s)
          FROM generate_series(1, (%(people)s + %(size)s - 1) / %(size)s) AS n
        """,
        account=account,
        campaign=campaign,
        people=people,
        size=min(throttle or largest, largest),
    )


async def claim(
    tx: Tx,
    account: int,
    campaign: int,
    channel: SendingMode,
    holder: str,
    fields: Collection[str],
) -> Batch | None:
    """Claim the next batch that is due, and mark its recipients as in flight.

    `fields` are contact fields that a text names. None: there is none just now, or the campaign is
    not to go on.
    """
    wanted = sorted({name.partition(".")[0] for name in fields} - {"unsubscribeUrl"})
    columns = [
        SQL(", {} AS {}").format(
            FULL_NAME if name == "fullName" else SQL("c.{}").format(Identifier(COLUMNS[name])),
            Identifier(name),
        )
        for name in wanted
    ]
    rows = await tx.all(
        _row,
        CLAIM.format(
            values=SQL("").join(columns),
            address=audience.address(channel),
            judged=audience.judged(channel),
        ),
        account=account,
        campaign=campaign,
        holder=holder,
        seconds=LEASE_SECONDS,
        **consents.pads(account),
    )
    if not rows:
        return None
    there = [
        Claimed(row.number, row.address, row.values)
        for row in rows
        if row.number is not None and row.address is not None and row.reason is None
    ]
    skipped = sum(row.number is not None and row.reason is not None for row in rows)
    return Batch(*rows[0].batch, there, skipped)


async def pace(tx: Tx, account: int, campaign: int, throttle: int, people: int) -> None:
    """Have the next batch wait for as long as this one takes at the throttle."""
    await tx.run(
        """
        UPDATE campaigns
           SET next_batch_at = greatest(next_batch_at, clock_timestamp())
                               + make_interval(secs => %(people)s::float8 / %(throttle)s)
         WHERE account_id = %(account)s AND id = %(campaign)s
        """,
        account=account,
        campaign=campaign,
        throttle=throttle,
        people=people,
    )


async def hold_pace(tx: Tx, account: int, campaign: int) -> None:
    """Hold a throttled campaign, so that one batch at a time is claimed of it."""
    await tx.run(
        "SELECT FROM campaigns WHERE account_id = %(account)s AND id = %(campaign)s"
        " FOR NO KEY UPDATE",
        account=account,
        campaign=campaign,
    )


async def let_go(tx: Tx, account: int, campaign: int, batch: "Batch | Orphan", holder: str) -> None:
    """Let go of a batch: it comes again with those of it who are QUEUED, or is done.

    When, is by how often somebody was tried: at once, then 1 s later, 3 s, 7 s, up to 10 minutes.
    """
    await tx.run(
        """
        WITH queued AS (
            SELECT max(attempts) AS attempts FROM campaign_recipients
             WHERE account_id = %(account)s AND campaign_id = %(campaign)s
               AND number BETWEEN %(first)s AND %(last)s AND status = 'QUEUED'
        ), done AS (
            DELETE FROM campaign_batches b USING queued q
             WHERE b.account_id = %(account)s AND b.campaign_id = %(campaign)s
               AND b.number = %(number)s AND b.holder = %(holder)s AND q.attempts IS NULL
        )
        UPDATE campaign_batches b
           SET holder = NULL, held_until = NULL,
               not_before = clock_timestamp()
                            + make_interval(secs => least(power(2, q.attempts) - 1, 600))
          FROM queued q
         WHERE b.account_id = %(account)s AND b.campaign_id = %(campaign)s
           AND b.number = %(number)s AND b.holder = %(holder)s AND q.attempts IS NOT NULL
        """,
        account=account,
        campaign=campaign,
        number=batch.number,
        first=batch.first,
        last=batch.last,
        holder=holder,
    )


async def bring_back(tx: Tx, account: int, campaign: int, batch: Batch) -> None:
    """Have a batch come again that others took for done, where its sender was taken for dead."""
    await tx.run(
        """
        INSERT INTO campaign_batches (account_id, campaign_id, number, first, last)
        VALUES (%(account)s, %(campaign)s, %(number)s, %(first)s, %(last)s)
        ON CONFLICT DO NOTHING
        """,
        account=account,
        campaign=campaign,
        number=batch.number,
        first=batch.first,
        last=batch.last,
    )


async def hold(tx: Tx, account: int, campaign: int, batch: Batch, holder: str) -> bool:
    """Tell whether a batch is still ours, and keep it so until the transaction ends."""
    return await tx.value(
        "SELECT EXISTS (SELECT FROM campaign_batches WHERE account_id = %(account)s"
        " AND campaign_id = %(campaign)s AND number = %(number)s AND holder = %(holder)s"
        " FOR UPDATE)",
        account=account,
        campaign=campaign,
        number=batch.number,
        holder=holder,
    )


async def stay_alive(tx: Tx, holder: str) -> None:
    """Give a sign of life for every batch that is being sent."""
    await tx.run(
        "UPDATE campaign_batches"
        "   SET held_until = clock_timestamp() + make_interval(secs => %(seconds)s)"
        " WHERE holder = %(holder)s",
        holder=holder,
        seconds=LEASE_SECONDS,
    )


class Orphan(msgspec.Struct, frozen=True):
    """A batch whose sender is dead."""

    account_id: int
    campaign_id: int
    number: int
    first: int
    last: int
    holder: str


async def orphans(tx: Tx) -> list[Orphan]:
    """Hold some batches whose sender gave no sign of life for too long."""
    return await tx.all(
        Orphan,
        """
        SELECT account_id, campaign_id, number, first, last, holder FROM campaign_batches
         WHERE holder IS NOT NULL AND held_until < clock_timestamp()
         ORDER BY held_until LIMIT 20
           FOR UPDATE SKIP LOCKED
        """,
    )


async def settle_outbox(tx: Tx, orphan: Orphan) -> dict[str, int]:
    """Ask the outbox what it took of a batch: that is SENT, and what it did not take is QUEUED."""
    rows = await tx.column(
        """
        UPDATE campaign_recipients r
           SET status = CASE WHEN o.id IS NULL THEN 'QUEUED' ELSE 'SENT' END,
               sent_at = o.at, status_at = clock_timestamp(), provider_id = o.id::text
          FROM campaign_recipients s
          LEFT JOIN outbox_messages o
            ON o.account_id = s.account_id AND o.campaign_id = s.campaign_id
           AND o.recipient = s.number
         WHERE s.account_id = %(account)s AND s.campaign_id = %(campaign)s
           AND s.number BETWEEN %(first)s AND %(last)s AND s.status = 'SENDING'
           AND r.account_id = s.account_id AND r.campaign_id = s.campaign_id
           AND r.number = s.number
           AND EXISTS (SELECT FROM campaigns c JOIN transports t
                          ON t.account_id = c.account_id AND t.id = c.transport_id
                        WHERE c.account_id = s.account_id AND c.id = s.campaign_id
                          AND t.kind = 'OUTBOX')
        RETURNING r.status
        """,
        **_of(orphan),
    )
    return {each: rows.count(each) for each in set(rows)}


async def give_up(tx: Tx, orphan: Orphan) -> int:
    """Leave UNKNOWN those of a batch who were in flight; return how many."""
    return await tx.run(
        """
        UPDATE campaign_recipients
           SET status = 'UNKNOWN', reason = 'no_answer', status_at = clock_timestamp()
         WHERE account_id = %(account)s AND campaign_id = %(campaign)s
           AND number BETWEEN %(first)s AND %(last)s AND status = 'SENDING'
        """,
        **_of(orphan),
    )


def _of(orphan: Orphan) -> dict[str, int]:
    return {
        "account": orphan.account_id,
        "campaign": orphan.campaign_id,
        "first": orphan.first,
        "last": orphan.last,
    }


class Open(msgspec.Struct, frozen=True):
    """A campaign of which a batch is due."""

    account_id: int
    id: int
    transport_id: int
    kind: str
    held_up: bool
    """Whether it is told that nothing goes out."""


async def open_campaigns(tx: Tx) -> list[Open]:
    """List campaigns of which a batch is due; who has waited longest comes first."""
    return await tx.all(
        Open,
        """
        SELECT c.account_id, c.id, c.transport_id, t.kind, c.holdup IS NOT NULL AS held_up
          FROM campaigns c
          JOIN transports t ON t.account_id = c.account_id AND t.id = c.transport_id
         WHERE c.status = 'SENDING' AND c.frozen_at IS NOT NULL
           AND c.next_batch_at <= clock_timestamp()
           AND EXISTS (SELECT FROM campaign_batches b
                        WHERE b.account_id = c.account_id AND b.campaign_id = c.id
                          AND b.holder IS NULL AND b.not_before <= clock_timestamp())
         ORDER BY c.next_batch_at, c.id LIMIT 100
        """,
    )
