"""No account ever sees or touches what is another's."""

import io
import re

import pytest

from rubrica.app import build_app
from tests.imports.test_imports import CSV

TABLES = (
    "accounts", "contacts", "contact_count_deltas", "contact_fields", "lists", "list_members",
    "list_count_deltas", "operations", "operation_contacts", "uploads", "imports", "import_rows",
    "exports", "consents", "contact_merges", "idempotency_keys", "audit",
    "campaigns", "campaign_recipients", "campaign_batches", "campaign_count_deltas",
    "campaign_messages", "delivery_reports", "inbound_messages", "outbox_messages",
    "import_recipes", "transports", "procrastinate_jobs",
)  # fmt: skip
BODIES = {
    "ContactBody": {"firstName": "stolen"},
    "ListChange": {"name": "stolen"},
    "AccountChange": {},
    "RecipeChange": {"name": "stolen"},
    "CampaignChange": {"name": "stolen"},
    "NewCampaign": {"name": "own", "sendingMode": "SMS"},
    "TestWish": {"listId": 999998},
    "Settlement": {"status": "SENT"},
    "DeliveryReportsExport": {"campaignId": 999998},
    "UploadForm": {"removeHead": False},
    "MergeBody": {"contactId": 999998},
    "NewOutbox": {"channel": "RCS", "kind": "OUTBOX"},
    "TransportChange": {"settings": {"defaultSender": "stolen@example.com"}},
    "SubscriptionBody": {"channel": "SMS", "status": "SUBSCRIBED"},
}


@pytest.fixture
async def things(api, tx):
    """One of each thing of the first account, by the name that it has in addresses."""
    field = await api.post("/contacts/fields", json={"key": "secretfield", "label": "Secret"})
    assert field.status_code == 201
    contact = {"email": "secret@example.com", "phoneNumber": "3471234567", "externalId": "secret"}
    contact = (await api.post("/contacts", json=contact)).json()
    twin = (await api.post("/contacts", json={"email": "secret.too@example.com"})).json()["id"]
    await api.post(f"/contacts/{contact['id']}/merge", json={"contactId": twin})
    made = (await api.post("/contacts/list", json={"name": "secret"})).json()
    members = {"listIds": [made["id"]], "contactIds": [contact["id"]]}
    assert (await api.post("/contacts/list/contacts", json=members)).status_code == 201
    upload = await api.post("/contacts/upload", files={"file": ("secret.csv", io.BytesIO(CSV))})
    wish = {"uploadId": upload.json()["uploadId"], "mapping": upload.json()["mapping"]}
    imported = await api.post("/contacts/mapped/file", json=wish)
    assert imported.status_code == 202, imported.text
    second = await api.post("/contacts/upload", files={"file": ("secret.csv", io.BytesIO(CSV))})
    recipe = {"name": "secret", "headers": ["secret"], "mapping": [{"column": 0, "field": "email"}]}
    recipe = await api.post("/imports/recipes", json=recipe)
    assert recipe.status_code == 201, recipe.text
    transport = {"host": "secret.example.com", "username": "secret", "password": "secret"}
    transport = {"channel": "EMAIL", "kind": "SMTP", "settings": transport}
    transport = await api.post("/transports", json=transport)
    assert transport.status_code == 201, transport.text
    export = await api.post("/exports/contacts", json={})
    assert export.status_code == 202, export.text
    account = (await api.get("/account")).json()["id"]
    suppression = {"channel": "EMAIL", "address": "secret@example.com"}
    suppression = (await api.post("/suppressions", json=suppression)).json()
    operation = await tx.value(
        "INSERT INTO operations (account_id, kind, total) VALUES (%(a)s, 'CONTACTS_REMOVE', 1)"
        " RETURNING id",
        a=account,
    )
    campaign = {"name": "secret", "sendingMode": "SMS", "body": "secret", "sender": "secret"}
    campaign |= {"contactListIds": [made["id"]]}
    campaign = await api.post("/campaigns", json=campaign)
    assert campaign.status_code == 201, campaign.text
    await of_a_campaign(tx, account, campaign.json()["id"])
    return {
        "campaign_id": campaign.json()["id"],
        "recipient_id": 1,
        "contact_id": contact["id"],
        "list_id": made["id"],
        "upload_id": second.json()["uploadId"],
        "import_id": imported.json()["id"],
        "recipe_id": recipe.json()["id"],
        "transport_id": transport.json()["id"],
        "export_id": export.json()["id"],
        "operation_id": operation,
        "suppression_id": suppression["id"],
        "key_id": (await api.get("/authentication")).json()[0]["id"],
        "key": "secretfield",
    }


