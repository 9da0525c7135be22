from base64 import b64encode

import httpx
import pytest

from rubrica.accounts.limits import Meter
from tests.contacts.people import refused


async def a_key(api, **wish):
    answer = await api.post("/authentication", json={"name": "k", "scopes": ["admin"]} | wish)
    assert answer.status_code == 201, answer.text
    return answer.json()


def header(key):
    return {"X-API-Key": key["key"]}


def basic(user, password):
    return {
        "X-API-Key": None,
        "Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}",
    }


async def ask(api, headers, path="/contacts", method="GET", **more):
    """Ask with these headers only."""
    request = api.build_request(method, path, **more)
    del request.headers["X-API-Key"]
    request.headers.update({name: value for name, value in headers.items() if value is not None})
    return await api.send(request)


async def test_a_key_opens_by_header_and_by_basic(api):
    key = await a_key(api, name="shop", scopes=["contacts:read", "contacts:read"])
    assert key["scopes"] == ["contacts:read"]
    assert key["rateLimit"] == {"perMinute": 1000, "perSecond": 50}
    secret = key["key"].rpartition("_")[2] if key["key"].count("_") == 2 else None

    assert (await ask(api, header(key))).status_code == 200
    assert (await ask(api, basic(key["id"], key["key"]))).status_code == 200
    if secret:
        assert (await ask(api, basic(key["id"], secret))).status_code == 200
    [_, listed] = (await api.get("/authentication")).json()
    assert listed["name"] == "shop"
    assert listed["lastUsedAt"]
    assert "key" not in listed


