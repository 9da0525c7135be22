"""Delivery reports as files: exports like those of contacts, of what campaigns sent."""

import csv
import io
import json

import pytest

from rubrica import formats
from rubrica.accounts import service as accounts
from rubrica.accounts.model import KeyWish
from rubrica.exports import expire, service
from rubrica.formats import Wishes
from tests.campaigns.history import a_campaign, recipients

AT = "2026-05-04T09:00:00Z"
COLUMNS = [
    "campaignId", "campaignName", "testOf", "recipientId", "contactId", "channel", "address",
    "status", "reason", "parts", "attempts", "providerId", "claimedAt", "sentAt", "statusAt",
]  # fmt: skip


@pytest.fixture
def run(db, storage, tx):
    """Do what the worker would: carry the last run of an export to its end."""

    async def run(id):
        account, number = await tx.one(
            lambda account_id, run: (account_id, run),
            "SELECT account_id, run FROM exports WHERE id = %(id)s",
            id=id,
        )
        await service.run(db, storage, account, id, number)

    return run


@pytest.fixture
def export(api, run):
    """Export and fetch: the export as it ended, and the bytes of its file."""

    async def export(**wish):
        answer = await api.post("/exports/delivery-reports", json=wish)
        assert answer.status_code == 202, answer.text
        await run(answer.json()["id"])
        done = (await api.get(f"/exports/{answer.json()['id']}")).json()
        assert done["status"] == "COMPLETED", done
        return done, (await api.get(done["downloadUrl"])).content

    return export


@pytest.fixture
def table(export):
    """Export and fetch: the cells below the header."""

    async def table(**wish):
        _, content = await export(**wish)
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return list(rows)[1:]

    return table


@pytest.fixture
async def spring(tx, account):
    """A campaign with a recipient of every fate."""
    id = await a_campaign(tx, account, AT)
    await recipients(
        tx,
        account,
        id,
        ("DELIVERED", AT, {"provider_id": "-a1", "attempts": 2, "parts": 3}),
        ("SENDING", "2026-05-04T09:00:00.123456Z", {}),
        ("FAILED", AT, {"reason": "=refused"}),
        ("SKIPPED", AT, {"address": None}),
        ("QUEUED", AT, {}),
    )
    return id


async def test_a_line_tells_all_that_is_known_of_a_recipient(spring, export):
    done, content = await export(campaignId=spring)
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert header == COLUMNS
    assert [row[7] for row in rows] == ["DELIVERED", "QUEUED", "FAILED", "SKIPPED", "QUEUED"]
    at = "2026-05-04T09:00:00.000000Z"
    assert rows[0] == [
        str(spring), "Spring", "", "1", "1001", "SMS", "+393471234501", "DELIVERED", "", "3", "2",
        "'-a1", at, at, at,
    ]  # fmt: skip
    assert rows[1][12:] == ["2026-05-04T09:00:00.123456Z", "", "2026-05-04T09:00:00.123456Z"]
    assert (rows[2][8], rows[3][6], rows[3][8]) == ("'=refused", "", "unsubscribed")
    assert (done["kind"], done["campaignId"], done["rowCount"]) == ("DELIVERY_REPORTS", spring, 5)


async def test_json_has_numbers_and_nulls_under_the_same_names(spring, export):
    _, content = await export(campaignId=spring, format="JSONL")
    first, *rest = [json.loads(line) for line in content.splitlines()]
    assert list(first) == COLUMNS
    assert (first["campaignId"], first["parts"], first["reason"]) == (spring, 3, None)
    assert (first["providerId"], rest[1]["reason"]) == ("-a1", "=refused")
    assert len(rest) == 4


async def test_a_workbook_holds_the_same_texts(spring, export, tmp_path):
    done, content = await export(campaignId=spring, format="XLSX", columns=["address", "parts"])
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    found = formats.detect(file, "", Wishes())
    assert found.header == ["address", "parts"]
    assert next(iter(formats.rows(file, found.reading))).cells == ["+393471234501", "3"]
    assert done["columns"] == ["address", "parts"]