async def of_a_campaign(tx, account, campaign):
    """Write one of each thing that campaigns hold."""
    values = {"a": account, "c": campaign}
    await tx.run(
        "INSERT INTO campaign_recipients (account_id, campaign_id, number, contact_id, channel,"
        " address, status, status_at)"
        " VALUES (%(a)s, %(c)s, 1, 1, 'SMS', '+39secret', 'UNKNOWN', now())",
        **values,
    )
    await tx.run(
        "INSERT INTO campaign_batches (account_id, campaign_id, number, first, last)"
        " VALUES (%(a)s, %(c)s, 1, 1, 1)",
        **values,
    )
    await tx.run(
        "INSERT INTO campaign_count_deltas (account_id, campaign_id, status, delta)"
        " VALUES (%(a)s, %(c)s, 'UNKNOWN', 1)",
        **values,
    )
    await tx.run(
        "INSERT INTO campaign_messages (account_id, transport_id, provider_id, campaign_id,"
        " recipient) VALUES (%(a)s, 1, 'secret', %(c)s, 1)",
        **values,
    )
    await tx.run(
        "INSERT INTO delivery_reports (account_id, transport_id, provider_id, status, at)"
        " VALUES (%(a)s, 1, 'secret', 'SENT', now())",
        a=account,
    )
    await tx.run(
        "INSERT INTO inbound_messages (account_id, transport_id, channel, address, text,"
        " unsubscribed, at) VALUES (%(a)s, 1, 'SMS', '+39secret', 'secret', false, now())",
        a=account,
    )
    await tx.run(
        "INSERT INTO outbox_messages (account_id, transport_id, campaign_id, recipient, channel,"
        " address, body) VALUES (%(a)s, 1, %(c)s, 1, 'SMS', '+39secret', 'secret')",
        **values,
    )


async def dump(tx, account):
    """Return every row of an account, and what everybody's queue holds."""
    rows = {}
    for table in TABLES:
        column = {"accounts": "id", "procrastinate_jobs": "0"}.get(table, "account_id")
        where = f"{column} = {0 if table == 'procrastinate_jobs' else account}"
        rows[table] = await tx.column(
            f"SELECT to_jsonb(t) FROM {table} t WHERE {where} ORDER BY to_jsonb(t)::text"
        )
    return rows


async def test_no_route_shows_or_changes_what_is_anothers(api, root, tx, things, other):
    account = (await api.get("/account")).json()["id"]
    before = await dump(tx, account)
    empty = {table for table, rows in before.items() if not rows}
    assert empty == {"operation_contacts", "import_rows", "idempotency_keys"}
    document = (await api.get("http://testserver.local/openapi.json")).json()
    never = dict.fromkeys(things, 999999) | {
        "upload_id": "nosuchupload", "key_id": "999999-1", "key": "nosuchfield",
    }  # fmt: skip
    asked = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not path.startswith("/api/v1") or method == "parameters":
                continue
            body = _body(operation)
            answers = []
            for ids in (things, never):
                url = path.format(**ids)
                answers.append(
                    await api.request(
                        method, f"http://testserver.local{url}", headers=other, **body
                    )
                )
            asked += 1
            mine, nobody = answers
            ours = mine.content.replace(b"secretfield", b"").replace(b'"secretsSet"', b"")
            assert b"secret" not in ours
            if "{" not in path:
                continue
            # A thing of another account answers exactly as one that never existed.
            assert mine.status_code == nobody.status_code, (method, path, mine.text, nobody.text)
            assert mine.status_code in (404, 400), (method, path, mine.text)
            assert _without_ids(mine, things) == _without_ids(nobody, never), (method, path)
    assert asked > 30
    assert await dump(tx, account) == before


