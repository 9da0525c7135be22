"""Every statement on campaigns themselves: one function, one statement."""

from typing import Any, LiteralString

import msgspec
from psycopg.sql import SQL, Composable

from rubrica import keysets
from rubrica.campaigns.model import Campaign, CampaignQuery, Draft, Holdup, Status, Totals
from rubrica.contacts import ContactFilter
from rubrica.db import Tx
from rubrica.keysets import Key, Listing
from rubrica.paging import Page
from rubrica.transports import Kind

COLUMNS = """
    c.id, c.name, c.description, c.sending_mode, c.list_ids AS contact_list_ids,
    c.exclude_list_ids, c.filter, c.sender, c.subject, c.body, c.html_body,
    c.scheduled_at AS scheduled_date, c.timezone, c.throttle AS throttle_per_second, c.status,
    c.test_of, c.transport_id, c.holdup, c.error, c.created_by, c.created_at, c.updated_at,
    c.confirmed_at, c.started_at, c.frozen_at, c.paused_at, c.finished_at,
    (SELECT jsonb_object_agg(n.status, n.total)
       FROM (SELECT d.status, sum(d.delta)::bigint AS total FROM campaign_count_deltas d
              WHERE d.account_id = c.account_id AND d.campaign_id = c.id GROUP BY d.status) n
    ) AS counts
"""
SORTS: dict[str, Key] = {
    "createdAt": Key("c.created_at", "timestamptz"),
    "id": Key("c.id", "bigint"),
}
DRAFT: LiteralString = """
    name = %(name)s, description = %(description)s, sending_mode = %(sending_mode)s,
    list_ids = %(list_ids)s::bigint[], exclude_list_ids = %(exclude_list_ids)s::bigint[],
    filter = %(filter)s::jsonb, sender = %(sender)s, subject = %(subject)s, body = %(body)s,
    html_body = %(html_body)s, scheduled_at = %(scheduled_at)s, timezone = %(timezone)s,
    throttle = %(throttle)s
"""


def _campaign(
    *, counts: dict[str, int] | None, holdup: dict[str, str] | None, status: Status, **columns: Any
) -> Campaign:
    n = dict.fromkeys(("QUEUED", "SENDING"), 0) | (counts or {})
    queued = n.pop("SENDING") + n.pop("QUEUED")
    totals = {name.lower(): total for name, total in n.items()}
    return Campaign(
        status=status,
        ready_to_send=status != "DRAFT",
        waiting_for=Holdup(**holdup) if holdup and status == "SENDING" else None,
        totals=Totals(recipients=queued + sum(totals.values()), queued=queued, **totals),
        **columns,
    )


def _values(draft: Draft) -> dict[str, Any]:
    return draft._asdict() | {
        "filter": None if draft.filter is None else msgspec.json.encode(draft.filter).decode()
    }


async def insert(tx: Tx, account: int, draft: Draft, created_by: str) -> int:
    """Add a draft; return its id."""
    return await tx.value(
        """
        INSERT INTO campaigns (account_id, created_by, name, description, sending_mode, list_ids,
                               exclude_list_ids, filter, sender, subject, body, html_body,
                               scheduled_at, timezone, throttle)
        VALUES (%(account)s, %(created_by)s, %(name)s, %(description)s, %(sending_mode)s,
                %(list_ids)s, %(exclude_list_ids)s, %(filter)s::jsonb, %(sender)s, %(subject)s,
                %(body)s, %(html_body)s, %(scheduled_at)s, %(timezone)s, %(throttle)s)
        RETURNING id
        """,
        account=account,
        created_by=created_by,
        **_values(draft),
    )


async def insert_test(
    tx: Tx, account: int, of: int, list_id: int, transport: int, created_by: str
) -> int | None:
    """Add a copy of a campaign that goes to one list, at once; return its id."""
    return await tx.value(
        """
        INSERT INTO campaigns (account_id, created_by, name, description, sending_mode, list_ids,
                               sender, subject, body, html_body, timezone, throttle, status,
                               test_of, transport_id, confirmed_at, started_at)
        SELECT account_id, %(created_by)s, name, description, sending_mode, ARRAY[%(list)s::bigint],
               sender, subject, body, html_body, timezone, throttle, 'SENDING', id, %(transport)s,
               clock_timestamp(), clock_timestamp()
          FROM campaigns
         WHERE account_id = %(account)s AND id = %(of)s
        RETURNING id
        """,
        account=account,
        of=of,
        list=list_id,
        transport=transport,
        created_by=created_by,
    )