async def test_columns_delimiter_and_guard_are_chosen_as_of_contacts(spring, export, api):
    wish = {"columns": ["reason", "recipientId"], "delimiter": ";", "spreadsheetSafe": False}
    done, content = await export(campaignId=spring, **wish)
    assert content.decode("utf-8-sig").splitlines()[:4:3] == [
        '"reason";"recipientId"',
        '"=refused";"3"',
    ]
    answer = await api.head(done["downloadUrl"])
    assert "delivery-reports-" in answer.headers["content-disposition"]


async def test_an_address_of_mail_is_disarmed_and_a_number_is_not(tx, account, table):
    id = await a_campaign(tx, account, AT, mode="EMAIL", name="=Spring")
    await recipients(
        tx,
        account,
        id,
        ("SENT", AT, {"channel": "EMAIL", "address": "+a@example.com"}),
        ("SENT", AT, {}),
    )
    cells = await table(campaignId=id, columns=["address", "campaignName"])
    assert cells == [["'+a@example.com", "'=Spring"], ["+393471234502", "'=Spring"]]


async def test_a_stretch_of_time_holds_what_was_handed_over_in_it(tx, account, table, export):
    early = await a_campaign(tx, account, "2026-04-01T00:00:00Z")
    test = await a_campaign(tx, account, "2026-05-03T00:00:00Z", test_of=early)
    late = await a_campaign(tx, account, "2026-06-01T00:00:00Z")
    await recipients(
        tx,
        account,
        early,
        ("SENT", "2026-04-30T23:59:59.999999Z", {"status_at": "2026-05-02T00:00:00Z"}),
        ("DELIVERED", "2026-05-01T00:00:00Z", {"status_at": "2026-06-02T00:00:00Z"}),
        ("SKIPPED", "2026-05-02T00:00:00Z", {}),
        ("SENT", "2026-06-01T00:00:00Z", {}),
    )
    await recipients(tx, account, test, ("SENT", "2026-05-03T00:00:00Z", {}))
    await recipients(tx, account, late, ("SENT", "2026-06-01T00:00:00Z", {}))
    columns = ["campaignId", "recipientId", "testOf"]
    may = {"startDateTime": "2026-05-01T02:00:00+02:00", "endDateTime": "2026-06-01T00:00:00Z"}

    assert await table(**may, columns=columns) == [
        [str(early), "2", ""],
        [str(early), "3", ""],
        [str(test), "1", str(early)],
    ]
    done, _ = await export(**may)
    assert (done["startDateTime"], done["endDateTime"], done["campaignId"]) == (
        "2026-05-01T00:00:00Z",
        "2026-06-01T00:00:00Z",
        None,
    )
    rest = [("2000-01-01T00:00:00Z", "2026-05-01T00:00:00Z"), ("2026-06-01T00:00:00Z",) * 2]
    rest[1] = (rest[1][0], "2100-01-01T00:00:00Z")
    around = [await table(startDateTime=a, endDateTime=b, columns=columns) for a, b in rest]
    assert [len(each) for each in around] == [1, 2]


async def test_it_is_listed_found_by_its_kind_and_run_again_on_what_has_become_of_them(
    api, tx, spring, export, run
):
    done, _ = await export(campaignId=spring, columns=["status"])
    contacts = (await api.post("/exports/contacts", json={})).json()
    assert (contacts["kind"], contacts["campaignId"]) == ("CONTACTS", None)
    listed = (await api.get("/exports")).json()["content"]
    assert [each["id"] for each in listed] == [contacts["id"], done["id"]]
    for kind, id in (("CONTACTS", contacts["id"]), ("DELIVERY_REPORTS", done["id"])):
        found = (await api.get("/exports", params={"kind": kind})).json()
        assert ([each["id"] for each in found["content"]], found["totalElements"]) == ([id], 1)

    await tx.run("UPDATE campaign_recipients SET status = 'READ' WHERE number = 1")
    assert (await api.post(f"/exports/{done['id']}")).status_code == 202
    await run(done["id"])
    again = (await api.get(f"/exports/{done['id']}")).json()
    assert (again["kind"], again["run"], again["fileRun"]) == ("DELIVERY_REPORTS", 2, 2)
    assert b"READ" in (await api.get(again["downloadUrl"])).content