async def test_what_opens_nothing_is_unauthorized(api):
    key = await a_key(api)
    other = await a_key(api)
    wrong = [
        {"X-API-Key": None},
        {"X-API-Key": ""},
        {"X-API-Key": "x"},
        {"X-API-Key": key["key"] + "x"},
        {"X-API-Key": key["key"][:-1]},
        {"X-API-Key": key["key"].replace(key["id"], other["id"])},
        {"X-API-Key": "rbr_1-1_"},
        {"X-API-Key": f"rbr_{'9' * 30}-1_x"},
        {"X-API-Key": f"rbr_{'9' * 18}-{'9' * 18}_x"},
        basic(key["id"], "wrong"),
        basic("nobody", key["key"]),
        basic(other["id"], key["key"]),
        {"X-API-Key": None, "Authorization": "Basic !!!"},
        {"X-API-Key": None, "Authorization": "Basic"},
        {"X-API-Key": None, "Authorization": f"Basic {b64encode(bytes([255, 254])).decode()}"},
        {"X-API-Key": None, "Authorization": f"Bearer {key['key']}"},
    ]
    for headers in wrong:
        answer = await ask(api, headers)
        await refused(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_deleted_key_opens_nothing(api):
    key = await a_key(api)
    assert (await api.delete(f"/authentication/{key['id']}")).status_code == 204
    await refused(await ask(api, header(key)), 401, "unauthorized")
    for id in (key["id"], "x", "1", "-", "1-x", "0-0", f"{key['id']}0", "%00"):
        answer = await api.delete(f"/authentication/{id}")
        assert answer.status_code == 404, id


async def test_a_key_opens_until_it_expires(api, tx):
    key = await a_key(api, expiresAt="2999-01-01T00:00:00Z")
    assert (await ask(api, header(key))).status_code == 200
    await tx.run("UPDATE api_keys SET expires_at = now() WHERE name = 'k'")
    problem = await refused(await ask(api, header(key)), 401, "unauthorized")
    assert "expired" in problem["detail"]


@pytest.mark.parametrize(
    ("networks", "client", "status"),
    [
        (["10.0.0.0/8"], "10.1.2.3", 200),
        (["10.0.0.1/8"], "10.1.2.3", 200),
        (["10.1.2.3"], "::ffff:10.1.2.3", 200),
        (["10.0.0.0/8"], "11.1.2.3", 403),
        (["2001:db8::/32"], "2001:db8::1", 200),
        (["2001:db8::/32", "10.0.0.0/8"], "10.1.2.3", 200),
        (["2001:db8::/32"], "10.1.2.3", 403),
        (["0.0.0.0/0"], "testclient", 403),
        ([], "testclient", 200),
    ],
)
async def test_a_key_may_be_used_from_its_addresses(api, networks, client, status):
    key = await a_key(api, allowedIps=networks)
    there = httpx.ASGITransport(app=api.app, client=(client, 1))
    async with httpx.AsyncClient(transport=there, base_url=api.base_url) as from_there:
        answer = await from_there.get("/contacts", headers=header(key))

    assert answer.status_code == status, answer.text
    if status == 403:
        await refused(answer, 403, "address_not_allowed")


async def test_a_key_does_what_its_scopes_say(api):
    tries = {
        "contacts:read": ("GET", "/contacts"),
        "contacts:write": ("POST", "/contacts"),
        "lists:read": ("GET", "/contacts/list"),
        "lists:write": ("POST", "/contacts/list"),
        "imports:read": ("GET", "/imports"),
        "exports:read": ("GET", "/exports"),
        "admin": ("GET", "/authentication"),
    }
    for scope in tries:
        key = await a_key(api, name=scope, scopes=[scope])
        for needed, (method, path) in tries.items():
            body = {"json": {"foo": 1}} if method == "POST" else {}
            answer = await ask(api, header(key), path, method, **body)
            may = scope in (needed, "admin") or scope == needed.replace(":read", ":write")
            assert (answer.status_code == 403) == (not may), (scope, needed)
            if not may:
                assert needed in (await refused(answer, 403, "scope_missing"))["detail"]
        assert (await ask(api, header(key), "/account")).status_code == 200
        change = await ask(api, header(key), "/account", "PUT", json={})
        assert change.status_code == (200 if scope == "admin" else 403)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": "", "scopes": ["admin"]}, "name"),
        ({"name": "x" * 201, "scopes": ["admin"]}, "name"),
        ({"scopes": ["admin"]}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["root"]}, "scopes"),
        ({"name": "x", "scopes": "admin"}, "scopes"),
        ({"name": "x", "scopes": ["admin"], "allowedIps": ["here"]}, "allowedIps"),
        ({"name": "x", "scopes": ["admin"], "expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
        ({"name": "x", "scopes": ["admin"], "expiresAt": 5}, "expiresAt"),
        ({"name": "x", "scopes": ["admin"], "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"name": "x", "scopes": ["admin"], "rateLimit": {"perMinute": 0}}, "rateLimit.perMinute"),
        ({"name": "x", "scopes": ["admin"], "rateLimit": {"perHour": 1}}, "rateLimit.perHour"),
        ({"name": "x", "scopes": ["admin"], "rateLimit": 5}, "rateLimit"),
        ({"name": "x", "scopes": ["admin"], "foo": 1}, "foo"),
    ],
)
async def test_a_key_that_cannot_be_is_refused(api, wish, field):
    await refused(await api.post("/authentication", json=wish), 400, "invalid", field)
    assert len((await api.get("/authentication")).json()) == 1


async def test_answers_tell_where_a_key_stands_in_its_minute(api):
    key = await a_key(api, rateLimit={"perMinute": 3, "perSecond": 1000})
    for left in (2, 1, 0):
        answer = await ask(api, header(key))
        assert answer.status_code == 200
        assert answer.headers["x-ratelimit-limit"] == "3"
        assert answer.headers["x-ratelimit-remaining"] == str(left)
        assert 0 <= int(answer.headers["x-ratelimit-reset"]) <= 60
    answer = await ask(api, header(key))
    problem = await refused(answer, 429, "rate_limited")
    assert problem["retryAfter"] == int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-ratelimit-remaining"] == "0"
    # Another key has a minute of its own; null is no limit.
    free = await a_key(api, rateLimit=None)
    assert free["rateLimit"] is None
    answer = await ask(api, header(free))
    assert answer.status_code == 200
    assert "x-ratelimit-limit" not in answer.headers


async def test_bursts_are_limited_by_the_second():
    meter = Meter("", 1)
    rates = [await meter.count("k", 1000, 5) for _ in range(12)]
    # At most two seconds' worth got through, and the minute was charged for those alone.
    passed = [rate for rate in rates if rate.wait == 0]
    assert 5 <= len(passed) <= 10
    assert rates[-1].remaining == 1000 - len(passed)
    assert {rate.wait for rate in rates} <= {0, 1}


async def test_each_of_several_processes_takes_its_share():
    meter = Meter("", 4)
    rates = [await meter.count("k", 8, 1000) for _ in range(3)]
    assert [rate.wait == 0 for rate in rates] == [True, True, False]
    assert rates[0].limit == 8


async def test_an_account_is_read_and_changed(api):
    before = (await api.get("/account")).json()
    assert (before["name"], before["defaultCountry"], before["timezone"]) == ("acme", "IT", "UTC")
    assert (await api.put("/account", json=before)).status_code == 200
    change = {"defaultCountry": None, "timezone": "Europe/Rome", "language": "PT_br"}

    after = (await api.put("/account", json=change)).json()

    assert (after["defaultCountry"], after["timezone"]) == (None, "Europe/Rome")
    assert (after["language"], after["name"]) == ("pt-BR", "acme")
    # Without a country a national number cannot be read.
    answer = await api.post("/contacts", json={"phoneNumber": "3471234567"})
    await refused(answer, 400, "invalid", "phoneNumber")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"defaultCountry": "XX"}, "defaultCountry"),
        ({"defaultCountry": "it"}, "defaultCountry"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "\u0000"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"language": "?"}, "language"),
        ({"retention": []}, "retention"),
        ({"foo": 1}, "foo"),
    ],
)
async def test_an_account_that_cannot_be_is_refused(api, change, field):
    before = (await api.get("/account")).json()
    await refused(await api.put("/account", json=change), 400, "invalid", field)
    assert (await api.get("/account")).json() == before
