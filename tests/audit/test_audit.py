"""Who did what, when: an entry for every write, in its own transaction."""

import io

import psycopg
import pytest
from litestar.routes import HTTPRoute

from rubrica import audit
from rubrica.app import build_app
from rubrica.audit.model import NAMED
from tests.accounts.test_api import a_key, header
from tests.contacts.people import made, refused
from tests.lists.test_api import made_list

CSV = b"email,name\nsecret@example.com,Anna\n"


async def entries(api, **query):
    answer = await api.get("/audit", params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["totalElements"] == len(page["content"])
    return page["content"]


async def uploaded(api):
    files = {"file": ("a.csv", io.BytesIO(CSV))}
    answer = (await api.post("/contacts/upload", files=files)).json()
    return {"uploadId": answer["uploadId"], "mapping": answer["mapping"]}


async def an_operation(api, tx):
    account = (await api.get("/account")).json()["id"]
    return await tx.value(
        "INSERT INTO operations (account_id, kind, total) VALUES (%(a)s, 'CONTACTS_REMOVE', 1)"
        " RETURNING id",
        a=account,
    )


SETTLE = "/campaigns/{campaign_id:int}/recipients/{recipient_id:int}/settle"


async def campaigns(api, tx):
    """Make two drafts, one of which has a recipient whose answer was lost."""
    clients = (await made_list(api, "Clients"))["id"]
    team = (await api.post("/contacts/list", json={"name": "Team", "isTest": True})).json()["id"]
    anna = (await made(api, email="anna@example.com"))["id"]
    await api.post(
        "/contacts/list/contacts", json={"listIds": [clients, team], "contactIds": [anna]}
    )
    wish = {"name": "secret", "sendingMode": "EMAIL", "subject": "secret", "body": "secret"}
    wish |= {"contactListIds": [clients]}
    draft, other = [(await api.post("/campaigns", json=wish)).json()["id"] for _ in range(2)]
    await tx.run(
        "INSERT INTO campaign_recipients (account_id, campaign_id, number, contact_id, channel,"
        " address, status, status_at, claimed_at)"
        " SELECT account_id, id, 1, 1, 'EMAIL', 'anna@example.com', 'UNKNOWN', now(), now()"
        "   FROM campaigns WHERE id = %(id)s",
        id=draft,
    )
    return {"wish": wish, "draft": draft, "other": other, "test": {"listId": team}}


async def writes(api, tx):
    """Return a call for every route that writes, which succeeds, and what the audit says of it."""
    a, b, c, d = [(await made(api, email=f"{name}@example.com"))["id"] for name in "abcd"]
    one, two, three = [(await made_list(api, name))["id"] for name in ("One", "Two", "Three")]
    gone = (await made_list(api, "Gone"))["id"]
    await api.delete(f"/contacts/list/{gone}")
    key = (await a_key(api))["id"]
    field = {"key": "city", "label": "City"}
    by_filter = {"filter": {"email": "none@example.com"}, "expectedCount": 0}
    upload, cards = await uploaded(api), io.BytesIO(b"BEGIN:VCARD\r\nEMAIL:x@y.it\r\nEND:VCARD\r\n")
    files = {"file": ("a.vcf", cards)}
    vcard = (await api.post("/contacts/upload/vcard", files=files)).json()["uploadId"]
    imported = (await api.post("/contacts/mapped/file", json=await uploaded(api))).json()["id"]
    exported = (await api.post("/exports/contacts", json={})).json()["id"]
    await tx.run(
        "UPDATE exports SET status = 'FAILED', error = '{}', started_at = now(),"
        " finished_at = now(), draft_key = NULL"
    )
    operation = await an_operation(api, tx)
    undone = (await api.post("/contacts/mapped/file", json=await uploaded(api))).json()["id"]
    await tx.run(
        "UPDATE imports SET status = 'COMPLETED', started_at = now(), finished_at = now()"
        " WHERE id = %(id)s",
        id=undone,
    )
    e, f, g = [(await made(api, email=f"{name}@example.com"))["id"] for name in "efg"]
    stop = {"channel": "EMAIL", "address": "z@example.com"}
    stopped = (await api.post("/suppressions", json=stop)).json()["id"]
    said = {"channel": "EMAIL", "status": "UNSUBSCRIBED"}
    lines = [{"column": "mail", "field": "email"}]
    recipe = {"name": "One", "headers": ["mail"], "mapping": lines}
    kept = (await api.post("/imports/recipes", json=recipe)).json()["id"]
    outbox = {"channel": "RCS", "kind": "OUTBOX"}
    transport = (await api.post("/transports", json=outbox)).json()["id"]
    camp = await campaigns(api, tx)
    smpp = {"host": "secret.example.com", "systemId": "secret", "password": "secret"}
    smpp = {"channel": "SMS", "kind": "SMPP", "settings": smpp}
    new = {"email": "new@example.com"}
    wish = {"name": "k", "scopes": ["contacts:read"]}
    union = {"operation": "UNION", "listIds": [two, three]}
    pair = {"listIds": [one], "contactIds": [a, b]}
    return [
        ("POST", "/authentication", "", wish, "key.created"),
        ("DELETE", "/authentication/{key_id:str}", key, None, "key.deleted"),
        ("PUT", "/account", "", {"language": "it"}, "account.changed"),
        ("POST", "/contacts", "", new, "contact.created"),
        ("POST", "/contacts/batch", "", {"contacts": [new]}, "contacts.written"),
        ("PUT", "/contacts/{contact_id:int}", a, {"notes": "secret"}, "contact.updated"),
        ("PATCH", "/contacts/{contact_id:int}", a, {"notes": "x"}, "contact.updated"),
        ("DELETE", "/contacts/{contact_id:int}", c, None, "contact.deleted"),
        ("DELETE", "/contacts", "", {"ids": [d]}, "contacts.deleted"),
        ("POST", "/contacts/delete", "", by_filter, "contacts.deleted"),
        ("POST", "/contacts/fields", "", field, "field.created"),
        ("PUT", "/contacts/fields/{key:str}", "city", field | {"label": "x"}, "field.changed"),
        ("DELETE", "/contacts/fields/{key:str}", "city", None, "field.deleted"),
        ("POST", "/contacts/list", "", {"name": "new"}, "list.created"),
        ("PUT", "/contacts/list/{list_id:int}", one, {"name": "x"}, "list.changed"),
        ("POST", "/contacts/list/contacts", "", pair, "members.added"),
        ("POST", "/contacts/list/contacts/remove", "", pair, "members.removed"),
        ("DELETE", "/contacts/list/contacts", "", pair, "members.removed"),
        ("POST", "/contacts/list/{list_id:int}/combine", one, union, "list.combined"),
        ("DELETE", "/contacts/list/{list_id:int}", two, None, "list.deleted"),
        ("DELETE", "/contacts/list", "", {"ids": [three, two]}, "lists.deleted"),
        ("POST", "/contacts/list/{list_id:int}/restore", gone, None, "list.restored"),
        ("POST", "/contacts/mapped/file", "", upload, "import.started"),
        ("POST", "/contacts/mapped/vcard", "", {"uploadId": vcard}, "import.started"),
        ("POST", "/imports/{import_id:int}/cancel", imported, None, "import.cancelled"),
        ("POST", "/imports/{import_id:int}/undo", undone, None, "import.undone"),
        (
            "POST",
            "/suppressions",
            "",
            stop | {"channel": "SMS", "address": "+393471234567"},
            "suppression.created",
        ),
        ("DELETE", "/suppressions/{suppression_id:int}", stopped, None, "suppression.deleted"),
        ("POST", "/contacts/{contact_id:int}/subscriptions", e, said, "contact.unsubscribed"),
        ("POST", "/contacts/{contact_id:int}/merge", e, {"contactId": f}, "contact.merged"),
        ("POST", "/contacts/{contact_id:int}/erase", g, None, "contact.erased"),
        ("POST", "/imports/recipes", "", recipe | {"name": "Two"}, "recipe.created"),
        ("PUT", "/imports/recipes/{recipe_id:int}", kept, {"name": "x"}, "recipe.changed"),
        ("DELETE", "/imports/recipes/{recipe_id:int}", kept, None, "recipe.deleted"),
        ("POST", "/exports/contacts", "", {}, "export.started"),
        (
            "POST",
            "/exports/delivery-reports",
            "",
            {"campaignId": camp["draft"]},
            "export.started",
        ),
        ("POST", "/exports/{export_id:int}", exported, None, "export.started"),
        ("POST", "/campaigns", "", camp["wish"], "campaign.created"),
        ("PUT", "/campaigns/{campaign_id:int}", camp["draft"], {"name": "x"}, "campaign.changed"),
        (
            "POST",
            "/campaigns/{campaign_id:int}/test",
            camp["draft"],
            camp["test"],
            "campaign.tested",
        ),
        ("PUT", "/campaigns/{campaign_id:int}/confirm", camp["draft"], {}, "campaign.confirmed"),
        ("POST", "/campaigns/{campaign_id:int}/pause", camp["draft"], None, "campaign.paused"),
        ("POST", "/campaigns/{campaign_id:int}/resume", camp["draft"], None, "campaign.resumed"),
        ("POST", SETTLE, camp["draft"], {"status": "SENT"}, "campaign.settled"),
        ("POST", "/campaigns/{campaign_id:int}/cancel", camp["draft"], None, "campaign.cancelled"),
        ("DELETE", "/campaigns/{campaign_id:int}", camp["other"], None, "campaign.deleted"),
        ("POST", "/transports", "", smpp, "transport.created"),
        ("PUT", "/transports/{transport_id:int}", transport, outbox, "transport.changed"),
        ("DELETE", "/transports/{transport_id:int}", transport, None, "transport.deleted"),
        ("POST", "/operations/{operation_id:int}/cancel", operation, None, "operation.cancelled"),
    ]


def address(path, id):
    before, brace, rest = path.partition("{")
    rest = rest.partition("}")[2].replace("{recipient_id:int}", "1")
    return f"{before}{id}{rest}" if brace else path


async def test_every_write_leaves_one_entry_or_says_why_not(api, tx, config, db, storage):
    unaudited, routes = set(), set()
    for route in build_app(config, db, storage).routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/v1"):
            for method, (handler, _) in route.route_handler_map.items():
                if method not in ("GET", "HEAD", "OPTIONS"):
                    place = (method, route.path.removeprefix("/api/v1"))
                    (unaudited if handler.opt.get("unaudited") else routes).add(place)
    calls = await writes(api, tx)
    assert {(method, path) for method, path, *_ in calls} == routes
    assert {path.partition("{")[0] for _, path in unaudited} == {
        "/contacts/upload", "/contacts/upload/", "/contacts/upload/vcard", "/campaigns/",
    }  # fmt: skip

    for method, path, id, body, action in calls:
        before = await tx.column("SELECT id FROM audit")
        answer = await api.request(method, address(path, id), json=body)
        assert answer.status_code < 300, (method, path, answer.text)
        new = [entry for entry in await entries(api, limit=1000) if entry["id"] not in before]
        assert [entry["action"] for entry in new] == [action], (method, path)
        [entry] = new
        assert entry["requestId"] == answer.headers["x-request-id"]
        assert (entry["actor"], entry["keyName"]) == ("KEY", "acme's key")
        if id and action != "import.started":
            assert (entry["subject"], entry["subjectId"]) == (action.partition(".")[0], str(id))
    whole = await tx.value("SELECT string_agg(a::text, '') FROM audit a")
    for value in ("secret", "example.com", "Anna", "City"):
        assert value not in whole


async def test_what_is_refused_leaves_no_entry(api, tx):
    before = await tx.value("SELECT count(*) FROM audit")
    for method, path, body in (
        ("POST", "/contacts", {}),
        ("PUT", "/contacts/999999", {"notes": "x"}),
        ("DELETE", "/contacts/999999", None),
        ("PUT", "/contacts/list/999999", {"name": "x"}),
        ("POST", "/imports/999999/cancel", None),
        ("PUT", "/contacts/fields/none", {"key": "none", "label": "x"}),
        ("DELETE", "/authentication/1-999999", None),
        ("PUT", "/account", {"timezone": "none"}),
    ):
        answer = await api.request(method, path, json=body)
        assert answer.status_code in (400, 404)
    assert await tx.value("SELECT count(*) FROM audit") == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE false",
        "TRUNCATE audit",
        "INSERT INTO audit (account_id, actor, action) VALUES (1, 'CLI', 'x')"  # noqa: ISC004
        " ON CONFLICT (account_id, id) DO UPDATE SET action = 'x'",
    ],
)
async def test_the_audit_is_append_only(api, tx, statement):
    await made(api, email="a@example.com")
    before = await tx.column("SELECT to_jsonb(a) FROM audit a")
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        async with tx.conn.transaction():
            await tx.run(statement)
    assert await tx.column("SELECT to_jsonb(a) FROM audit a") == before


