"""What providers and people say of messages: delivery reports and replies, in any order, any often.

A recipient's status follows from all that is known of its parts, and from nothing else: the same
reports in another order, or twice, lead to the same.
"""

from collections.abc import Collection, Sequence

import msgspec
import structlog

from rubrica import consents, contacts, emails, messages, phones
from rubrica.campaigns import recipients
from rubrica.consents import Address
from rubrica.db import Tx
from rubrica.errors import Refused
from rubrica.transports import Answer, Channel, Inbound, Report

EARLY = "10 minutes"
"""For how long a report waits for the message that it speaks of."""
LATE = "1 minute"
"""After how long a report of an unknown message may speak of one whose answer was lost."""
log = structlog.get_logger()


async def take_reports(tx: Tx, account: int, transport: int, reports: Sequence[Report]) -> None:
    """Keep reports, known or not, and write what they say of their recipients.

    Of somebody who was erased no address is kept.
    """
    if not reports:
        return
    ids = sorted({each.provider_id for each in reports})
    await _from_outbox(tx, account, transport, ids)
    await tx.run(
        """
        INSERT INTO delivery_reports (account_id, transport_id, provider_id, status, code, address,
                                      at, campaign_id, recipient)
        SELECT DISTINCT ON (t.provider_id, t.status)
               %(account)s, %(transport)s, t.provider_id, t.status, t.code,
               CASE WHEN r.number IS NULL OR r.address IS NOT NULL THEN t.address END, t.at,
               m.campaign_id, m.recipient
          FROM unnest(%(ids)s::text[], %(statuses)s::text[], %(codes)s::text[],
                      %(addresses)s::text[], %(moments)s::timestamptz[])
                 AS t (provider_id, status, code, address, at)
          LEFT JOIN campaign_messages m
            ON m.account_id = %(account)s AND m.transport_id = %(transport)s
           AND m.provider_id = t.provider_id
          LEFT JOIN campaign_recipients r
            ON r.account_id = m.account_id AND r.campaign_id = m.campaign_id
           AND r.number = m.recipient
         ORDER BY t.provider_id, t.status, t.at
        ON CONFLICT (account_id, transport_id, provider_id, status) DO NOTHING
        """,
        account=account,
        transport=transport,
        ids=[each.provider_id for each in reports],
        statuses=[each.status for each in reports],
        codes=[each.code for each in reports],
        addresses=[each.address for each in reports],
        moments=[each.at for each in reports],
    )
    await _apply(tx, account, transport, ids)
    wrong = sorted({each.provider_id for each in reports if each.address_is_invalid})
    if wrong:
        await _call_invalid(tx, account, await _addressees(tx, account, transport, wrong))


async def apply_early(tx: Tx, account: int, transport: int, answers: Sequence[Answer]) -> None:
    """Write what was reported of messages before the answer that named them was written."""
    ids = sorted({id for each in answers for id in each.provider_ids})
    if ids and await tx.run(
        """
        UPDATE delivery_reports d SET campaign_id = m.campaign_id, recipient = m.recipient
          FROM campaign_messages m
         WHERE d.account_id = %(account)s AND d.transport_id = %(transport)s
           AND d.provider_id = ANY(%(ids)s::text[]) AND d.campaign_id IS NULL
           AND m.account_id = d.account_id AND m.transport_id = d.transport_id
           AND m.provider_id = d.provider_id
        """,
        account=account,
        transport=transport,
        ids=ids,
    ):
        await _apply(tx, account, transport, ids)


class _Matched(msgspec.Struct, frozen=True):
    account_id: int
    transport_id: int
    provider_id: str


async def match_unknown(tx: Tx) -> None:
    """Give young reports of unknown messages to whom they speak of.

    That is the message of their id, written in the same moment; or, where the answer that would
    have told the id was lost, the one recipient at their address that is UNKNOWN.
    """
    found = await tx.all(
        _Matched,
        """
        UPDATE delivery_reports d SET campaign_id = m.campaign_id, recipient = m.recipient
          FROM campaign_messages m
         WHERE d.campaign_id IS NULL AND d.received_at > now() - %(early)s::interval
           AND m.account_id = d.account_id AND m.transport_id = d.transport_id
           AND m.provider_id = d.provider_id
        RETURNING d.account_id, d.transport_id, d.provider_id
        """,
        early=EARLY,
    )
    found += await tx.all(
        _Matched,
        """
        WITH lost AS (
            SELECT d.account_id, d.transport_id, d.provider_id, min(r.campaign_id) AS campaign_id,
                   min(r.number) AS number
              FROM delivery_reports d
              JOIN campaign_recipients r
                ON r.account_id = d.account_id AND r.address = d.address AND r.status = 'UNKNOWN'
               AND r.claimed_at < d.received_at
              JOIN campaigns c ON c.account_id = r.account_id AND c.id = r.campaign_id
               AND c.transport_id = d.transport_id
             WHERE d.campaign_id IS NULL AND d.received_at > now() - %(early)s::interval
               AND d.received_at < now() - %(late)s::interval
             GROUP BY d.account_id, d.transport_id, d.provider_id
            HAVING count(DISTINCT (r.campaign_id, r.number)) = 1
        ), named AS (
            INSERT INTO campaign_messages
                   (account_id, transport_id, provider_id, campaign_id, recipient)
            SELECT account_id, transport_id, provider_id, campaign_id, number FROM lost
            ON CONFLICT DO NOTHING
        )
        UPDATE delivery_reports d SET campaign_id = l.campaign_id, recipient = l.number
          FROM lost l
         WHERE d.account_id = l.account_id AND d.transport_id = l.transport_id
           AND d.provider_id = l.provider_id
        RETURNING d.account_id, d.transport_id, d.provider_id
        """,
        early=EARLY,
        late=LATE,
    )
    for account, transport in sorted({(each.account_id, each.transport_id) for each in found}):
        ids = {
            each.provider_id
            for each in found
            if (each.account_id, each.transport_id) == (account, transport)
        }
        await _apply(tx, account, transport, sorted(ids))