async def test_no_body_or_query_reaches_what_is_anothers(api, tx, things, other):
    account = (await api.get("/account")).json()["id"]
    contact, list_id = things["contact_id"], things["list_id"]
    own = (await api.post("/contacts", json={"email": "o@example.com"}, headers=other)).json()["id"]
    mine = (await api.post("/contacts/list", json={"name": "own"}, headers=other)).json()["id"]
    before = await dump(tx, account)
    union = {"operation": "UNION", "listIds": [list_id]}
    upload = {"uploadId": things["upload_id"], "mapping": [{"column": 3, "field": "email"}]}
    for method, path, body, status in (
        ("POST", "/contacts/delete", {"ids": [contact]}, 200),
        ("POST", "/contacts/delete", {"filter": {"listIds": [list_id]}, "expectedCount": 1}, 404),
        ("POST", "/contacts/list/contacts", {"listIds": [list_id], "contactIds": [own]}, 404),
        ("POST", "/contacts/list/contacts", {"listIds": [mine], "contactIds": [contact]}, 404),
        (
            "POST",
            "/contacts/list/contacts/remove",
            {"listIds": [list_id], "allContacts": True},
            404,
        ),
        ("POST", f"/contacts/{own}/merge", {"contactId": contact}, 404),
        ("POST", f"/contacts/list/{mine}/combine", union, 404),
        ("POST", f"/contacts/list/{list_id}/combine", union | {"listIds": [mine]}, 404),
        ("DELETE", f"/contacts?ids={contact}", None, 200),
        ("DELETE", f"/contacts/list?ids={list_id}", None, 200),
        ("GET", f"/contacts?listIds={list_id}", None, 404),
        ("GET", f"/contacts?notListIds={list_id}", None, 404),
        ("GET", f"/contacts?sortPriorityListId={list_id}", None, 404),
        ("GET", f"/contacts?importId={things['import_id']}", None, 200),
        ("GET", f"/contacts/list?contactIds={contact}", None, 200),
        ("GET", f"/contacts/list?id={list_id}", None, 200),
        ("POST", "/contacts/mapped/file", upload, 404),
        ("POST", "/contacts/mapped/file", upload | {"recipeId": things["recipe_id"]}, 404),
        ("POST", "/exports/contacts", {"listIds": [list_id]}, 404),
        ("POST", "/exports/contacts", {"contactIds": [contact]}, 404),
        ("POST", "/exports/delivery-reports", {"campaignId": things["campaign_id"]}, 404),
        ("POST", "/contacts/batch", {"contacts": [{"phoneNumber": "+393471234567"}]}, 200),
        ("POST", "/contacts?onConflict=update", {"phoneNumber": "+393471234567"}, 200),
    ):
        answer = await api.request(method, path, json=body, headers=other)
        assert answer.status_code == status, (method, path, body, answer.text)
        assert b"secret" not in answer.content
        if method == "GET" and status == 200:
            assert answer.json()["content"] == []
    assert await dump(tx, account) == before


async def test_a_cursor_of_another_account_is_refused(api, other):
    for n in range(2):
        await api.post("/contacts", json={"email": f"a{n}@example.com"})
        await api.post("/contacts", json={"email": f"a{n}@example.com"}, headers=other)
        await api.post("/contacts/list", json={"name": f"a{n}"})
    for path in ("/contacts", "/contacts/list"):
        cursor = (await api.get(f"{path}?limit=1")).json()["nextCursor"]
        answer = await api.get(path, params={"cursor": cursor}, headers=other)
        assert answer.json()["code"] == "bad_cursor"


async def test_the_prefix_moves_the_calls_and_nothing_else(config, db, storage, key):
    from litestar.testing import AsyncTestClient  # noqa: PLC0415
    from msgspec.structs import replace  # noqa: PLC0415

    moved = replace(config, api_prefix="/api/partner-gateway/v1")
    async with AsyncTestClient(build_app(moved, db, storage)) as client:
        client.headers["X-API-Key"] = key
        assert (await client.get("/api/partner-gateway/v1/contacts")).status_code == 200
        assert (await client.get("/api/v1/contacts")).status_code == 404
        assert (await client.get("/health")).status_code == 200
        paths = (await client.get("/openapi.json")).json()["paths"]
    assert "/api/partner-gateway/v1/contacts" in paths
    assert "/health" in paths
    assert not any(path.startswith("/api/v1") for path in paths)


def _body(operation):
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return {}
    name = str(content["application/json"]["schema"]).partition("schemas/")[2].rstrip("'}]")
    return {"json": BODIES.get(name.split("'")[0], {"key": "k", "label": "K"})}


def _without_ids(answer, ids):
    problem = answer.json()
    for name in ("requestId", "missing"):
        problem.pop(name, None)
    text = str(problem)
    for id in ids.values():  # whole ones: a number may stand within the id of an upload
        text = re.sub(rf"(?<![\w-]){re.escape(str(id))}(?![\w-])", "…", text)
    return text
