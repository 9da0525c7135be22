"""After an erasure a search of the whole database, and of the storage, finds nothing."""

from datetime import UTC, datetime

import pytest

from rubrica.campaigns import feedback
from rubrica.campaigns.sending import Sender
from rubrica.exports import queries
from rubrica.exports import service as exports
from rubrica.transports import Inbound, Report
from tests.contacts.people import made, refused

NUMBER, DIGITS, EMAIL = "+390698765432", "698765432", "zoë.dell'acqua+x@example.com"
ARABIC = "".join(chr(0x660 + int(digit)) for digit in DIGITS)
WIDE = "".join(chr(0xFF10 + int(digit)) for digit in DIGITS)
FIRST, LAST = 'Zoë "Zo"', "Dell'Acqua\\Ümit"
ZOE = {"phoneNumber": NUMBER, "email": EMAIL, "firstName": FIRST, "lastName": LAST}
SOUGHT = (
    NUMBER,
    DIGITS,
    "98765432",
    EMAIL,
    "dell'acqua",
    FIRST,
    LAST,
    "Ümit",
    "zoe-1",
    ARABIC,
    WIDE,
)
OTHERS = "\n".join(f"+39347123456{n},o{n}@example.com,Anna,Bianchi,crm-{n}" for n in range(3))
HEAD = "phone,email,first name,last name,external id"


def line(phone=NUMBER, email=EMAIL, first=FIRST, last=LAST, external="zoe-1"):
    cells = (phone, email, first, last, external)
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


