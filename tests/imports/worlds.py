"""Accounts drawn at random, and files for them: what the tests against the model work on."""

import csv
import io
import itertools
import json
import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rubrica import consents, contacts, lists
from rubrica.accounts import service as accounts
from rubrica.db import Database
from rubrica.formats import Reading, Wishes
from rubrica.imports import jobs, loading, queries, service, uploads
from rubrica.imports import ledger as import_ledger
from rubrica.imports.model import Analysis, Confirmation, LedgerQuery, MappingLine, Upload
from rubrica.imports.suggesting import Suggestion
from rubrica.lists import queries as list_queries
from tests.imports.model import (
    ADDRESSES,
    BAD,
    COUNTRIES,
    IT_1,
    IT_2,
    NUMBERS,
    TYPES,
    VALUES,
    Book,
    Contact,
    Refused,
    Rules,
)

TEXTS = {
    "external_id": "externalId", "phone_number": "phoneNumber", "email": "email",
    "first_name": "firstName", "last_name": "lastName", "gender": "gender",
    "birth_date": "birthDate", "company": "company", "notes": "notes",
}  # fmt: skip
FIELDS = {"city": "TEXT", "score": "NUMBER"}
IDENTITIES = ["phoneNumber", "email"]
serial = itertools.count()
EXAMPLES = int(os.environ.get("RUBRICA_TEST_EXAMPLES", "60"))
"""Some thousands find what is rare; that takes minutes."""
unhurried = settings(
    deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow]
)


def policies_of(name):
    possible = ["OVERWRITE", "OVERWRITE", "FILL", "NEVER"]
    if name == "tags":
        possible += ["APPEND", "APPEND"]
    if name not in ("phoneNumber", "email", "id", "isTest", "isValid"):
        possible.append("CLEAR")
    return st.sampled_from(possible)


erased_people = st.just(set()) | st.sets(
    st.sampled_from([IT_1, IT_2, "a@example.com", "b@example.com"]), max_size=2
)


@st.composite
def some_rules(draw):
    names = draw(st.lists(st.sampled_from([*VALUES, "id"]), max_size=3))
    plain = draw(st.booleans())
    if plain:
        names = [*IDENTITIES, *(n for n in names if n not in ("externalId", "id"))]
        match_by = IDENTITIES
    else:
        names += draw(st.sampled_from([["phoneNumber"], ["email"], IDENTITIES]))
        there = [key for key in ("phoneNumber", "email", "externalId", "id") if key in names]
        match_by = draw(st.permutations(there).map(tuple) | st.just(tuple(IDENTITIES)))
        match_by = list(match_by[: draw(st.integers(1, len(match_by)))])
        if not {*match_by} <= {*names}:
            match_by = IDENTITIES
    names = draw(st.permutations(names))
    return Rules(
        lines=[(name, draw(policies_of(name))) for name in names],
        mode=draw(st.sampled_from(["CREATE_UPDATE", "CREATE_UPDATE", "CREATE", "UPDATE"])),
        match_by=list(match_by),
        blanks=draw(st.sampled_from(["KEEP", "CLEAR"])),
        on_bad_value=draw(st.sampled_from(["SKIP_CELL", "REJECT_ROW"])),
        tags=draw(st.lists(st.sampled_from("az"), max_size=2, unique=True)),
        lists=draw(st.sets(st.integers(0, 1))),
        erased=draw(erased_people),
    )


def cells_of(name):
    """Draw cells of which many mean the same, and many are blank."""
    if name == "id":
        return st.sampled_from(["", "#0", "#1", "#2", "none", "number one"])
    few = {"phoneNumber": list(NUMBERS)[:5], "email": list(ADDRESSES)[:3]}.get(name, VALUES[name])
    weighty = st.sampled_from([cell for cell in few if VALUES[name][cell] is not BAD])
    return st.one_of(weighty, weighty, st.just(""), st.sampled_from(["", *VALUES[name]]))