async def test_an_export_from_before_there_were_kinds_is_of_contacts(api, tx, run):
    old = (await api.post("/exports/contacts", json={})).json()
    await tx.run("UPDATE exports SET request = request - 'kind'")
    await run(old["id"])
    done = (await api.get("/exports", params={"kind": "CONTACTS"})).json()["content"]
    assert [(each["id"], each["kind"], each["status"]) for each in done] == [
        (old["id"], "CONTACTS", "COMPLETED")
    ]
    assert (await api.post(f"/exports/{old['id']}")).status_code == 202


async def test_who_is_erased_takes_the_file_with_them_and_the_export_can_run_again(
    api, spring, person, export, run, db, storage
):
    contact = await person(phoneNumber="3471234567", firstName="DELIVERY_REPORTS")
    done, _ = await export(campaignId=spring)
    assert (await api.post(f"/contacts/{contact}/erase")).status_code == 200
    await expire(db, storage)
    assert (await api.get(done["downloadUrl"])).status_code == 410
    assert (await api.post(f"/exports/{done['id']}")).status_code == 202
    await run(done["id"])
    again = (await api.get(f"/exports/{done['id']}")).json()
    assert (again["status"], again["rowCount"], again["campaignId"]) == ("COMPLETED", 5, spring)


MAY = {"startDateTime": "2026-05-01T00:00:00Z", "endDateTime": "2026-06-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "campaignId"),
        ({"campaignId": 1} | MAY, "startDateTime"),
        ({"campaignId": 1, "endDateTime": "2026-06-01T00:00:00Z"}, "endDateTime"),
        ({"startDateTime": "2026-06-01T00:00:00Z"}, "endDateTime"),
        ({"endDateTime": "2026-06-01T00:00:00Z"}, "startDateTime"),
        (MAY | {"endDateTime": MAY["startDateTime"]}, "endDateTime"),
        (MAY | {"startDateTime": "0001-01-01T00:00:00+01:00"}, "startDateTime"),
        (MAY | {"startDateTime": "2026-05-01T00:00:00"}, "startDateTime"),
        (MAY | {"format": "VCF"}, "format"),
        (MAY | {"format": "JSONL", "delimiter": ";"}, "delimiter"),
        (MAY | {"columns": ["firstName"]}, "columns[0]"),
        (MAY | {"columns": []}, "columns"),
        (MAY | {"kind": "CONTACTS"}, "kind"),
        (MAY | {"listIds": [1]}, "listIds"),
    ],
)
async def test_what_cannot_be_exported_is_refused(api, wish, field):
    answer = await api.post("/exports/delivery-reports", json=wish)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.get("/exports")).json()["content"] == []


async def test_a_campaign_of_another_account_is_one_that_never_existed(api, spring, export, other):
    for id, headers in ((spring, other), (999999, None)):
        answer = await api.post(
            "/exports/delivery-reports", json={"campaignId": id}, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "campaign_not_found")
    done, _ = await export(campaignId=spring)
    assert (await api.get(f"/exports/{done['id']}", headers=other)).status_code == 404


async def test_it_needs_both_to_write_exports_and_to_read_campaigns(api, tx, account, spring):
    for scopes, status in (
        (["exports:write", "campaigns:read"], 202),
        (["exports:write", "contacts:write"], 403),
        (["exports:read", "campaigns:write"], 403),
    ):
        wish = KeyWish(name="k", scopes=scopes, rate_limit=None)
        headers = {"X-API-Key": (await accounts.create_key(tx, account, wish)).key}
        answer = await api.post(
            "/exports/delivery-reports", json={"campaignId": spring}, headers=headers
        )
        assert answer.status_code == status, answer.text


async def test_the_same_key_starts_it_once_and_the_audit_names_the_campaign(api, spring):
    headers = {"Idempotency-Key": "report-1"}
    both = [
        await api.post("/exports/delivery-reports", json={"campaignId": spring}, headers=headers)
        for _ in range(2)
    ]
    assert both[0].json()["id"] == both[1].json()["id"]
    [entry] = (await api.get("/audit", params={"action": "export.started"})).json()["content"]
    assert (entry["subject"], entry["subjectId"]) == ("export", str(both[0].json()["id"]))
    assert entry["details"] == {"campaign": spring}
