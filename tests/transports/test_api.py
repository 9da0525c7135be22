"""How an account's messages leave, as it is set over HTTP; its secrets go in and never out."""

import pytest

from rubrica import transports
from rubrica.errors import Conflict
from rubrica.transports import service
from tests.accounts.test_api import a_key, header
from tests.contacts.people import refused

SMTP = {
    "host": "mail.example.com",
    "username": "acme",
    "password": "hunter2",
    "defaultSender": "Acme <news@example.com>",
}
SMPP = {"host": "smsc.example.com", "systemId": "acme", "password": "hunter2"}


@pytest.fixture
def make(api):
    async def make(status=201, channel="EMAIL", kind="SMTP", **settings):
        given = settings or {"SMTP": SMTP, "SMPP": SMPP, "OUTBOX": {}}[kind]
        body = {"channel": channel, "kind": kind, "settings": given}
        answer = await api.post("/transports", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    return make


@pytest.fixture
def put(api):
    async def put(id, status=200, **change):
        answer = await api.put(f"/transports/{id}", json=change)
        assert answer.status_code == status, answer.text
        return answer.json()

    return put


@pytest.fixture
async def account(api):
    return (await api.get("/account")).json()["id"]


async def opened(tx, account, id):
    found = await transports.by_id(tx, account, id)
    assert found is not None
    return found.settings


async def test_a_transport_is_shown_with_its_defaults_and_without_its_secrets(api, make):
    made = await make()
    assert made["settings"] == {
        "host": "mail.example.com",
        "port": 587,
        "security": "STARTTLS",
        "username": "acme",
        "defaultSender": "Acme <news@example.com>",
        "connections": 4,
        "timeoutSeconds": 60,
    }
    assert (made["channel"], made["kind"], made["secretsSet"]) == ("EMAIL", "SMTP", ["password"])
    assert made["deliveryReportsUrl"].endswith(f"/delivery-reports/{made['token']}")
    assert made["inboundUrl"].endswith(f"/inbound/{made['token']}")
    assert (await api.get(f"/transports/{made['id']}")).json() == made
    assert (await api.get("/transports")).json() == [made]


async def test_transports_for_sms_and_outboxes_are_set_too(make):
    made = await make(channel="SMS", kind="SMPP")
    assert made["settings"] == {
        "host": "smsc.example.com", "port": 2775, "tls": False, "systemId": "acme",
        "systemType": "", "sourceTon": None, "sourceNpi": None, "destTon": 1, "destNpi": 1,
        "defaultSender": None, "window": 10, "binds": 1, "enquireLinkSeconds": 30,
        "responseTimeoutSeconds": 30, "alphabet": "GSM7", "throughput": None,
    }  # fmt: skip
    outbox = await make(channel="WHATSAPP", kind="OUTBOX")
    assert (outbox["settings"], outbox["secretsSet"]) == ({}, [])


async def test_an_account_has_one_transport_for_each_channel(api, make, other):
    await make()
    problem = await make(409, kind="OUTBOX")
    assert problem["code"] == "transport_exists"
    body = {"channel": "EMAIL", "kind": "OUTBOX"}
    assert (await api.post("/transports", json=body, headers=other)).status_code == 201


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("settings.port", 0, ">= 1"),
        ("settings.port", "587", "int"),
        ("settings.port", None, "int"),
        ("settings.host", "mail example", "regex"),
        ("settings.host", "mail..example.com", "name or the IP address"),
        ("settings.security", "SSL", "“SSL” is not one of"),
        ("settings.connections", 21, "<= 20"),
        ("settings.password", "a\nb", "regex"),
        ("settings.timeoutSeconds", 0, ">= 1"),
        ("settings.defaultSender", "nobody", "Name <name@example.com>"),
        ("settings.systemId", "acme", "not known here"),
        ("settings.username", None, "given together"),
        ("settings.password", None, "given together"),
    ],
)
async def test_every_field_is_checked_and_named(make, field, value, says):
    problem = await make(400, **SMTP | {field.partition(".")[2]: value})
    assert [error["field"] for error in problem["errors"]] == [field]
    assert says in problem["errors"][0]["message"]


async def test_a_kind_that_does_not_carry_the_channel_is_refused(api, make, put, tx):
    for channel, kind in (("SMS", "SMTP"), ("RCS", "SMPP"), ("EMAIL", "SMPP")):
        problem = await make(400, channel=channel, kind=kind)
        assert (problem["code"], problem["errors"][0]["field"]) == ("kind_misfit", "kind")
    made = await make()
    assert (await put(made["id"], 400, kind="SMPP", settings=SMPP))["code"] == "kind_misfit"
    answer = await api.post("/transports", json={"channel": "SMS", "kind": "FAX"})
    await refused(answer, 400, "invalid")
    answer = await api.post("/transports", json={"channel": "SMS", "settings": {}})
    await refused(answer, 400, "invalid")


