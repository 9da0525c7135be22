"""Delivery reports as what an export holds: a line for each recipient.

One of the few places where SQL is put together from parts: the columns that are wanted.
"""

from typing import ClassVar, Literal

from psycopg.sql import SQL, Composable, Identifier

from rubrica import exports
from rubrica.campaigns import moments, queries, recipients
from rubrica.campaigns.model import Moment, NoSuchCampaign
from rubrica.campaigns.moments import Which
from rubrica.contacts import Id
from rubrica.db import Tx
from rubrica.exports import Kind, Plan, Source, Wish, refusal

FIELDS: dict[str, Composable] = {
    "campaignId": SQL("r.campaign_id"),
    "campaignName": SQL("c.name"),
    "testOf": SQL("c.test_of"),
    "recipientId": SQL("r.number"),
    "contactId": SQL("r.contact_id"),
    "channel": SQL("r.channel"),
    "address": SQL("r.address"),
    "status": SQL(recipients.STATUS),
    "reason": SQL("r.reason"),
    "parts": SQL("r.parts"),
    "attempts": SQL("r.attempts"),
    "providerId": SQL("r.provider_id"),
    "claimedAt": exports.moment(SQL("r.claimed_at")),
    "sentAt": exports.moment(SQL("r.sent_at")),
    "statusAt": exports.moment(SQL("r.status_at")),
}
"""The columns; all are numbers and texts, in a cell and in JSON alike."""
SAFE: dict[str, Composable] = FIELDS | {
    "campaignName": exports.guarded(SQL("c.name")),
    "reason": exports.guarded(SQL("r.reason")),
    "providerId": exports.guarded(SQL("r.provider_id")),
    # A number stays as it is; an e-mail address may begin with anything.
    "address": SQL("CASE r.channel WHEN 'EMAIL' THEN {} ELSE r.address END").format(
        exports.guarded(SQL("r.address"))
    ),
}
"""The same, where people or providers chose what stands in them, and nothing is to be run."""


class DeliveryReportsExport(Wish, frozen=True, kw_only=True):
    """Which messages: those of a campaign, or all between two moments."""

    kind: ClassVar[Kind] = "DELIVERY_REPORTS"
    format: Literal["CSV", "XLSX", "JSONL"] = "CSV"
    campaign_id: Id | None = None
    start_date_time: Moment | None = None
    """Included. A message was when it was handed over (`claimedAt`); of whoever was not, when the
    audience was frozen."""
    end_date_time: Moment | None = None
    """Not included, so that one export begins where another ends."""


async def plan(tx: Tx, account: int, _country: str | None, wish: DeliveryReportsExport) -> Plan:
    """Read a wish; refuse it where it names no messages, two ways of naming them, or no column."""
    which = _which(account, wish)
    names = exports.chosen(wish.columns, list(FIELDS))
    if wish.campaign_id is not None and not await queries.by_id(tx, account, wish.campaign_id):
        raise NoSuchCampaign(f"There is no campaign {wish.campaign_id}.")
    cells = SAFE if wish.spreadsheet_safe else FIELDS
    return Plan(
        wish,
        names,
        cells=SQL(", ").join([cells[name] for name in names]),
        fields=SQL(", ").join(
            [SQL("{} AS {}").format(FIELDS[name], Identifier(name)) for name in names]
        ),
        rows=moments.rows(which),
        order=SQL("r.campaign_id, r.number"),
        values=moments.values(which),
    )


def _which(account: int, wish: DeliveryReportsExport) -> Which:
    start = moments.in_utc(wish.start_date_time, "startDateTime")
    end = moments.in_utc(wish.end_date_time, "endDateTime")
    if wish.campaign_id is not None:
        if start is not None or end is not None:
            field = "startDateTime" if start is not None else "endDateTime"
            raise refusal(field, f"Give campaignId or {field}, not both.")
        return Which(account, campaign=wish.campaign_id)
    if start is None and end is None:
        raise refusal("campaignId", "Give campaignId, or startDateTime and endDateTime.")
    if start is None or end is None:
        missing = "startDateTime" if start is None else "endDateTime"
        raise refusal(missing, f"{missing} is missing: give both startDateTime and endDateTime.")
    if start >= end:
        raise refusal("endDateTime", "endDateTime is not after startDateTime.")
    return Which(account, start=start, end=end)


SOURCE = Source(DeliveryReportsExport, plan)