async def by_id(tx: Tx, account: int, id: int, *, lock: bool = False) -> Campaign | None:
    """Find one campaign, and hold it where it is about to be changed."""
    sql = SQL("SELECT {} FROM campaigns c WHERE c.account_id = %(account)s AND c.id = %(id)s {}")
    held = sql.format(SQL(COLUMNS), SQL("FOR NO KEY UPDATE" if lock else ""))
    return await tx.one(_campaign, held, account=account, id=id)


async def update(tx: Tx, account: int, id: int, draft: Draft) -> None:
    """Write what a client may say of a campaign."""
    await tx.run(
        SQL(
            "UPDATE campaigns SET {}, updated_at = clock_timestamp()"
            " WHERE account_id = %(account)s AND id = %(id)s"
        ).format(SQL(DRAFT)),
        account=account,
        id=id,
        **_values(draft),
    )


async def delete(tx: Tx, account: int, id: int) -> bool:
    """Delete a campaign that nobody has been sent anything of."""
    return bool(
        await tx.run(
            "DELETE FROM campaigns WHERE account_id = %(account)s AND id = %(id)s"
            " AND status IN ('DRAFT', 'SCHEDULED')",
            account=account,
            id=id,
        )
    )


async def schedule(tx: Tx, account: int, id: int) -> None:
    """Have a campaign start when its time has come."""
    await tx.run(
        "UPDATE campaigns SET status = 'SCHEDULED', updated_at = clock_timestamp(),"
        "       confirmed_at = clock_timestamp()"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )


async def start(tx: Tx, account: int, id: int, transport: int) -> None:
    """Have a campaign go out now: its audience is frozen next."""
    await tx.run(
        """
        UPDATE campaigns
           SET status = 'SENDING', transport_id = %(transport)s, started_at = clock_timestamp(),
               confirmed_at = coalesce(confirmed_at, clock_timestamp()),
               updated_at = clock_timestamp()
         WHERE account_id = %(account)s AND id = %(id)s AND status IN ('DRAFT', 'SCHEDULED')
        """,
        account=account,
        id=id,
        transport=transport,
    )


async def pause(tx: Tx, account: int, id: int) -> bool:
    """Have nothing more claimed."""
    return bool(
        await tx.run(
            "UPDATE campaigns SET status = 'PAUSED', paused_at = clock_timestamp(),"
            "       updated_at = clock_timestamp()"
            " WHERE account_id = %(account)s AND id = %(id)s AND status = 'SENDING'",
            account=account,
            id=id,
        )
    )


async def resume(tx: Tx, account: int, id: int) -> bool:
    """Go on with a campaign that was paused."""
    return bool(
        await tx.run(
            "UPDATE campaigns SET status = 'SENDING', paused_at = NULL, holdup = NULL,"
            "       next_batch_at = clock_timestamp(), updated_at = clock_timestamp()"
            " WHERE account_id = %(account)s AND id = %(id)s AND status = 'PAUSED'",
            account=account,
            id=id,
        )
    )


async def cancel(tx: Tx, account: int, id: int) -> bool:
    """End a campaign; what is on its way goes on."""
    return bool(
        await tx.run(
            """
            UPDATE campaigns
               SET status = 'CANCELLED', paused_at = NULL, holdup = NULL,
                   finished_at = clock_timestamp(), updated_at = clock_timestamp()
             WHERE account_id = %(account)s AND id = %(id)s
               AND status IN ('SCHEDULED', 'SENDING', 'PAUSED')
            """,
            account=account,
            id=id,
        )
    )


async def fail(tx: Tx, account: int, id: int, code: str, message: str) -> None:
    """End a campaign that cannot go out."""
    await tx.run(
        """
        UPDATE campaigns
           SET status = 'FAILED', error = %(error)s::jsonb, holdup = NULL,
               finished_at = clock_timestamp(), updated_at = clock_timestamp()
         WHERE account_id = %(account)s AND id = %(id)s AND status IN ('SCHEDULED', 'SENDING')
        """,
        account=account,
        id=id,
        error=msgspec.json.encode({"code": code, "message": message}).decode(),
    )


async def begin_freezing(tx: Tx, account: int, id: int) -> bool:
    """Have nobody else freeze a campaign, nor erase a person meanwhile; false: somebody does."""
    return await tx.value(
        """
        SELECT pg_try_advisory_xact_lock(hashtextextended('campaign' || %(account)s::text, %(id)s))
           AND pg_try_advisory_xact_lock_shared(hashtextextended('freezing', %(account)s))
        """,
        account=account,
        id=id,
    )


async def keep_from_freezing(tx: Tx, account: int) -> None:
    """Wait until no audience is being frozen, and have none frozen until the transaction ends."""
    await tx.run(
        "SELECT pg_advisory_xact_lock(hashtextextended('freezing', %(account)s))", account=account
    )


