"""Every statement on `idempotency_keys`: one function, one statement."""

import msgspec

from rubrica.db import Tx
from rubrica.idempotency.model import KEPT_HOURS, LEASE, Answer, Call, Known


async def find(tx: Tx, call: Call) -> Known | None:
    """Find what is known of a key, without waiting for anybody."""
    return await tx.one(
        Known,
        """
        SELECT fingerprint, held_until > clock_timestamp() AS held, done_at IS NOT NULL AS done,
               status, headers, body
          FROM idempotency_keys
         WHERE account_id = %(account)s AND key = %(key)s
           AND created_at > clock_timestamp() - make_interval(hours => %(hours)s)
        """,
        account=call.account,
        key=call.key,
        hours=KEPT_HOURS,
    )


async def claim(tx: Tx, call: Call) -> bool:
    """Become the holder of a key that is new, too old, or whose call died before it was done."""
    return bool(
        await tx.run(
            """
            INSERT INTO idempotency_keys AS k (account_id, key, fingerprint, holder, held_until)
            VALUES (%(account)s, %(key)s, %(fingerprint)s, %(holder)s,
                    clock_timestamp() + make_interval(secs => %(lease)s))
            ON CONFLICT (account_id, key) DO UPDATE
               SET fingerprint = excluded.fingerprint, holder = excluded.holder,
                   held_until = excluded.held_until, created_at = excluded.created_at,
                   done_at = NULL, status = NULL, headers = NULL, body = NULL
             WHERE k.created_at <= clock_timestamp() - make_interval(hours => %(hours)s)
                OR (k.done_at IS NULL AND k.held_until <= clock_timestamp())
            """,
            account=call.account,
            key=call.key,
            fingerprint=call.fingerprint,
            holder=call.holder,
            lease=LEASE,
            hours=KEPT_HOURS,
        )
    )


async def hold(tx: Tx, call: Call, seconds: float = LEASE) -> None:
    """Give a sign of life, good for so many seconds; none: the last."""
    await tx.run(
        """
        UPDATE idempotency_keys
           SET held_until = clock_timestamp() + make_interval(secs => %(seconds)s)
         WHERE account_id = %(account)s AND key = %(key)s AND holder = %(holder)s
        """,
        account=call.account,
        key=call.key,
        holder=call.holder,
        seconds=seconds,
    )


async def mark(tx: Tx, call: Call) -> bool:
    """Say that this transaction carries the call out; false: others have taken it over."""
    return bool(
        await tx.run(
            """
            UPDATE idempotency_keys SET done_at = clock_timestamp()
             WHERE account_id = %(account)s AND key = %(key)s AND holder = %(holder)s
               AND done_at IS NULL
            """,
            account=call.account,
            key=call.key,
            holder=call.holder,
        )
    )


async def keep(tx: Tx, call: Call, answer: Answer) -> None:
    """Keep the answer to a call."""
    await tx.run(
        """
        UPDATE idempotency_keys
           SET done_at = coalesce(done_at, clock_timestamp()), status = %(status)s,
               headers = %(headers)s::jsonb, body = %(body)s
         WHERE account_id = %(account)s AND key = %(key)s AND holder = %(holder)s
        """,
        account=call.account,
        key=call.key,
        holder=call.holder,
        status=answer.status,
        headers=msgspec.json.encode(answer.headers).decode(),
        body=answer.body,
    )


async def release(tx: Tx, call: Call) -> None:
    """Give back the key of a call that did nothing."""
    await tx.run(
        """
        DELETE FROM idempotency_keys
         WHERE account_id = %(account)s AND key = %(key)s AND holder = %(holder)s
           AND done_at IS NULL
        """,
        account=call.account,
        key=call.key,
        holder=call.holder,
    )


async def forget_answers(tx: Tx, account: int) -> int:
    """Forget an account's answers, but not that the calls were carried out; return how many.

    To be called last where values are erased: calls that were carried out before, and are not
    answered yet, lose their holder, so that their answers are not kept either.
    """
    return await tx.run(
        """
        UPDATE idempotency_keys
           SET holder = '', held_until = clock_timestamp(),
               status = NULL, headers = NULL, body = NULL
         WHERE account_id = %(account)s AND done_at IS NOT NULL AND holder <> ''
        """,
        account=account,
    )


async def forget_expired(tx: Tx) -> int:
    """Forget keys whose time is over, with their answers; return how many."""
    return await tx.run(
        "DELETE FROM idempotency_keys"
        " WHERE created_at <= clock_timestamp() - make_interval(hours => %(hours)s)",
        hours=KEPT_HOURS,
    )
