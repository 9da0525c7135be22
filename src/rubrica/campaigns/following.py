"""Recipients that follow a contact into the one that it is merged with."""

from collections import Counter

import msgspec

from rubrica.campaigns import recipients
from rubrica.db import Tx


class _Followed(msgspec.Struct, frozen=True):
    campaign_id: int
    doubled: bool


async def follow(tx: Tx, account: int, survivor: int, gone: int) -> None:
    """Make the recipients of a contact that goes those of the survivor.

    Who is queued is judged when it is claimed, by the survivor. Of two that a campaign has for one
    address nobody is sent to twice: where both are queued the later is skipped, and where one has
    been sent to, the other.
    """
    found = await tx.all(
        _Followed,
        """
        WITH held AS MATERIALIZED (
            SELECT r.campaign_id, r.number, r.contact_id, r.status,
                   canonical_number(r.address) AS address
              FROM campaign_recipients r
             WHERE r.account_id = %(account)s
               AND r.contact_id = ANY(ARRAY[%(survivor)s, %(gone)s]::bigint[])
             ORDER BY r.campaign_id, r.number
               FOR UPDATE
        ), followed AS (
            SELECT h.campaign_id, h.number, h.contact_id,
                   h.status = 'QUEUED' AND EXISTS (
                       SELECT FROM held o
                        WHERE o.campaign_id = h.campaign_id AND o.number <> h.number
                          AND o.address = h.address
                          AND CASE o.status WHEN 'QUEUED' THEN o.number < h.number
                                            ELSE o.status NOT IN ('SKIPPED', 'FAILED', 'EXPIRED')
                                            END) AS doubled
              FROM held h
        ), written AS (
            UPDATE campaign_recipients r
               SET contact_id = %(survivor)s,
                   status = CASE WHEN f.doubled THEN 'SKIPPED' ELSE r.status END,
                   reason = CASE WHEN f.doubled THEN 'duplicate' ELSE r.reason END,
                   status_at = CASE WHEN f.doubled THEN clock_timestamp() ELSE r.status_at END
              FROM followed f
             WHERE r.account_id = %(account)s AND r.campaign_id = f.campaign_id
               AND r.number = f.number AND (f.doubled OR f.contact_id = %(gone)s)
        )
        SELECT campaign_id, doubled FROM followed
        """,
        account=account,
        survivor=survivor,
        gone=gone,
    )
    doubled = Counter(each.campaign_id for each in found if each.doubled)
    for campaign, n in doubled.items():
        await recipients.count(tx, account, campaign, {"QUEUED": -n, "SKIPPED": n})