async def _from_outbox(tx: Tx, account: int, transport: int, ids: list[str]) -> None:
    """Know messages of the outbox by their ids, as if a provider had given them."""
    await tx.run(
        """
        INSERT INTO campaign_messages
               (account_id, transport_id, provider_id, campaign_id, recipient)
        SELECT account_id, transport_id, id::text, campaign_id, recipient FROM outbox_messages
         WHERE account_id = %(account)s AND transport_id = %(transport)s
           AND id = ANY(%(ids)s::bigint[])
         ORDER BY id
        ON CONFLICT DO NOTHING
        """,
        account=account,
        transport=transport,
        ids=[int(id) for id in ids if id.isascii() and id.isdigit() and len(id) <= 18],  # noqa: PLR2004
    )


class _Whom(msgspec.Struct, frozen=True):
    campaign_id: int
    recipient: int


class _Move(msgspec.Struct, frozen=True):
    campaign_id: int
    before: str
    status: str
    n: int


async def _apply(tx: Tx, account: int, transport: int, ids: list[str]) -> None:
    """Write what all reports of some messages say of their recipients."""
    whom = await tx.all(
        _Whom,
        """
        WITH held AS (
            SELECT m.provider_id, b.status, b.code, b.at
              FROM unnest(%(ids)s::text[]) AS i (provider_id)  -- looked up one by one
             CROSS JOIN LATERAL (
                   SELECT d.status, d.code, d.at FROM delivery_reports d
                    WHERE d.account_id = %(account)s AND d.transport_id = %(transport)s
                      AND d.provider_id = i.provider_id AND d.status <> 'SENT'
                    ORDER BY array_position(
                                 ARRAY['READ', 'DELIVERED', 'FAILED', 'EXPIRED'], d.status)
                    LIMIT 1) b
             CROSS JOIN LATERAL (
                   SELECT o.provider_id, o.status, o.code, o.at FROM campaign_messages o
                    WHERE o.account_id = %(account)s AND o.transport_id = %(transport)s
                      AND o.provider_id = i.provider_id
                      FOR UPDATE) m
             WHERE (m.status, m.code, m.at) IS DISTINCT FROM (b.status, b.code, b.at)
        )
        UPDATE campaign_messages m SET status = h.status, code = h.code, at = h.at
          FROM held h
         WHERE m.account_id = %(account)s AND m.transport_id = %(transport)s
           AND m.provider_id = ANY(%(ids)s::text[]) AND m.provider_id = h.provider_id
        RETURNING m.campaign_id, m.recipient
        """,
        account=account,
        transport=transport,
        ids=ids,
    )
    if not whom:
        return
    values = {
        "account": account,
        "campaigns": [each.campaign_id for each in whom],
        "numbers": [each.recipient for each in whom],
    }
    # Held before what is known of the other parts is read: two parts may be told of at a time.
    await tx.run(
        """
        SELECT FROM campaign_recipients r
         WHERE r.account_id = %(account)s
           AND (r.campaign_id, r.number) IN (
                   SELECT * FROM unnest(%(campaigns)s::bigint[], %(numbers)s::bigint[]))
         ORDER BY r.campaign_id, r.number
           FOR UPDATE
        """,
        **values,
    )
    moves = await tx.all(
        _Move,
        """
        WITH told AS (
            SELECT DISTINCT * FROM unnest(%(campaigns)s::bigint[], %(numbers)s::bigint[])
                                     AS t (campaign_id, number)
        ), known AS (
            SELECT r.campaign_id, r.number, r.status AS before,
                   p.n >= coalesce(r.parts, 1) AS whole, p.code, p.at,
                   CASE WHEN p.failed THEN 'FAILED' WHEN p.expired THEN 'EXPIRED'
                        WHEN NOT p.arrived OR p.n < coalesce(r.parts, 1) THEN 'SENT'
                        WHEN p.read THEN 'READ' ELSE 'DELIVERED' END AS status
              FROM told t
              JOIN campaign_recipients r ON r.account_id = %(account)s
               AND r.campaign_id = t.campaign_id AND r.number = t.number
             CROSS JOIN LATERAL (
                   SELECT count(*) AS n, bool_or(m.status = 'FAILED') AS failed,
                          bool_or(m.status = 'EXPIRED') AS expired,
                          bool_or(m.status = 'READ') AS read,
                          bool_and(m.status IS NOT NULL) AS arrived, max(m.at) AS at,
                          min(m.code) FILTER (WHERE m.status IN ('FAILED', 'EXPIRED')) AS code
                     FROM campaign_messages m
                    WHERE m.account_id = r.account_id AND m.campaign_id = r.campaign_id
                      AND m.recipient = r.number) p
             WHERE r.status <> 'SKIPPED'
        ), changing AS (
            SELECT * FROM known
             WHERE status <> before
               AND (whole OR (before = 'UNKNOWN' AND status IN ('FAILED', 'EXPIRED')))
        ), written AS (
            UPDATE campaign_recipients r
               SET status = c.status, status_at = coalesce(c.at, clock_timestamp()),
                   reason = CASE WHEN c.status IN ('FAILED', 'EXPIRED')
                                 THEN coalesce(c.code, 'undelivered') END,
                   sent_at = CASE WHEN c.status IN ('FAILED', 'EXPIRED') THEN r.sent_at
                                  ELSE coalesce(r.sent_at, r.claimed_at, clock_timestamp()) END
              FROM changing c
             WHERE r.account_id = %(account)s AND r.campaign_id = c.campaign_id
               AND r.number = c.number
        )
        SELECT campaign_id, before, status, count(*) AS n FROM changing
         GROUP BY campaign_id, before, status
        """,
        **values,
    )
    for each in moves:
        delta = {each.before: -each.n, each.status: each.n}
        await recipients.count(tx, account, each.campaign_id, delta)


