"""The loader and the batch call, against a model that applies one row after the other."""

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from rubrica.accounts import service as accounts
from rubrica.accounts.model import KeyWish
from tests.imports.model import (
    BAD,
    VALUES,
    Book,
    Refused,
    Rules,
)
from tests.imports.worlds import (
    EXAMPLES,
    HELD,
    IDENTITIES,
    TRAPS,
    an_account,
    an_upload,
    carry_out,
    check_ledger,
    chunks,
    compare,
    contents,
    counts,
    erase,
    erased_people,
    expected,
    good,
    identity,
    scenarios,
    store,
    stored_contacts,
    the_file,
    unhurried,
)


@pytest.fixture(scope="module")
def run_import(database, stored_in):
    storage = stored_in[1]

    async def run(rules, people, rows, chunk, *, rehearse=False, deaths=()):
        account, made = await an_account(database)
        await store(database, account, made, people)
        await erase(database, account, rules.erased)
        ids = {f"#{n}": p.id for n, p in enumerate(people)} | {"none": 10**15}
        book, wanted = expected(rules, people, rows)
        content = the_file(rules, rows, ids)
        upload = await an_upload(database, storage, account, content, len(rules.lines))
        go = (database, storage, account, made, upload, rules)
        if rehearse:
            before = await contents(database, account, made)
            done, ledger = await carry_out(*go, chunk, dry_run=True)
            check_ledger(done, ledger, wanted)
            assert await contents(database, account, made) == before
        done, ledger = await carry_out(*go, chunk, deaths=deaths)
        check_ledger(done, ledger, wanted)
        found = await contents(database, account, made)
        compare(found, book)
        for line, (*_, person) in zip(ledger, wanted, strict=True):
            assert line.contact_id == (person and found[identity(person)].id)

    return run


@pytest.mark.parametrize("chunk", [1, 2, 100])
@pytest.mark.parametrize("trap", TRAPS)
async def test_an_import_falls_into_no_known_trap(run_import, trap, chunk):
    rules, people, rows = TRAPS[trap]
    book = Book([])
    await run_import(rules, [book.new(values) for values in people], rows, chunk)


@unhurried
@given(scenario=scenarios(), chunk=chunks)
async def test_an_import_gives_what_one_row_after_the_other_gives(run_import, scenario, chunk):
    note(f"{scenario} in chunks of {chunk}")
    await run_import(*scenario, chunk)


@unhurried
@given(scenario=scenarios(), chunk=chunks, deaths=st.sets(st.integers(0, 9), max_size=4))
async def test_a_killed_import_gives_what_one_row_after_the_other_gives(
    run_import, scenario, chunk, deaths
):
    note(f"{scenario} in chunks of {chunk}, killed at {deaths}")
    await run_import(*scenario, chunk, deaths=deaths)


@settings(unhurried, max_examples=EXAMPLES // 2)
@given(scenario=scenarios(), chunk=chunks)
async def test_a_dry_run_foretells_the_import_and_changes_nothing(run_import, scenario, chunk):
    note(f"{scenario} in chunks of {chunk}")
    await run_import(*scenario, chunk, rehearse=True)


@st.composite
def bodies(draw):
    """Draw a contact as a client writes it, and the values that it means, or its refusal."""
    body, values, refusal = {}, {}, None
    for name, codes in (("phoneNumber", "invalid_phone"), ("email", "invalid_email")):
        if draw(st.booleans()):
            body[name] = draw(st.sampled_from([*VALUES[name]]))
            values[name] = VALUES[name][body[name]]
            if values[name] is BAD:
                refusal = refusal or codes
    for name in draw(st.lists(st.sampled_from(HELD), max_size=4, unique=True)):
        value = draw(st.sampled_from([None, *good(name)]))
        if name in ("isTest", "isValid") and value is None:
            continue
        if name in ("tags", "communicationSupported"):
            value = value or []
        values[name] = value
        outer, _, key = name.partition(".")
        if key:
            body.setdefault(outer, {})[key] = value
        else:
            body[name] = value
    return body, values, refusal or (None if {*IDENTITIES} & values.keys() else "no_identity")


@unhurried
@given(
    drawn=st.lists(bodies(), min_size=1, max_size=12),
    people=stored_contacts(),
    mode=st.sampled_from(["CREATE_UPDATE", "CREATE", "UPDATE"]),
    erased=erased_people,
)
async def test_a_batch_gives_what_one_contact_after_the_other_gives(
    client, database, drawn, people, mode, erased
):
    account, made = await an_account(database)
    await store(database, account, made, people)
    await erase(database, account, erased)
    async with database.transaction() as tx:
        wish = KeyWish(name="key", scopes=["admin"], rate_limit=None)
        key = (await accounts.create_key(tx, account, wish)).key
    names = {name for _, values, refusal in drawn if not refusal for name in values}
    rules = Rules(lines=[(name, "OVERWRITE") for name in names], mode=mode, erased=erased)
    book = Book(people)
    wanted = []
    for _, values, refusal in drawn:
        if refusal:
            wanted.append((None, "REJECTED", refusal, None))
            continue
        try:
            wanted.append((None, *book.write(values, rules)))
        except Refused as error:
            wanted.append((None, "REJECTED", str(error), None))

    answer = await client.post(
        "/contacts/batch",
        json={"contacts": [body for body, _, _ in drawn], "mode": mode},
        headers={"X-API-Key": key},
    )

    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [(r["outcome"], r["code"]) for r in results] == [line[1:3] for line in wanted]
    assert answer.json()["summary"] == counts(wanted)
    found = await contents(database, account, made)
    compare(found, book)
    for result, (*_, person) in zip(results, wanted, strict=True):
        assert result["contactId"] == (person and found[identity(person)].id)
