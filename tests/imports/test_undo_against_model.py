"""Undo: whatever an import did, afterwards the account holds what it held before."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from rubrica.imports import changes, queries, undoing
from tests.imports.model import Book
from tests.imports.worlds import (
    TRAPS,
    Mortal,
    an_account,
    an_upload,
    carry_out,
    chunks,
    erase,
    scenarios,
    store,
    the_file,
    till_the_end,
    unhurried,
)


async def everything(db, account):
    """Return all that an account holds, moments of change and deltas aside."""
    async with db.read() as tx:
        return {
            "contacts": await tx.all(
                dict,
                """
                SELECT to_jsonb(c) - 'updated_at' - 'restored_at' - 'restored_version' AS c
                  FROM contacts c WHERE account_id = %(account)s ORDER BY id
                """,
                account=account,
            ),
            "members": await tx.all(
                dict,
                "SELECT list_id, contact_id FROM list_members WHERE account_id = %(account)s"
                " ORDER BY 1, 2",
                account=account,
            ),
            "lists": await tx.all(
                dict,
                "SELECT l.*, (SELECT coalesce(sum(delta), 0) FROM list_count_deltas d"
                "              WHERE d.account_id = l.account_id AND d.list_id = l.id) AS members"
                "  FROM lists l WHERE account_id = %(account)s ORDER BY id",
                account=account,
            ),
            "fields": await tx.all(
                dict,
                "SELECT * FROM contact_fields WHERE account_id = %(account)s ORDER BY key",
                account=account,
            ),
            "total": await tx.value(
                "SELECT coalesce(sum(delta), 0) FROM contact_count_deltas"
                " WHERE account_id = %(account)s",
                account=account,
            ),
        }


async def take_back(db, account, id, deaths):
    async with db.transaction() as tx:
        assert await changes.begin_undo(tx, account, id)
    mortal = Mortal(db, deaths)
    await till_the_end(lambda: undoing.undo(mortal, account, id))
    async with db.read() as tx:
        done = await queries.by_id(tx, account, id)
    assert done.status == "REVERTED"
    return done


@pytest.fixture(scope="module")
def import_and_undo(database, stored_in):
    async def import_and_undo(rules, people, rows, chunk, times=1, deaths=()):
        account, made = await an_account(database)
        await store(database, account, made, people)
        await erase(database, account, rules.erased)
        ids = {f"#{n}": person.id for n, person in enumerate(people)} | {"none": 10**15}
        before = [await everything(database, account)]
        imports = []
        for number in range(times):
            upload = await an_upload(
                database, stored_in[1], account, the_file(rules, rows, ids), len(rules.lines),
                number,
            )  # fmt: skip
            done, ledger = await carry_out(
                database, stored_in[1], account, made, upload, rules, chunk, deaths=deaths
            )
            imports.append((done, ledger))
            before.append(await everything(database, account))
        for done, ledger in reversed(imports):
            undone = await take_back(database, account, done.id, deaths)
            before.pop()
            assert await everything(database, account) == before[-1]
            assert (undone.undo.kept_because_edited, undone.undo.failed) == (0, 0)
            outcomes = [line.outcome for line in ledger]
            wrote = sum(outcome in ("CREATED", "UPDATED", "DUPLICATE") for outcome in outcomes)
            assert outcomes.count("CREATED") <= undone.undo.reverted <= wrote

    return import_and_undo


@unhurried
@given(scenario=scenarios(), chunk=chunks)
async def test_an_undo_gives_back_what_was_there(import_and_undo, scenario, chunk):
    note(f"{scenario} in chunks of {chunk}")
    await import_and_undo(*scenario, chunk)


@pytest.mark.parametrize("chunk", [1, 2, 100])
@pytest.mark.parametrize("trap", TRAPS)
async def test_an_undo_falls_into_no_known_trap(import_and_undo, trap, chunk):
    rules, people, rows = TRAPS[trap]
    book = Book([])
    await import_and_undo(rules, [book.new(values) for values in people], rows, chunk)


@unhurried
@given(scenario=scenarios(), chunk=chunks)
async def test_undoing_the_later_first_leads_back_to_the_beginning(
    import_and_undo, scenario, chunk
):
    note(f"{scenario} in chunks of {chunk}")
    await import_and_undo(*scenario, chunk, times=3)


@unhurried
@given(scenario=scenarios(), chunk=chunks, deaths=st.sets(st.integers(0, 9), max_size=4))
async def test_kills_change_nothing_of_an_import_or_its_undo(
    import_and_undo, scenario, chunk, deaths
):
    note(f"{scenario} in chunks of {chunk}, killed at {deaths}")
    await import_and_undo(*scenario, chunk, deaths=deaths)