async def test_entries_are_found_newest_first(api, tx, other):
    account = (await api.get("/account")).json()["id"]
    key = await a_key(api, name="shop")
    a = (await made(api, email="a@example.com"))["id"]
    b = (await api.post("/contacts", json={"email": "b@example.com"}, headers=header(key))).json()
    one, two = [(await made_list(api, name))["id"] for name in ("One", "Two")]
    add = {"listIds": [one, two], "contactIds": [a, b["id"]]}
    await api.post("/contacts/list/contacts", json=add)
    await api.post("/contacts/delete", json={"ids": [a, b["id"], 999999]})
    await made(api, email="c@example.com")
    await audit.record(
        tx, audit.Actor(account=account, key=None, name=None, kind="CLI"), "key.deleted", key="9-9"
    )

    async def actions(**query):
        return [entry["action"] for entry in await entries(api, **query)]

    assert await actions() == [
        "key.deleted", "contact.created", "contacts.deleted", "members.added", "list.created",
        "list.created", "contact.created", "contact.created", "key.created",
    ]  # fmt: skip
    assert await actions(action="list.created") == ["list.created"] * 2
    assert await actions(actor="CLI") == ["key.deleted"]
    assert await actions(keyId=key["id"]) == ["contact.created"]
    assert await actions(keyId="999999-1") == await actions(keyId="x") == []
    assert await actions(subject="contact", subjectId=a) == ["contacts.deleted", "contact.created"]
    assert await actions(subject="list", subjectId=two) == ["members.added", "list.created"]
    assert await actions(subject="list") == ["list.created"] * 2
    assert await actions(subject="key", subjectId=key["id"]) == ["key.created"]
    [deleted] = await entries(api, action="contacts.deleted")
    assert deleted["details"] == {"contacts": sorted([a, b["id"]]), "deleted": 2}
    at = deleted["at"]
    assert (await actions(**{"from": at}))[-1:] == ["contacts.deleted"]
    assert (await actions(to=at))[0] == "contacts.deleted"
    await refused(await api.get("/audit?subjectId=1"), 400, "invalid")
    walked, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await api.get("/audit", params=query)).json()
        walked += [entry["action"] for entry in page["content"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert walked == await actions()
    # Another account has an audit of its own, and only an admin reads it.
    assert (await api.get("/audit", headers=other)).json()["content"] == []
    some = await a_key(api, scopes=["contacts:write"])
    await refused(await api.get("/audit", headers=header(some)), 403, "scope_missing")


async def test_of_very_many_only_the_number_is_told(api, tx):
    account = (await api.get("/account")).json()["id"]
    by = audit.Actor(account=account, key=None, name=None, kind="SYSTEM")
    await audit.record(tx, by, "contacts.deleted", contacts=list(range(NAMED + 1)), deleted=7)
    await audit.record(tx, by, "contacts.deleted", contacts=[5], deleted=1)

    one, many = await entries(api, actor="SYSTEM")

    assert many["details"] == {"contacts": NAMED + 1, "deleted": 7}
    assert (one["subject"], one["subjectId"], one["details"]) == ("contact", "5", {"deleted": 1})
    assert (one["keyId"], one["address"], one["requestId"]) == (None, None, None)


async def test_a_call_that_is_answered_again_leaves_no_second_entry(api):
    headers = {"Idempotency-Key": "k"}
    for _ in range(2):
        await api.post("/contacts", json={"email": "a@example.com"}, headers=headers)
    assert len(await entries(api, action="contact.created")) == 1