async def test_only_what_is_present_changes_and_null_brings_the_default_back(make, put):
    made = await make(**SMTP, connections=2, timeoutSeconds=5)
    changed = await put(made["id"], settings={"connections": None, "defaultSender": None})
    assert changed["settings"] == made["settings"] | {"connections": 4, "defaultSender": None}
    assert changed["secretsSet"] == ["password"]
    assert changed["updatedAt"] > made["updatedAt"]
    assert changed["token"] == made["token"]
    problem = await put(made["id"], 400, settings={"host": None})
    assert [e["field"] for e in problem["errors"]] == ["settings.host"]
    for unknown in ({"fax": 1}, {"fax": None}):
        problem = await put(made["id"], 400, settings=unknown)
        assert (problem["errors"][0]["field"], problem["errors"][0]["code"]) == (
            "settings.fax", "unknown_field",
        )  # fmt: skip


async def test_what_was_read_can_be_sent_back(api, make, tx, account):
    made = await make()
    back = (await api.put(f"/transports/{made['id']}", json=made)).json()
    assert back | {"updatedAt": None} == made | {"updatedAt": None}
    assert (await opened(tx, account, made["id"])).password == "hunter2"


async def test_an_absent_secret_stays_a_new_one_takes_its_place_and_null_clears(
    make, put, tx, account
):
    id = (await make())["id"]
    await put(id, settings={"timeoutSeconds": 7})
    assert (await opened(tx, account, id)).password == "hunter2"
    await put(id, settings={"password": "swordfish"})
    assert (await opened(tx, account, id)).password == "swordfish"
    problem = await put(id, 400, settings={"password": None})
    assert problem["errors"][0]["field"] == "settings.password"
    changed = await put(id, settings={"password": None, "username": None})
    assert changed["secretsSet"] == []
    assert await tx.value("SELECT secrets FROM transports") is None


@pytest.mark.parametrize(
    "place", [{"host": "evil.example.com"}, {"port": 2525}, {"security": "NONE"}]
)
async def test_a_secret_does_not_go_to_another_place_than_it_was_given_for(
    make, put, tx, account, place
):
    id = (await make())["id"]
    problem = await put(id, 400, settings=place)
    assert [e["field"] for e in problem["errors"]] == ["settings.password"]
    assert "say it again" in problem["detail"]
    await put(id, settings=place | {"password": "swordfish"})
    assert (await opened(tx, account, id)).password == "swordfish"
    changed = await put(id, kind="OUTBOX")
    assert (changed["settings"], changed["secretsSet"]) == ({}, [])


async def test_a_transport_keeps_its_channel(make, put):
    made = await make(kind="OUTBOX")
    problem = await put(made["id"], 400, channel="SMS")
    assert problem["errors"][0]["field"] == "channel"
    await put(made["id"], channel="EMAIL", kind="SMTP", settings=SMTP)


async def test_a_transport_that_is_gone_is_unknown(api, make):
    id = (await make())["id"]
    assert (await api.delete(f"/transports/{id}")).status_code == 204
    for call in (api.delete, api.get):
        await refused(await call(f"/transports/{id}"), 404, "transport_not_found")
    await refused(await api.put(f"/transports/{id}", json={}), 404, "transport_not_found")
    await make()


async def test_who_sends_through_a_transport_keeps_it_from_going(api, make, put, monkeypatch):
    class StillSending(Conflict):
        """A campaign is being sent."""

    asked = []

    async def refuse(tx, account, id):
        asked.append(id)
        raise StillSending

    id = (await make())["id"]
    monkeypatch.setattr(service, "before_removal", [refuse])
    assert (await api.delete(f"/transports/{id}")).status_code == 409
    await put(id, 409, kind="OUTBOX")
    await put(id, settings={"connections": 1})
    assert asked == [id, id]
    assert (await api.get(f"/transports/{id}")).json()["kind"] == "SMTP"


async def test_scopes_of_campaigns_open_transports(api, make):
    await make()
    reads = header(await a_key(api, scopes=["campaigns:read"]))
    assert (await api.get("/transports", headers=reads)).status_code == 200
    body = {"channel": "SMS", "kind": "OUTBOX"}
    await refused(await api.post("/transports", json=body, headers=reads), 403, "scope_missing")
    lists = header(await a_key(api, scopes=["lists:write"]))
    await refused(await api.get("/transports", headers=lists), 403, "scope_missing")


async def test_a_call_with_a_key_makes_one_transport(api):
    body = {"channel": "SMS", "kind": "OUTBOX"}
    headers = {"Idempotency-Key": "k"}
    one, two = [await api.post("/transports", json=body, headers=headers) for _ in range(2)]
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json() == two.json()


async def test_an_outbox_gives_way_to_what_is_made_for_its_channel(api):
    outbox = (await api.post("/transports", json={"channel": "EMAIL", "kind": "OUTBOX"})).json()
    way = {"channel": "EMAIL", "kind": "SMTP", "settings": {"host": "mail.example.com"}}
    made = await api.post("/transports", json=way)
    assert made.status_code == 201, made.text
    assert (made.json()["id"], made.json()["kind"]) == (outbox["id"], "SMTP")
    again = await api.post("/transports", json=way)
    assert (again.status_code, again.json()["code"]) == (409, "transport_exists")
