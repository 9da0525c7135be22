"""Who is in a campaign's audience, and why the others are not.

One of the few places where SQL is put together from parts. The preflight, the confirmation and the
freezing count and write what one and the same statement finds (`FOUND`), and whoever claims a batch
judges by the same `judged`.
"""

from typing import Any, NamedTuple

from psycopg.sql import SQL, Composable, Composed, Literal

from rubrica import consents, contacts
from rubrica.campaigns.model import EXCLUSIONS, CampaignGoal, Goal, ListGoal, SendingMode
from rubrica.contacts import ContactFilter
from rubrica.db import Tx

# Of old Mexican and Brazilian writings the number that has taken their place; an Argentinian one as
# it is written.
NUMBER = SQL(
    "CASE WHEN starts_with(c.phone_number, '+54') THEN c.phone_number"
    " ELSE canonical_number(c.phone_number) END"
)
EMAIL = SQL("c.email")
FOUND = SQL("""
    WITH found AS (
        SELECT c.id, {address} AS address, {key} AS key, {reason} AS reason
          FROM contacts c
         WHERE {where}
           AND c.id IN (SELECT m.contact_id FROM list_members m
                         WHERE m.account_id = %(account)s
                           AND m.list_id = ANY(%(list_ids)s::bigint[]))
           AND NOT EXISTS (SELECT FROM list_members x
                            WHERE x.account_id = c.account_id AND x.contact_id = c.id
                              AND x.list_id = ANY(%(exclude_list_ids)s::bigint[]))
    ), audience AS (
        SELECT id, address, CASE
                   WHEN reason IS NOT NULL THEN reason
                   WHEN row_number() OVER (PARTITION BY key, reason IS NULL ORDER BY id) > 1
                       THEN 'duplicate' END AS reason
          FROM found
    )
""")
COUNT = SQL("""
    SELECT NULL::bigint AS list_id, reason, count(*) AS people FROM audience GROUP BY reason
     UNION ALL
    SELECT m.list_id, a.reason, count(*)
      FROM audience a
      JOIN list_members m ON m.account_id = %(account)s AND m.contact_id = a.id
       AND m.list_id = ANY(%(list_ids)s::bigint[])
     GROUP BY m.list_id, a.reason
     UNION ALL
    SELECT m.list_id, 'members', count(*)
      FROM list_members m
     WHERE m.account_id = %(account)s AND m.list_id = ANY(%(list_ids)s::bigint[])
     GROUP BY m.list_id
""")
FREEZE = SQL("""
    INSERT INTO campaign_recipients
           (account_id, campaign_id, number, contact_id, channel, address, status, reason,
            status_at)
    SELECT %(account)s, %(campaign)s, row_number() OVER (ORDER BY reason IS NOT NULL, id), id,
           %(channel)s, address, CASE WHEN reason IS NULL THEN 'QUEUED' ELSE 'SKIPPED' END, reason,
           now()
      FROM audience
""")


class Target(NamedTuple):
    """Whom a campaign means: lists, without others, through a filter, by a channel."""

    channel: SendingMode
    list_ids: list[int]
    exclude_list_ids: list[int]
    filter: ContactFilter | None


def address(channel: SendingMode) -> Composable:
    """Return what is written to, of a contact `c`: E.164, or an e-mail address."""
    return EMAIL if channel == "EMAIL" else NUMBER


def key(channel: SendingMode) -> Composable:
    """Return what an address is known by, of a contact `c`: one telephone has one key."""
    return EMAIL if channel == "EMAIL" else SQL("canonical_number(c.phone_key)")


def judged(channel: SendingMode) -> Composed:
    """Tell, of a contact `c`, why it is not written to; null: it is. `pads` has its values."""
    # What isValid tells of a contact with a number is its number's validity.
    invalid = "NOT c.is_valid" + (" AND c.phone_number IS NULL" if channel == "EMAIL" else "")
    return SQL(
        "CASE WHEN {address} IS NULL THEN 'no_address' WHEN {invalid} THEN 'invalid'"
        " WHEN NOT {channel} = ANY(c.channels) THEN 'unsupported' ELSE {objection} END"
    ).format(
        address=address(channel),
        invalid=SQL(invalid),  # pyright: ignore[reportArgumentType] - made of literals
        channel=Literal(channel),
        objection=consents.objection(Literal(channel), key(channel)),
    )


async def goal(
    tx: Tx, account: int, country: str | None, target: Target, names: dict[int, str]
) -> CampaignGoal:
    """Count whom a campaign would reach now, in all and by each list; `names` are the lists'."""
    sql, values = await _found(tx, account, country, target)
    rows = await tx.all(_row, SQL("{} {}").format(sql, COUNT), **values)
    members = {id: n for id, reason, n in rows if reason == "members" and id is not None}

    def counted(list_id: int | None, members: int) -> Goal:
        mine = {reason: n for id, reason, n in rows if id == list_id and reason != "members"}
        return Goal(
            members=members,
            people=sum(mine.values()),
            reachable=mine.get(None, 0),
            excluded={reason: mine.get(reason, 0) for reason in EXCLUSIONS},
        )

    whole = counted(None, sum(members.values()))
    return CampaignGoal(
        members=whole.members,
        people=whole.people,
        reachable=whole.reachable,
        excluded=whole.excluded,
        lists=[_of_list(id, names[id], counted(id, members.get(id, 0))) for id in target.list_ids],
    )


async def freeze(tx: Tx, account: int, country: str | None, campaign: int, target: Target) -> int:
    """Write the audience as it is now, in one statement; return how many people there are."""
    sql, values = await _found(tx, account, country, target)
    return await tx.run(
        SQL("{} {}").format(sql, FREEZE), campaign=campaign, channel=target.channel, **values
    )


async def _found(
    tx: Tx, account: int, country: str | None, target: Target
) -> tuple[Composed, dict[str, Any]]:
    filter = target.filter or ContactFilter()
    where = contacts.condition(filter, await contacts.reading(tx, account, country))
    sql = FOUND.format(
        address=address(target.channel),
        key=key(target.channel),
        reason=judged(target.channel),
        where=where.sql,
    )
    values = where.values | consents.pads(account)
    return sql, values | {
        "list_ids": target.list_ids,
        "exclude_list_ids": target.exclude_list_ids,
    }


def _row(list_id: int | None, reason: Any, people: int) -> tuple[int | None, Any, int]:
    return list_id, reason, people


def _of_list(id: int, name: str, goal: Goal) -> ListGoal:
    return ListGoal(
        id=id,
        name=name,
        members=goal.members,
        people=goal.people,
        reachable=goal.reachable,
        excluded=goal.excluded,
    )
