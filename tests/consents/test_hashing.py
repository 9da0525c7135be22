"""The hash of an address is the same, be it made here or in SQL, one by one or by the million."""

import hashlib
import hmac

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from rubrica import consents
from rubrica.accounts import service as accounts
from rubrica.consents import hashing

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
OF_ONE = "SELECT address_hash(%(address)s::text, %(inner_pad)s, %(outer_pad)s)"


@pytest.fixture(autouse=True)
def told():
    consents.use_secret(lambda: "secret")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(account=st.integers(1, 2**63 - 1), address=TEXT)
async def test_sql_and_python_agree(tx, account, address):
    found = await tx.value(OF_ONE, address=address, **consents.pads(account))
    assert bytes(found) == hashing.hashed(account, address)


async def test_it_is_an_hmac_of_a_key_that_the_secret_and_the_account_give():
    key = hmac.digest(b"secret", b"rubrica.consents.7", "sha256")
    assert hashing.hashed(7, "+39347") == hmac.new(key, b"+39347", hashlib.sha256).digest()


async def test_no_address_has_no_hash(tx):
    assert await tx.value(OF_ONE, address=None, **consents.pads(1)) is None


async def test_another_account_or_secret_gives_another_hash():
    mine = hashing.hashed(1, "a@example.com")
    assert hashing.hashed(2, "a@example.com") != mine
    consents.use_secret(lambda: "another")
    assert hashing.hashed(1, "a@example.com") != mine


async def test_addresses_of_another_secret_are_noticed(tx):
    account = await accounts.create_account(tx, "acme", None)
    await consents.unsubscribe(tx, account, "SMS", "+393471234567", "PERSON")
    assert await consents.hashed_otherwise(tx) == []
    consents.use_secret(lambda: "another")
    assert await consents.hashed_otherwise(tx) == [account]
    # An erased address cannot tell.
    consents.use_secret(lambda: "secret")
    await consents.erase(tx, account, "+393471234567", None)
    consents.use_secret(lambda: "another")
    assert await consents.hashed_otherwise(tx) == []


async def test_many_addresses_are_looked_up_in_the_index(tx):
    """A join of a campaign: the function is inlined, and nothing is scanned for each row."""
    await tx.run(
        "INSERT INTO consents (account_id, channel, address_hash, address, status, source, at)"
        " SELECT 1, 'SMS', address_hash(a, %(inner_pad)s, %(outer_pad)s), a, 'UNSUBSCRIBED',"
        "        'API', now() FROM (SELECT 'n' || n FROM generate_series(1, 3000) n) AS t (a)",
        **consents.pads(1),
    )
    await tx.run("ANALYZE consents")
    condition = consents.suppressed(SQL("'SMS'"), Identifier("a", "address"))
    sql = SQL(
        "SELECT count(*) FROM (SELECT 'n' || n AS address FROM generate_series(2991, 3100) n) a"
        " WHERE {}"
    ).format(condition)
    assert await tx.value(sql, account=1, **consents.pads(1)) == 10
    assert await tx.value(sql, account=2, **consents.pads(2)) == 0
    plan = await tx.column(SQL("EXPLAIN (VERBOSE) {}").format(sql), account=1, **consents.pads(1))
    assert "address_hash(" not in "\n".join(plan).replace("s.address_hash", "")