def good(name):
    return [value for value in VALUES[name].values() if value is not BAD]


HELD = [name for name in VALUES if name not in ("fullName", *IDENTITIES)]


@st.composite
def stored_contacts(draw):
    """Draw contacts that may stand beside each other."""
    book = Book([])
    for _ in range(draw(st.integers(0, 5))):
        values = {
            name: draw(st.sampled_from(good(name)))
            for name in draw(st.lists(st.sampled_from(HELD), max_size=4))
        }
        for name in draw(st.sampled_from([["phoneNumber"], ["email"], IDENTITIES])):
            values.setdefault(name, draw(st.sampled_from(good(name)[:-1])))
        contact = book.new(values)
        contact.lists = draw(st.sets(st.integers(0, 1), max_size=1))
        try:
            book.check(contact, None)
        except Refused:
            continue
        book.contacts.append(contact)
    return book.contacts


@st.composite
def scenarios(draw):
    rules = draw(some_rules())
    row = st.tuples(*(cells_of(name) for name, _ in rules.lines)).map(list)
    size = draw(st.sampled_from([4, 8, 14]))
    rows = draw(st.lists(row, min_size=size // 3, max_size=size))
    return rules, draw(stored_contacts()), rows


chunks = st.sampled_from([100, 100, 7, 3, 2, 1])


async def an_account(db):
    async with db.transaction() as tx:
        account = await accounts.create_account(tx, f"account {next(serial)}", "IT")
        for key, kind in FIELDS.items():
            field = contacts.CustomField(key=key, label=key, type=kind)
            await contacts.insert_field(tx, account, field)
        made = [await list_queries.insert(tx, account, str(n), "", is_test=False) for n in range(2)]
    return account, made


async def store(db, account, made, people):
    """Write contacts as they are, and give them their ids."""
    async with db.transaction() as tx:
        for person in people:
            texts = {column: person.get(name) for column, name in TEXTS.items()}
            phone = texts["phone_number"]
            custom = {k: person.get(f"customFields.{k}") for k in FIELDS}
            person.id = await tx.value(
                """
                INSERT INTO contacts
                       (account_id, external_id, phone_number, phone_key, phone_type,
                        country_code, email, first_name, last_name, gender, birth_date, company,
                        notes, custom_fields, tags, is_valid, is_test, declared_channels)
                VALUES (%(account)s, %(external_id)s, %(phone_number)s, %(phone_number)s,
                        %(phone_type)s, %(country)s, %(email)s, %(first_name)s, %(last_name)s,
                        %(gender)s, %(birth_date)s, %(company)s, %(notes)s, %(custom)s::jsonb,
                        %(tags)s::text[], %(is_valid)s, %(is_test)s,
                        declared_as(%(declared)s, 'API'))
                RETURNING id
                """,
                account=account,
                **texts,
                phone_type=TYPES.get(phone),
                country=COUNTRIES.get(phone),
                custom=json.dumps({k: v for k, v in custom.items() if v is not None}),
                tags=person.get("tags") or [],
                is_valid=person.get("isValid"),
                is_test=person.get("isTest"),
                declared=",".join(person.get("communicationSupported") or []),
            )
            for number in person.lists:
                await list_queries.add_members(tx, account, [made[number]], [person.id])
        await tx.run(
            "INSERT INTO contact_count_deltas (account_id, delta) VALUES (%(account)s, %(n)s)",
            account=account,
            n=len(people),
        )


async def erase(db, account, erased):
    """Remember people as erased."""
    async with db.transaction() as tx:
        for key in erased:
            phone, email = (None, key) if "@" in key else (key, None)
            await consents.erase(tx, account, phone, email)


async def contents(db, account, made):
    """Return every contact, in the model's words, with its id."""
    async with db.read() as tx:
        rows = await tx.all(
            dict,
            """
            SELECT c.*, ARRAY(SELECT list_id FROM list_members m WHERE m.account_id = c.account_id
                               AND m.contact_id = c.id) AS lists
              FROM contacts c WHERE c.account_id = %(account)s
            """,
            account=account,
        )
        assert await contacts.miscounted(tx) == []
        assert await lists.miscounted(tx) == []
        assert await contacts.total(tx, account) == len(rows)
    found = {}
    for row in rows:
        person = Contact(id=row["id"], lists={made.index(list_id) for list_id in row["lists"]})
        for column, name in TEXTS.items():
            person.put(name, row[column])
        for key, value in row["custom_fields"].items():
            person.put(f"customFields.{key}", value)
        person.put("isValid", row["is_valid"])
        person.put("isTest", row["is_test"])
        person.put("tags", row["tags"])
        person.put("communicationSupported", sorted(row["declared_channels"]))
        assert row["phone_key"] == row["phone_number"]
        assert row["phone_type"] == TYPES.get(row["phone_number"])
        assert row["country_code"] == COUNTRIES.get(row["phone_number"])
        found[identity(person)] = person
    assert len(found) == len(rows)
    return found


def identity(person):
    return person.get("phoneNumber") or person.get("email")


def compare(found, book):
    """Check that the account holds what the model holds."""
    shown = {key: (person.values, person.lists) for key, person in found.items()}
    assert shown == {identity(c): (c.values, c.lists) for c in book.contacts}
    for person in book.contacts:
        assert person.id is None or found[identity(person)].id == person.id


def the_file(rules, rows, ids):
    text = io.StringIO()
    csv.writer(text).writerows([[f"{n}. {name}" for n, (name, _) in enumerate(rules.lines)]])
    csv.writer(text).writerows([[str(ids.get(cell, cell)) for cell in row] for row in rows])
    return text.getvalue().encode()


async def an_upload(db, storage, account, content, width, number=0):
    id, key = f"upload-{account}-{number}", f"uploads/{account}-{number}"

    async def blocks():
        yield content

    await storage.put(key, blocks())
    header = next(csv.reader(io.StringIO(content.decode())))
    now = datetime.now(UTC)
    upload = Upload(
        account_id=account, id=id, file_name="rows.csv", storage_key=key, size=len(content),
        sha256="0" * 64, wishes=Wishes(),
        analysis=Analysis(
            reading=Reading(kind="CSV", encoding="utf-8", delimiter=",", quote='"'),
            header=header, sheets=[], rows=[], warnings=[],
            columns=[
                Suggestion(
                    index=n, header=header[n], samples=[], suggested_field=None, confidence=0,
                    reason="",
                )
                for n in range(width)
            ],
        ),
        total_rows=None, complete=True, list_id=None, default_country=None, created_at=now,
        expires_at=now + timedelta(hours=1), import_id=None,
    )  # fmt: skip
    async with db.transaction() as tx:
        await uploads.insert(tx, upload)
    return id


class Killed(BaseException):
    """What stands for a kill -9: nobody catches it, and what is not committed is lost."""


class Mortal(Database):
    """A database whose user dies at the end of some of its transactions, counted from 0."""

    def __init__(self, db, deaths):
        self.url, self._pool = db.url, db._pool
        self._deaths, self._count = deaths, itertools.count()

    @asynccontextmanager
    async def transaction(self):
        async with super().transaction() as tx:
            yield tx
            if next(self._count) in self._deaths:
                raise Killed


async def till_the_end(work):
    """Do something again for as long as it is killed."""
    while True:
        try:
            return await work()
        except Killed:
            continue


async def carry_out(
    db, storage, account, made, upload, rules, chunk, *, dry_run=False, removals=None, deaths=()
):
    """Confirm and load; return the import and its ledger."""
    wish = Confirmation(
        upload_id=upload,
        mapping=[
            MappingLine(column=n, field=name, policy=policy)
            for n, (name, policy) in enumerate(rules.lines)
        ],
        mode=rules.mode,
        match_by=tuple(rules.match_by),
        blanks=rules.blanks,
        on_bad_value=rules.on_bad_value,
        list_ids=[made[n] for n in rules.lists],
        tags=rules.tags,
        list_mode="MIRROR" if rules.mirror else "ADD",
        expected_removals=removals,
        dry_run=dry_run,
    )
    async with db.transaction() as tx:
        id = await service.confirm(tx, account, "IT", wish, "the test", jobs.load)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "CHUNK", chunk)
        mortal = Mortal(db, deaths)
        await till_the_end(lambda: loading.load(mortal, storage, account, id))
    async with db.read() as tx:
        done = await queries.by_id(tx, account, id)
        ledger = await import_ledger.rows(tx, account, id, LedgerQuery(limit=1000), 0)
    assert done.status == "COMPLETED", done.error
    return done, ledger


def expected(rules, people, rows):
    """Return the model's book and its ledger, blank rows left out."""
    ids = {f"#{n}": person.id for n, person in enumerate(people)} | {"none": 10**15}
    book = Book(people, ids)
    ledger = [
        (number, *book.apply(row, rules))
        for number, row in enumerate(rows, start=2)
        if any(cell.strip() for cell in row)
    ]
    return book, ledger


def counts(ledger):
    words = {
        "created": "CREATED", "updated": "UPDATED", "unchanged": "UNCHANGED",
        "skipped": "SKIPPED", "duplicates": "DUPLICATE", "rejected": "REJECTED",
    }  # fmt: skip
    found = {name: sum(line[1] == word for line in ledger) for name, word in words.items()}
    return {"total": len(ledger)} | found


def check_ledger(done, ledger, wanted):
    assert [(r.row, r.outcome, r.code) for r in ledger] == [line[:3] for line in wanted]
    summary = {name: getattr(done.summary, name) for name in done.summary.__struct_fields__}
    assert summary == counts(wanted)
    codes = [code for _, outcome, code, _ in wanted if outcome == "REJECTED"]
    assert done.rejected_by_code == {code: codes.count(code) for code in codes}


ADA, BOB = "a@example.com", "b@example.com"
PLAIN = [("phoneNumber", "OVERWRITE"), ("email", "OVERWRITE")]
FIRST, TAGS = ("firstName", "OVERWRITE"), ("tags", "APPEND")
TRAPS = {
    "a row that changes nothing, before one that does": (
        Rules([PLAIN[0], FIRST]), [{"phoneNumber": IT_2}], [[IT_2, ""], [IT_2, "a"]],
    ),
    "a row that changes what the next changes back": (
        Rules([PLAIN[0], FIRST]), [{"phoneNumber": IT_2, "firstName": "a"}],
        [[IT_2, "b"], [IT_2, "a"]],
    ),
    "a flag is never empty once there is a contact": (
        Rules([PLAIN[0], ("isTest", "FILL"), ("isValid", "FILL")]), [],
        [[IT_2, "", ""], [IT_2, "yes", "no"]],
    ),
    "tags are not empty once the import has added its own": (
        Rules([PLAIN[0], ("tags", "FILL")], tags=["z"]), [], [[IT_2, ""], [IT_2, "a"]],
    ),
    "the import's tags stand before those of the next row": (
        Rules([PLAIN[0], TAGS], tags=["z"]), [], [[IT_2, "a"], [IT_2, "c|d"]],
    ),
    "an address is looked for before its contact gets another": (
        Rules(PLAIN), [], [[IT_2, ADA], ["", ADA], [IT_2, BOB]],
    ),
    "an address is looked for after its contact got another": (
        Rules(PLAIN), [{"phoneNumber": IT_2, "email": ADA}], [[IT_2, BOB], ["", ADA]],
    ),
    "a contact is found by its address between rows with its number": (
        Rules([*PLAIN, FIRST]), [{"phoneNumber": IT_2, "email": ADA}],
        [[IT_2, "", "a"], ["", ADA, "b"], [IT_2, "", "a"]],
    ),
    "two addresses of one number lead to it in turn": (
        Rules([*PLAIN, FIRST]), [],
        [[IT_2, ADA, "a"], ["", ADA, "b"], [IT_2, BOB, ""], ["", BOB, "a"], ["", ADA, "b"]],
    ),
    "the first of several numbers gets the contact without one": (
        Rules(PLAIN), [{"email": ADA}], [[IT_2, ADA], ["347 1234567", ADA]],
    ),
    "a row without number makes the contact that the first number gets": (
        Rules(PLAIN), [], [["12", ADA], [IT_2, ADA], ["347 1234567", ADA]],
    ),
    "an address before the number finds whoever has no number": (
        Rules(PLAIN, match_by=["email", "phoneNumber"]),
        [{"phoneNumber": IT_2, "email": ADA}, {"email": ADA}], [[IT_2, ADA]],
    ),
    "rows are joined by the keys of rows between them": (
        Rules([PLAIN[0], ("externalId", "FILL"), FIRST], match_by=["externalId", "phoneNumber"]),
        [], [[IT_2, "x1", ""], ["", "x1", "a"], [IT_2, "", "b"]],
    ),
    "in UPDATE a number that was not found is found by its next address": (
        Rules([*PLAIN, FIRST], mode="UPDATE"), [{"email": ADA}],
        [[IT_2, BOB, "a"], [IT_2, ADA, "b"], ["347 1234567", ADA, "a"]],
    ),
    "in CREATE a number that was not new is new with its next address": (
        Rules(PLAIN, mode="CREATE"), [{"email": ADA}], [[IT_2, ADA], [IT_2, BOB], [IT_2, ADA]],
    ),
    "a number that is never written over does not become that of a contact": (
        Rules([("phoneNumber", "NEVER"), PLAIN[1]]), [{"email": ADA}],
        [[IT_2, ADA], [IT_2, ""], [IT_2, ADA]],
    ),
    "an address is not given to a contact without number that stays without": (
        Rules(
            [("phoneNumber", "NEVER"), PLAIN[1], ("externalId", "OVERWRITE")],
            match_by=["externalId"],
        ),
        [{"email": ADA}, {"email": BOB, "externalId": "x1"}], [[IT_2, ADA, "x1"]],
    ),
    "a number that is not written takes nobody's": (
        Rules([("phoneNumber", "FILL"), ("externalId", "OVERWRITE")], match_by=["externalId"]),
        [{"phoneNumber": IT_1, "externalId": "x1"}, {"phoneNumber": IT_2}], [[IT_2, "x1"]],
    ),
    "an externalId that is not written takes nobody's": (
        Rules([PLAIN[0], ("externalId", "NEVER")]),
        [{"phoneNumber": IT_1, "externalId": "x1"}, {"phoneNumber": IT_2}], [[IT_2, "x1"]],
    ),
    "a new number takes away what was declared of the old one": (
        Rules([PLAIN[0], ("externalId", "FILL"), ("communicationSupported", "NEVER")],
              match_by=["externalId"]),
        [{"phoneNumber": IT_1, "externalId": "x1", "communicationSupported": ["RCS"]}],
        [[IT_2, "x1", "whatsapp, SMS"]],
    ),
    "a row of an erased person makes way for the next with its number": (
        Rules(PLAIN, erased={ADA}), [], [[IT_2, ADA], [IT_2, BOB], [IT_2, ADA]],
    ),
    "a contact may gain an erased person's address": (
        Rules(PLAIN, erased={ADA}), [], [[IT_2, ""], [IT_2, ADA], ["", ADA]],
    ),
    "keys that one row frees another row takes": (
        Rules([*PLAIN, ("externalId", "CLEAR")]),
        [{"phoneNumber": IT_1, "externalId": "x1"}],
        [["347 1234567", "", ""], [IT_2, "", "x1"], ["347 1234567", "", "x1"]],
    ),
}  # fmt: skip
