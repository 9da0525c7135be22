"""What campaigns hold of a person who is erased: addresses, messages, replies, filters.

Recipients stay, so that totals go on to balance. Texts of campaigns are what others wrote: they are
not searched.
"""

from collections import Counter
from typing import LiteralString

import msgspec
from psycopg.sql import SQL, Identifier

from rubrica.campaigns import addresses, queries, recipients
from rubrica.contacts import Person, named_in, texts_of
from rubrica.db import Tx

# Without its filter a campaign would go to everybody: with this one it goes to nobody.
FILTERS: LiteralString = """
    UPDATE campaigns c SET filter = '{{"createdTo": "1970-01-01T00:00:00Z"}}'
     WHERE c.account_id = %(account)s AND c.filter IS NOT NULL AND {}
"""
# Who is queued is skipped; whose message is on its way loses the address alone.
RECIPIENTS: LiteralString = """
    WITH held AS (
        SELECT r.campaign_id, r.number,
               r.status = 'QUEUED' AND r.contact_id = ANY(%(ids)s::bigint[]) AS queued
          FROM campaign_recipients r
         WHERE r.account_id = %(account)s
           AND (r.contact_id = ANY(%(ids)s::bigint[]) OR {})
         ORDER BY r.campaign_id, r.number
           FOR UPDATE
    ), written AS (
        UPDATE campaign_recipients r
           SET address = NULL,
               status = CASE WHEN h.queued THEN 'SKIPPED' ELSE r.status END,
               reason = CASE WHEN h.queued THEN 'erased' ELSE r.reason END,
               status_at = CASE WHEN h.queued THEN clock_timestamp() ELSE r.status_at END
          FROM held h
         WHERE r.account_id = %(account)s AND r.campaign_id = h.campaign_id
           AND r.number = h.number
    )
    SELECT campaign_id, number, queued FROM held
"""
OUTBOX: LiteralString = """
    DELETE FROM outbox_messages o
     WHERE o.account_id = %(account)s
       AND (o.campaign_id, o.recipient) IN (
               SELECT * FROM unnest(%(campaigns)s::bigint[], %(numbers)s::bigint[]))
"""
REPORTS: LiteralString = """
    UPDATE delivery_reports d SET address = NULL
     WHERE d.account_id = %(account)s AND d.address IS NOT NULL
       AND ({} OR (d.campaign_id, d.recipient) IN (
                      SELECT * FROM unnest(%(campaigns)s::bigint[], %(numbers)s::bigint[])))
"""
INBOUND: LiteralString = """
    DELETE FROM inbound_messages i WHERE i.account_id = %(account)s AND {}
"""


class _Recipient(msgspec.Struct, frozen=True):
    campaign_id: int
    number: int
    queued: bool


async def erase(tx: Tx, person: Person) -> dict[str, int]:
    """Erase a person from audiences, messages, reports and replies; return how many of each."""
    await queries.keep_from_freezing(tx, person.account)
    theirs = await addresses.of(tx, person.account, person.ids)
    # Campaigns are held before recipients, as where batches are claimed.
    named = named_in(texts_of(Identifier("c", "filter")))
    await tx.run(SQL(FILTERS).format(named), **person.values)
    found = await tx.all(
        _Recipient,
        SQL(RECIPIENTS).format(addresses.among(Identifier("r", "address"))),
        account=person.account,
        ids=person.ids,
        addresses=theirs,
    )
    queued = Counter(each.campaign_id for each in found if each.queued)
    for campaign, n in queued.items():
        await recipients.count(tx, person.account, campaign, {"QUEUED": -n, "SKIPPED": n})
    whom = {
        "account": person.account,
        "addresses": theirs,
        "campaigns": [each.campaign_id for each in found],
        "numbers": [each.number for each in found],
    }
    return {
        "campaignRecipients": len(found),
        "outboxMessages": await tx.run(SQL(OUTBOX).format(), **whom),
        "deliveryReports": await tx.run(
            SQL(REPORTS).format(addresses.among(Identifier("d", "address"))), **whom
        ),
        "inboundMessages": await tx.run(
            SQL(INBOUND).format(addresses.among(Identifier("i", "address"))), **whom
        ),
    }