async def everything(tx):
    """Return every row of every table as text, by its table."""
    tables = await tx.column(
        "SELECT format('%%I.%%I', table_schema, table_name) FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE'"
        " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    assert len(tables) > 20
    rows = []
    for table in tables:
        rows += [
            (table, row) for row in await tx.column(f"SELECT to_jsonb(t)::text FROM {table} t")
        ]
        rows += [(table, row) for row in await tx.column(f"SELECT t::text FROM {table} t")]
    return rows


async def traces(tx, config):
    """Return where anything of the person is found."""
    found = [
        (table, word, row)
        for table, row in await everything(tx)
        for word in SOUGHT
        if word.lower() in row.lower() or word.replace("\\", "\\\\").lower() in row.lower()
    ]
    folder = config.data_dir / "files"
    files = [(file, file.read_bytes()) for file in folder.rglob("*") if file.is_file()]
    return found + [
        (file.name, word, "")
        for file, content in files
        for word in SOUGHT
        if word.encode().lower() in content.lower()
    ]


async def erased(api, id):
    answer = await api.post(f"/contacts/{id}/erase")
    assert answer.status_code == 200, answer.text
    assert answer.json()["contactId"] == id
    return answer.json()["erased"]


@pytest.fixture
def exported(api, db, storage, tx):
    """Export, as the worker would; return the export."""

    async def exported(run=True, **wish):
        answer = await api.post("/exports/contacts", json=wish)
        assert answer.status_code == 202, answer.text
        id = answer.json()["id"]
        account = await tx.value("SELECT account_id FROM exports WHERE id = %(id)s", id=id)
        if run:
            await exports.run(db, storage, account, id, 1)
        return (await api.get(f"/exports/{id}")).json()

    return exported


@pytest.fixture
def written_to(api, db, config, tx):
    """Send a campaign to a person in a list, and have them answer; schedule another."""

    async def written_to(list_id):
        wish = {"name": "Spring", "sendingMode": "EMAIL", "contactListIds": [list_id]}
        wish |= {"subject": "{{lastName}}", "body": "{{fullName}}, {{phoneNumber}}"}
        wish |= {"htmlBody": "<p>{{email}}</p>", "filter": {"email": EMAIL}}
        sent = (await api.post("/campaigns", json=wish)).json()["id"]
        wish = {"name": "Summer", "sendingMode": "SMS", "contactListIds": [list_id], "body": "Hi"}
        wish |= {"filter": {"phoneNumber": NUMBER}, "scheduledDate": "2999-01-01T00:00:00Z"}
        later = (await api.post("/campaigns", json=wish)).json()["id"]
        for id in (sent, later):
            answer = await api.put(f"/campaigns/{id}/confirm")
            assert answer.status_code == 202, answer.text
        sender = Sender(db, config)
        await sender.oversee()
        assert await sender.send_next()
        account, transport, message = await tx.value(
            "SELECT jsonb_build_array(account_id, transport_id, id::text) FROM outbox_messages"
        )
        for id in (message, "not known"):
            report = Report(
                provider_id=id, status="DELIVERED", at=datetime.now(UTC), address=NUMBER
            )
            await feedback.take_reports(tx, account, transport, [report])
        said = Inbound(
            address=NUMBER, recipient=None, text=f"Regards, {FIRST}", at=datetime.now(UTC)
        )
        await feedback.take_inbound(tx, account, transport, "SMS", [said])

    return written_to


async def test_nothing_of_a_person_is_found_after_their_erasure(
    api, tx, config, take_in, exported, written_to
):
    rejected = [
        line(),  # comes in
        line(email="not an address", phone="12", external="zoe-1"),
        line(phone="0039 (06) 98765432 ", email="no@"),
        line(phone=f"0{ARABIC}", email="no@", first="", last="", external=""),
        line(phone=f"0{WIDE}", email="@", first="", last="", external=""),
        line(phone="12", email=EMAIL.upper() + " (home)", first="", last="", external=""),
        line(phone="12", email="", first=LAST.upper(), last=f"{FIRST} jr", external=""),
        line(phone="12", email="", first="", last="", external="zoe-1"),
        line(phone="", email="", first="Ugo", last="Verdi", external="crm-9"),
    ]
    content = f"{HEAD}\n{OTHERS}\n" + "\n".join(rejected)
    _, done, rows = await take_in(content.encode(), name=f"{EMAIL}.csv", onBadValue="REJECT_ROW")
    assert done["summary"]["rejected"] == 8, rows
    contact = next(
        row["contactId"] for row in rows if row["outcome"] == "CREATED" and row["row"] == 5
    )
    assert (await api.get(f"/contacts/{contact}")).json()["fullName"] == f"{FIRST} {LAST}"
    # A row that came in with a value left out, files that wait, one read without a head.
    await take_in(f"{HEAD}\n{OTHERS}\n{line(email='zoë@')}".encode())
    for name in ("a.csv", f"{NUMBER}.csv"):
        files = {"file": (name, f"{line()}\n{line()}\n".encode())}
        assert (await api.post("/contacts/upload", files=files)).status_code == 200
    await take_in(f"{line()}\n{OTHERS}\n".encode())
    for wish in ({}, {"format": "JSONL"}, {"filter": {"phoneNumber": NUMBER}}):
        await exported(**wish)
    made_list = (await api.post("/contacts/list", json={"name": "All"})).json()["id"]
    members = {"listIds": [made_list], "contactIds": [contact]}
    await api.post("/contacts/list/contacts", json=members)
    await written_to(made_list)
    path = f"/contacts/{contact}/subscriptions"
    await api.post(path, json={"channel": "EMAIL", "status": "SUBSCRIBED"})
    body = {"channel": "SMS", "address": NUMBER, "reason": f"{FIRST} {LAST} wrote from {EMAIL}"}
    await api.post("/suppressions", json=body)
    # Written over and back, which an undo could take back; corrected; kept to be answered again.
    for first in ("Other", FIRST):
        await take_in(f"{HEAD}\n{line(first=first)}".encode(), name=f"{first}.csv")
    correction = {"row": 2, "column": 0, "value": NUMBER}
    await take_in(f"{HEAD}\n{line(phone='')}".encode(), name="c.csv", corrections=[correction])
    await tx.run(
        "UPDATE imports SET dry_run = true, plan_token = 'x' || id, examples ="
        " jsonb_build_object('CREATED', jsonb_build_array(jsonb_build_object('row', 2, 'cells',"
        " jsonb_build_array(%(number)s::text)))) WHERE file_name = 'c.csv'",
        number=NUMBER,
    )
    once = {"Idempotency-Key": "once"}
    body = {"phoneNumber": NUMBER, "lastName": LAST}
    await api.post("/contacts?onConflict=update", json=body, headers=once)
    assert {table for table, _, _ in await traces(tx, config)} >= {
        "public.import_changes",
        "public.contacts", "public.consents", "public.import_rows", "public.uploads",
        "public.imports", "public.exports", "public.campaigns", "public.campaign_recipients",
        "public.outbox_messages", "public.delivery_reports", "public.inbound_messages",
    }  # fmt: skip

    counted = await erased(api, contact)

    assert await traces(tx, config) == []
    assert counted["suppressions"] == 5
    assert counted["exports"] == 3
    assert counted["importRows"] >= 8
    assert (counted["campaignRecipients"], counted["outboxMessages"]) == (1, 1)
    assert (counted["deliveryReports"], counted["inboundMessages"]) == (2, 1)
    assert (await api.get(f"/contacts/list/{made_list}")).json()["contactCount"] == 0
    assert (await api.get("/contacts")).json()["totalElements"] == 3
    again = await api.post("/contacts?onConflict=update", json=body, headers=once)
    assert (again.status_code, again.json()["code"]) == (409, "idempotent_answer_lost")


async def test_what_is_others_stays(api, tx, take_in):
    """Namesakes by one name, and numbers that only begin alike."""
    kept = [
        line(phone="12", email="z@example.com", first=FIRST, last="Bianchi", external="zoe-10"),
        line(phone="12", email="", first="Ugo", last=LAST, external="oe-1"),
        line(phone="+39069876543", email="@", first="", last="", external=""),
    ]
    _, done, _ = await take_in(
        f"{HEAD}\n{line()}\n{OTHERS}\n{chr(10).join(kept)}\n".encode(), onBadValue="REJECT_ROW"
    )
    assert done["summary"]["rejected"] == 3
    contact = (await api.get("/contacts", params={"phoneNumber": NUMBER})).json()["content"][0]

    counted = await erased(api, contact["id"])
    assert (counted["importRows"], counted["imports"]) == (0, 0)
    cells = await tx.column("SELECT cells FROM import_rows WHERE cells IS NOT NULL")
    assert len(cells) == 3


async def test_a_number_of_few_digits_is_sought_as_a_whole(api, tx, take_in):
    contact = await made(api, phoneNumber="+683 4002")  # of Niue
    content = "phone,email\n+393471234567,a@example.com\n4002,@\n+683-4002,@\n+393474002123,@\n"
    await take_in(content.encode(), onBadValue="REJECT_ROW")

    await erased(api, contact["id"])
    kept = await tx.column("SELECT cells ->> 0 FROM import_rows WHERE cells IS NOT NULL")
    assert kept == ["+393474002123"]


async def test_a_file_that_waits_is_given_up(api, config):
    contact = await made(api, **ZOE)
    files = {"file": ("a.csv", f"{HEAD}\n{OTHERS}\n".encode())}
    upload = (await api.post("/contacts/upload", files=files)).json()

    await erased(api, contact["id"])
    answer = await api.get(f"/contacts/upload/{upload['uploadId']}")
    await refused(answer, 410, "upload_expired")
    assert [file for file in (config.data_dir / "files").rglob("*") if file.is_file()] == []


async def test_the_files_of_exports_are_given_up(api, exported):
    contact = await made(api, **ZOE)
    done = await exported()
    assert (await api.get(done["downloadUrl"])).status_code == 200

    assert (await erased(api, contact["id"]))["exports"] == 1
    assert (await api.get(done["downloadUrl"])).status_code == 410
    shown = (await api.get(f"/exports/{done['id']}")).json()
    assert (shown["status"], shown["isAvailableForDownload"]) == ("EXPIRED", False)
    assert (await api.post(f"/exports/{done['id']}")).status_code == 202


async def test_an_export_that_is_running_begins_anew(api, db, storage, tx, exported):
    contact = await made(api, **ZOE)
    started = await exported(run=False)
    account = await tx.value("SELECT account_id FROM exports")
    assert await queries.begin(tx, account, started["id"], 1, "exports/1/draft")

    await erased(api, contact["id"])
    shown = (await api.get(f"/exports/{started['id']}")).json()
    assert (shown["status"], shown["run"]) == ("PENDING", 2)
    jobs = await tx.column("SELECT args FROM procrastinate_jobs WHERE task_name = 'exports.run'")
    assert jobs[-1] == {"account": account, "export_id": started["id"], "run": 2}
    await exports.run(db, storage, account, started["id"], 1)  # the attempt of before is fenced off
    assert (await api.get(f"/exports/{started['id']}")).json()["status"] == "PENDING"
    await exports.run(db, storage, account, started["id"], 2)
    assert (await api.get(f"/exports/{started['id']}")).json()["status"] == "COMPLETED"


async def test_an_export_by_a_person_does_not_become_one_of_everybody(
    api, db, storage, tx, exported
):
    contact = await made(api, **ZOE)
    await made(api, email="b@example.com")
    done = await exported(filter={"email": EMAIL})
    assert done["rowCount"] == 1

    await erased(api, contact["id"])
    await api.post(f"/exports/{done['id']}")
    account = await tx.value("SELECT account_id FROM exports")
    await exports.run(db, storage, account, done["id"], 2)
    assert (await api.get(f"/exports/{done['id']}")).json()["rowCount"] == 0


async def test_an_erased_contact_is_gone(api):
    contact = await made(api, **ZOE)
    await erased(api, contact["id"])

    await refused(await api.get(f"/contacts/{contact['id']}"), 404, "contact_not_found")
    answer = await api.post(f"/contacts/{contact['id']}/erase")
    await refused(answer, 404, "contact_not_found")
    batch = {"contacts": [ZOE]}
    results = (await api.post("/contacts/batch", json=batch)).json()["results"]
    assert results[0]["code"] == "erased"


async def test_a_contact_of_few_values_is_erased(api, take_in):
    """Nothing is taken for the person where there is nothing to be sought."""
    _, _, rows = await take_in(b"email,first name\na@example.com,\n,Ugo\n@,Ada\n")
    contact = next(row["contactId"] for row in rows if row["contactId"])

    counted = await erased(api, contact)
    assert (counted["suppressions"], counted["importRows"]) == (1, 0)


async def test_erasure_needs_the_scope_of_writing(api):
    contact = await made(api, **ZOE)
    wish = {"name": "reader", "scopes": ["contacts:read"]}
    reader = {"X-API-Key": (await api.post("/authentication", json=wish)).json()["key"]}

    answer = await api.post(f"/contacts/{contact['id']}/erase", headers=reader)
    await refused(answer, 403, "scope_missing")


async def test_a_recipe_whose_header_was_a_row_is_forgotten(api, tx, config):
    id = (await made(api, **ZOE))["id"]
    await api.post("/imports/recipes", json={
        "name": "Odd", "headers": [FIRST, LAST, EMAIL],
        "mapping": [{"column": 2, "field": "email"}],
    })  # fmt: skip
    own = {"name": "Usual", "headers": ["E-mail"], "mapping": [{"column": 0, "field": "email"}]}
    await api.post("/imports/recipes", json=own)
    await erased(api, id)
    assert [each["name"] for each in (await api.get("/imports/recipes")).json()] == ["Usual"]
    assert await traces(tx, config) == []
