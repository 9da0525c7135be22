"""Campaigns that went out, as if long ago."""

from datetime import datetime, timedelta

import msgspec


async def a_campaign(tx, account, at, *, name="Spring", mode="SMS", timezone="UTC", test_of=None):
    """Write a campaign that went out at a moment and for a year on; return its id."""
    began = datetime.fromisoformat(at)
    return await tx.value(
        "INSERT INTO campaigns (account_id, name, sending_mode, timezone, status, transport_id,"
        " test_of, created_by, confirmed_at, started_at, frozen_at, finished_at)"
        " VALUES (%(account)s, %(name)s, %(mode)s, %(timezone)s, 'COMPLETED', 1, %(test_of)s, 'x',"
        " %(at)s, %(at)s, %(at)s, %(end)s) RETURNING id",
        account=account,
        name=name,
        mode=mode,
        timezone=timezone,
        test_of=test_of,
        at=began,
        end=began + timedelta(days=365),
    )


async def recipients(tx, account, campaign, *rows):
    """Write recipients: each a status, a moment, and what else is known of it."""
    for number, (status, at, known) in enumerate(rows, 1):
        moment = datetime.fromisoformat(at)
        skipped = status == "SKIPPED"
        taken = status in ("SENT", "DELIVERED", "READ", "EXPIRED")
        row = {
            "account_id": account,
            "campaign_id": campaign,
            "number": number,
            "contact_id": 1000 + number,
            "channel": "SMS",
            "address": f"+3934712345{number:02}",
            "status": status,
            "reason": "unsubscribed" if skipped else "refused" if status == "FAILED" else None,
            "parts": 1 if taken else None,
            "claimed_at": None if status in ("QUEUED", "SKIPPED") else moment,
            "sent_at": moment if taken else None,
            "status_at": moment,
        } | known
        await tx.run(
            "INSERT INTO campaign_recipients SELECT (jsonb_populate_record("
            "NULL::campaign_recipients, '{\"attempts\": 1}' || %(row)s::jsonb)).*",
            row=msgspec.json.encode(row).decode(),
        )