async def take_inbound(
    tx: Tx, account: int, transport: int, channel: Channel, inbound: Sequence[Inbound]
) -> None:
    """Keep what people answered; who wants no more gets no more."""
    out: dict[Address, str] = {}
    for each in inbound:
        address = _written(channel, each.address)
        stop = messages.wants_out(each.text)
        await tx.run(
            """
            INSERT INTO inbound_messages (account_id, transport_id, channel, provider_id, address,
                                          recipient, text, unsubscribed, at)
            VALUES (%(account)s, %(transport)s, %(channel)s, %(id)s, %(address)s, %(recipient)s,
                    %(text)s, %(stop)s, %(at)s)
            ON CONFLICT DO NOTHING
            """,
            account=account,
            transport=transport,
            channel=channel,
            id=each.provider_id,
            address=address,
            recipient=each.recipient,
            text=each.text.replace("\0", ""),
            stop=stop,
            at=each.at,
        )
        if stop:
            out[Address(channel, _key(channel, address))] = each.text
    if out:
        await consents.suppress_all(tx, account, out.keys(), "PERSON", "replied STOP")


def _written(channel: Channel, address: str) -> str:
    """Return an address as contacts are written; what is none, such as a short code, stays."""
    try:
        if channel == "EMAIL":
            return emails.parse(address)
        digits = address.strip()
        international = digits if digits.startswith("+") else f"+{digits.removeprefix('00')}"
        return phones.parse(international, None).number
    except Refused:
        return address.strip()


def _key(channel: Channel, address: str) -> str:
    return address if channel == "EMAIL" else phones.canonical(address)


class _Addressee(msgspec.Struct, frozen=True):
    contact_id: int
    channel: Channel
    address: str


async def call_invalid(tx: Tx, account: int, campaign: int, answers: Sequence[Answer]) -> None:
    """Remember of contacts what a transport said of their addresses: that there is no such."""
    wrong = [each.key for each in answers if each.address_is_invalid]
    if wrong:
        found = await tx.all(
            _Addressee,
            "SELECT contact_id, channel, address FROM campaign_recipients"
            " WHERE account_id = %(account)s AND campaign_id = %(campaign)s"
            "   AND number = ANY(%(numbers)s::bigint[]) AND address IS NOT NULL",
            account=account,
            campaign=campaign,
            numbers=wrong,
        )
        await _call_invalid(tx, account, found)


async def _addressees(tx: Tx, account: int, transport: int, ids: list[str]) -> list[_Addressee]:
    return await tx.all(
        _Addressee,
        """
        SELECT r.contact_id, r.channel, r.address
          FROM campaign_messages m
          JOIN campaign_recipients r ON r.account_id = m.account_id
           AND r.campaign_id = m.campaign_id AND r.number = m.recipient
         WHERE m.account_id = %(account)s AND m.transport_id = %(transport)s
           AND m.provider_id = ANY(%(ids)s::text[]) AND r.address IS NOT NULL
        """,
        account=account,
        transport=transport,
        ids=ids,
    )


async def _call_invalid(tx: Tx, account: int, whom: Collection[_Addressee]) -> None:
    numbers = {each.contact_id: each.address for each in whom if each.channel != "EMAIL"}
    if numbers:
        await contacts.call_invalid(tx, account, numbers)
    mail = {Address("EMAIL", each.address) for each in whom if each.channel == "EMAIL"}
    if mail:
        await consents.suppress_all(tx, account, mail, "PROVIDER", "no such mailbox")