async def mark_frozen(tx: Tx, account: int, id: int) -> bool:
    """Tell that the audience stands; not where the campaign was ended meanwhile."""
    return bool(
        await tx.run(
            """
            UPDATE campaigns SET frozen_at = clock_timestamp(), updated_at = clock_timestamp()
             WHERE account_id = %(account)s AND id = %(id)s AND frozen_at IS NULL
               AND status IN ('SENDING', 'PAUSED')
            """,
            account=account,
            id=id,
        )
    )


async def kind_of_transport(tx: Tx, account: int, id: int) -> Kind:
    """Return the kind of the transport that a campaign goes out by; it stays while that is so."""
    return await tx.value(
        "SELECT t.kind FROM campaigns c"
        "  JOIN transports t ON t.account_id = c.account_id AND t.id = c.transport_id"
        " WHERE c.account_id = %(account)s AND c.id = %(id)s",
        account=account,
        id=id,
    )


async def hold_up(tx: Tx, account: int, id: int, code: str, message: str) -> None:
    """Remember why nothing goes out just now."""
    await tx.run(
        "UPDATE campaigns SET holdup = %(holdup)s::jsonb"
        " WHERE account_id = %(account)s AND id = %(id)s AND status = 'SENDING'"
        "   AND holdup IS DISTINCT FROM %(holdup)s::jsonb",
        account=account,
        id=id,
        holdup=msgspec.json.encode({"code": code, "message": message}).decode(),
    )


async def go_on(tx: Tx, account: int, id: int) -> None:
    """Forget why nothing went out."""
    await tx.run(
        "UPDATE campaigns SET holdup = NULL"
        " WHERE account_id = %(account)s AND id = %(id)s AND holdup IS NOT NULL",
        account=account,
        id=id,
    )


class Place(msgspec.Struct, frozen=True):
    """Which campaign, of which account."""

    account_id: int
    id: int


async def due(tx: Tx) -> list[Place]:
    """List scheduled campaigns whose time has come."""
    return await tx.all(
        Place,
        "SELECT account_id, id FROM campaigns"
        " WHERE status = 'SCHEDULED' AND scheduled_at <= clock_timestamp()"
        " ORDER BY scheduled_at LIMIT 100",
    )


async def unfrozen(tx: Tx) -> list[Place]:
    """List campaigns that are to go out and have no audience yet."""
    return await tx.all(
        Place,
        "SELECT account_id, id FROM campaigns WHERE status = 'SENDING' AND frozen_at IS NULL"
        " ORDER BY started_at LIMIT 100",
    )


async def complete(tx: Tx) -> list[Place]:
    """End the campaigns of which nothing is left to be sent or answered; return them."""
    return await tx.all(
        Place,
        """
        UPDATE campaigns c
           SET status = 'COMPLETED', holdup = NULL, finished_at = clock_timestamp(),
               updated_at = clock_timestamp()
         WHERE c.status = 'SENDING' AND c.frozen_at IS NOT NULL
           AND NOT EXISTS (SELECT FROM campaign_batches b
                            WHERE b.account_id = c.account_id AND b.campaign_id = c.id)
        RETURNING c.account_id, c.id
        """,
    )


async def filter_of(tx: Tx, account: int, id: int) -> ContactFilter | None:
    """Return a campaign's filter, as it is read."""
    found = await tx.value(
        "SELECT filter::text FROM campaigns WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )
    return None if found is None else msgspec.json.decode(found, type=ContactFilter)


async def find(tx: Tx, account: int, query: CampaignQuery) -> Page[Campaign]:
    """Return a page of campaigns."""
    parts: list[Composable] = [SQL("c.account_id = %(account)s")]
    values: dict[str, Any] = {"account": account}
    if not query.include_tests:
        parts.append(SQL("c.test_of IS NULL"))
    if query.search:
        parts.append(SQL("strpos(folded(c.name), folded(%(search)s)) > 0"))
        values["search"] = query.search
    if query.status:
        parts.append(SQL("c.status = ANY(%(statuses)s)"))
        values["statuses"] = query.status
    if query.sending_mode:
        parts.append(SQL("c.sending_mode = %(mode)s"))
        values["mode"] = query.sending_mode
    if query.list_id:
        parts.append(SQL("%(list)s = ANY(c.list_ids)"))
        values["list"] = query.list_id
    listing = Listing(
        "campaigns",
        COLUMNS,
        "campaigns c",
        parts,
        values,
        query.sort_by,
        SORTS[query.sort_by],
        "c.id",
    )
    return await keysets.find(tx, _campaign, query, listing, descending=query.sort_order != "asc")
