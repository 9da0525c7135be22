"""What became of messages, written by set: answers of transports, and what the outbox takes."""

from collections.abc import Sequence
from typing import Any

from rubrica.campaigns import recipients
from rubrica.db import Tx
from rubrica.transports import Answer, Message

MOST_ATTEMPTS = 60
"""How often somebody is tried who is always told to come later: for about eight hours."""
STATUS = {"ACCEPTED": "SENT", "REFUSED": "FAILED", "LATER": "QUEUED", "UNKNOWN": "UNKNOWN"}


async def record(
    tx: Tx,
    account: int,
    campaign: int,
    transport: int,
    answers: Sequence[Answer],
    parts: dict[int, int | None],
) -> int:
    """Write what a transport answered; return how many are to be tried again.

    Who was taken for lost meanwhile is so no longer, where the answer came after all. `parts` tells
    how many messages each recipient's text is.
    """
    if not answers:
        return 0
    before = await tx.all(
        _moved,
        """
        WITH told AS (
            SELECT * FROM unnest(%(numbers)s::bigint[], %(statuses)s::text[], %(reasons)s::text[],
                                 %(parts)s::smallint[], %(ids)s::text[])
                       AS t (number, status, reason, parts, provider_id)
        ), held AS (
            SELECT r.number, r.status AS before,
                   CASE WHEN t.status = 'QUEUED' AND r.attempts + 1 >= %(most)s THEN 'FAILED'
                        ELSE t.status END AS status,
                   t.reason, t.parts, t.provider_id
              FROM told t
              JOIN campaign_recipients r
                ON r.account_id = %(account)s AND r.campaign_id = %(campaign)s
               AND r.number = t.number AND r.number BETWEEN %(first)s AND %(last)s
               AND r.status IN ('SENDING', 'UNKNOWN')
               FOR UPDATE OF r
        ), written AS (
            UPDATE campaign_recipients r
               SET status = h.status, reason = h.reason, parts = h.parts,
                   provider_id = h.provider_id, attempts = r.attempts + 1,
                   status_at = clock_timestamp(),
                   sent_at = CASE h.status WHEN 'SENT' THEN clock_timestamp() END
              FROM held h
             WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
               AND r.number = h.number AND r.number BETWEEN %(first)s AND %(last)s
        )
        SELECT before, status, count(*) AS n FROM held GROUP BY before, status
        """,
        account=account,
        campaign=campaign,
        most=MOST_ATTEMPTS,
        first=min(each.key for each in answers),
        last=max(each.key for each in answers),
        numbers=[each.key for each in answers],
        statuses=[STATUS[each.outcome] for each in answers],
        reasons=[_reason(each) for each in answers],
        parts=[parts[each.key] for each in answers],
        ids=[each.provider_ids[0] if each.provider_ids else None for each in answers],
    )
    await recipients.count(tx, account, campaign, _delta(before))
    taken = [(each.key, id) for each in answers for id in each.provider_ids]
    if taken:
        await _name(tx, account, campaign, transport, taken)
    return sum(n for _, status, n in before if status == "QUEUED")


def _moved(before: str, status: str, n: int) -> tuple[str, str, int]:
    return before, status, n


def _delta(moved: list[tuple[str, str, int]]) -> dict[str, int]:
    delta: dict[str, int] = {}
    for before, status, n in moved:
        delta[before] = delta.get(before, 0) - n
        delta[status] = delta.get(status, 0) + n
    return delta


def _reason(answer: Answer) -> str | None:
    if answer.outcome == "ACCEPTED":
        return None
    if answer.outcome == "UNKNOWN":
        return answer.code or "no_answer"
    return answer.code or "refused"


async def _name(
    tx: Tx, account: int, campaign: int, transport: int, taken: list[tuple[int, str]]
) -> None:
    """Remember what the provider calls each part; a name that it gives again is the newer's."""
    await tx.run(
        """
        INSERT INTO campaign_messages
               (account_id, transport_id, provider_id, campaign_id, recipient)
        SELECT DISTINCT ON (t.provider_id)
               %(account)s, %(transport)s, t.provider_id, %(campaign)s, t.number
          FROM unnest(%(numbers)s::bigint[], %(ids)s::text[]) AS t (number, provider_id)
         ORDER BY t.provider_id
        ON CONFLICT (account_id, transport_id, provider_id) DO UPDATE
           SET campaign_id = excluded.campaign_id, recipient = excluded.recipient, status = NULL,
               code = NULL, at = NULL
         WHERE (campaign_messages.campaign_id, campaign_messages.recipient)
               <> (excluded.campaign_id, excluded.recipient)
        """,
        account=account,
        campaign=campaign,
        transport=transport,
        numbers=[number for number, _ in taken],
        ids=[id for _, id in taken],
    )


async def put_out(
    tx: Tx,
    account: int,
    campaign: int,
    transport: int,
    messages: Sequence[Message],
    parts: dict[int, int | None],
) -> None:
    """Put messages into the outbox, which takes them all, and their recipients to SENT.

    Of somebody who was erased meanwhile no message is kept.
    """
    if not messages:
        return
    sent = await tx.all(
        _sent,
        """
        WITH taken AS (
            INSERT INTO outbox_messages (account_id, transport_id, campaign_id, recipient, channel,
                                         address, sender, subject, body, html_body, unsubscribe_url)
            SELECT %(account)s, %(transport)s, %(campaign)s, m.*
              FROM unnest(%(numbers)s::bigint[], %(channels)s::text[], %(addresses)s::text[],
                          %(senders)s::text[], %(subjects)s::text[], %(texts)s::text[],
                          %(htmls)s::text[], %(urls)s::text[]) AS m
            RETURNING id, recipient, at
        ), told AS (
            SELECT * FROM unnest(%(numbers)s::bigint[], %(parts)s::smallint[]) AS t (number, parts)
        )
        UPDATE campaign_recipients r
           SET status = 'SENT', reason = NULL, parts = told.parts, provider_id = taken.id::text,
               attempts = r.attempts + 1, sent_at = taken.at, status_at = taken.at
          FROM taken JOIN told ON told.number = taken.recipient
         WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
           AND r.number = taken.recipient AND r.status = 'SENDING'
           AND r.number BETWEEN %(first)s AND %(last)s
        RETURNING r.number, r.address IS NULL AS erased
        """,
        account=account,
        campaign=campaign,
        transport=transport,
        first=min(each.key for each in messages),
        last=max(each.key for each in messages),
        parts=[parts[each.key] for each in messages],
        **_columns(messages),
    )
    erased = [number for number, gone in sent if gone]
    if erased:
        await tx.run(
            "DELETE FROM outbox_messages WHERE account_id = %(account)s"
            " AND campaign_id = %(campaign)s AND recipient = ANY(%(numbers)s::bigint[])",
            account=account,
            campaign=campaign,
            numbers=erased,
        )
    await recipients.count(tx, account, campaign, {"SENDING": -len(sent), "SENT": len(sent)})


def _sent(number: int, *, erased: bool) -> tuple[int, bool]:
    return number, erased


def _columns(messages: Sequence[Message]) -> dict[str, list[Any]]:
    return {
        "numbers": [each.key for each in messages],
        "channels": [each.channel for each in messages],
        "addresses": [each.address for each in messages],
        "senders": [each.sender for each in messages],
        "subjects": [each.subject for each in messages],
        "texts": [each.text for each in messages],
        "htmls": [each.html for each in messages],
        "urls": [each.unsubscribe_url for each in messages],
    }
