"""Pieces of SQL that ask of many addresses at once; `pads` has their values, beside `account`.

The account is compared in a sub-select, for the reason that `contacts.merging_sql` gives.
"""

from psycopg.sql import SQL, Composable, Composed


def suppressed(channel: Composable, address: Composable) -> Composed:
    """Tell, for each row of a statement, whether an address is suppressed. Null is not.

    `address` is a column with phone keys or lower-cased e-mail addresses, as `channel` needs.
    """
    return SQL(
        "EXISTS (SELECT FROM consents s WHERE s.account_id = (SELECT %(account)s::bigint)"
        " AND s.channel = {channel} AND s.status = 'UNSUBSCRIBED'"
        " AND s.address_hash ="
        "     address_hash(canonical_number({address}), %(inner_pad)s, %(outer_pad)s))"
    ).format(channel=channel, address=address)


def objection(channel: Composable, address: Composable) -> Composed:
    """Tell, for each row of a statement, why an address is not written to; null: it may be.

    `unsubscribed` where the person said so, else `suppressed`. `address` as for `suppressed`. Costs
    nothing where an account knows of nobody.
    """
    return SQL(
        "CASE WHEN (SELECT EXISTS (SELECT FROM consents WHERE account_id = %(account)s"
        "                           AND status = 'UNSUBSCRIBED'))"
        " THEN (SELECT CASE WHEN s.status <> 'UNSUBSCRIBED' THEN NULL"  # so: by the one index
        "                   WHEN s.source = 'PERSON' THEN 'unsubscribed' ELSE 'suppressed' END"
        "         FROM consents s WHERE s.account_id = (SELECT %(account)s::bigint)"
        "          AND s.channel = {channel}"
        "          AND s.address_hash ="
        "              address_hash(canonical_number({address}), %(inner_pad)s, %(outer_pad)s))"
        " END"
    ).format(channel=channel, address=address)


def erased(phone_key: Composable, email: Composable) -> Composed:
    """Tell, for each row of a statement, whether its number or address is an erased person's.

    An address that has been SUBSCRIBED since, on any channel, is so no longer.
    """
    return SQL(
        "EXISTS (SELECT FROM consents e WHERE e.account_id = (SELECT %(account)s::bigint)"
        " AND e.source = 'ERASURE' AND e.address_hash = ANY(ARRAY["
        "  address_hash({phone_key}, %(inner_pad)s, %(outer_pad)s),"
        "  address_hash({email}, %(inner_pad)s, %(outer_pad)s)])"
        " AND NOT EXISTS (SELECT FROM consents s WHERE s.account_id = e.account_id"
        "                  AND s.channel IN ('SMS', 'RCS', 'WHATSAPP', 'EMAIL', 'VOICE')"
        "                  AND s.address_hash = e.address_hash AND s.status = 'SUBSCRIBED')"
        " OFFSET 0)"  # keeps it a look-up for each
    ).format(phone_key=phone_key, email=email)


def known_since(phone_key: Composable, email: Composable, moment: Composable) -> Composed:
    """Tell, for each row of a statement, whether somebody opted in or out after a moment.

    Costs nothing where an account knows of nobody.
    """
    return SQL(
        "(EXISTS (SELECT FROM consents WHERE account_id = (SELECT %(account)s::bigint))"
        " AND EXISTS (SELECT FROM consents s WHERE s.account_id = (SELECT %(account)s::bigint)"
        "              AND s.channel IN ('SMS', 'RCS', 'WHATSAPP', 'EMAIL', 'VOICE')"
        "              AND s.address_hash = ANY(ARRAY["
        "             address_hash(canonical_number({phone_key}), %(inner_pad)s, %(outer_pad)s),"
        "             address_hash({email}, %(inner_pad)s, %(outer_pad)s)])"
        "              AND s.at > {moment}))"
    ).format(phone_key=phone_key, email=email, moment=moment)
