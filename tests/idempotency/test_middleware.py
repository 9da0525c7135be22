"""A call that is sent twice with a key is done once."""

import asyncio
import io

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec.structs import replace

from rubrica import contacts, idempotency
from rubrica.app import build_app
from rubrica.idempotency import model, queries, service
from rubrica.idempotency.model import Call
from tests.accounts.test_api import a_key
from tests.contacts.people import made, refused
from tests.contacts.test_races import opened

NOT_ONCE = {
    "/authentication": "a secret is not kept, so that it could not be answered again",
    "/operations/{operation_id:int}/cancel": "stops what runs; the scope it needs is known late",
    "/campaigns/{campaign_id:int}/calculateGoal": "only counts",
    "/unsubscribe/{token:str}": "mail programs call it; again does nothing more",
    "/delivery-reports/{token:str}": "providers call it; a report counts once by itself",
    "/inbound/{token:str}": "providers call it; a message counts once by its id",
}
KEY = {"Idempotency-Key": "a key, of mine"}
BODY = {"phoneNumber": "3471234567", "notes": "x"}
CSV = b"email,name\na@example.com,Anna\n"


def bare(answer):
    """What must be the same of two answers."""
    own = ("x-request-id", "idempotency-replayed")
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, headers, answer.content


async def keep_nothing(tx, *, held="-1 second"):
    """Leave what a crash between the commit and the answer leaves."""
    await tx.run(
        "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL,"
        f" held_until = clock_timestamp() + interval '{held}'"
    )


def test_every_post_is_done_once_or_says_why_not(config, db, storage):
    app = build_app(config, db, storage)
    handlers = {
        route.path.removeprefix("/api/v1"): route.route_handler_map["POST"][0]
        for route in app.routes
        if isinstance(route, HTTPRoute) and "POST" in route.route_handler_map
    }
    assert all(isinstance(handler, HTTPRouteHandler) for handler in handlers.values())
    assert {path for path, found in handlers.items() if not found.opt.get("once")} == set(NOT_ONCE)


async def test_the_document_names_the_header_where_it_is_read(root):
    paths = (await root.get("/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            names = [parameter["name"] for parameter in operation["parameters"]]
            named = path.replace("_id}", "_id:int}").replace("{token}", "{token:str}")
            once = method == "post" and named.removeprefix("/api/v1") not in NOT_ONCE
            assert ("Idempotency-Key" in names) == once, (method, path)


async def test_the_same_call_gets_the_same_answer_and_is_done_once(api):
    first = await api.post("/contacts", json=BODY, headers=KEY)
    again = await api.post("/contacts", json=BODY, headers=KEY)

    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert bare(again) == bare(first)
    assert again.headers["etag"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert (await api.get("/contacts")).json()["totalElements"] == 1
    # Without the key, and with another one, it is another call.
    await refused(await api.post("/contacts", json=BODY), 409, "contact_exists")
    other = await api.post("/contacts", json=BODY, headers={"Idempotency-Key": "b"})
    await refused(other, 409, "contact_exists")


async def test_another_body_query_or_address_is_another_call(api):
    assert (await api.post("/contacts", json=BODY, headers=KEY)).status_code == 201
    for path, body in (
        ("/contacts", BODY | {"notes": "y"}),
        ("/contacts?onConflict=update", BODY),
        ("/contacts/batch", BODY),
    ):
        answer = await api.post(path, json=body, headers=KEY)
        await refused(answer, 409, "idempotency_key_reused")
    assert (await api.get("/contacts")).json()["totalElements"] == 1


async def test_a_key_is_its_accounts_own(api, other):
    assert (await api.post("/contacts", json=BODY, headers=KEY)).status_code == 201
    answer = await api.post("/contacts", json=BODY, headers=KEY | other)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers
    # Any key of the account may ask again, but not one that could not have made the call.
    for scope, status in (("contacts:write", 201), ("contacts:read", 403)):
        key = await a_key(api, name=scope, scopes=[scope])
        again = await api.post("/contacts", json=BODY, headers=KEY | {"X-API-Key": key["key"]})
        assert again.status_code == status


async def create_with(api, *keys):
    """Send a contact with these keys, as they are, to the last byte."""
    headers = [(b"X-API-Key", api.headers["X-API-Key"].encode())]
    headers += [(b"Idempotency-Key", key.encode("latin-1")) for key in keys]
    there = httpx.ASGITransport(app=api.app)
    async with httpx.AsyncClient(transport=there, base_url=api.base_url) as client:
        return await client.post("/contacts", json=BODY, headers=headers)


@pytest.mark.parametrize(
    "keys", [[""], ["x" * 256], ["\t"], ["caf\u00e9"], ["a\u007f"], ["a", "b"]]
)
async def test_a_key_is_one_of_printable_characters(api, keys):
    await refused(await create_with(api, *keys), 400, "invalid", "Idempotency-Key")
    assert (await api.get("/contacts")).json()["totalElements"] == 0
    assert (await create_with(api, "~" * 255)).status_code == 201


async def test_a_refusal_is_not_kept(api, tx):
    there = await made(api, **BODY)
    await refused(await api.post("/contacts", json=BODY, headers=KEY), 409, "contact_exists")
    await refused(await api.post("/contacts", json={"x": 1}, headers=KEY), 400, "invalid")
    assert await tx.value("SELECT count(*) FROM idempotency_keys") == 0

    await api.delete(f"/contacts/{there['id']}")
    answer = await api.post("/contacts", json=BODY, headers=KEY)

    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


async def test_a_key_is_free_again_after_a_day(api, tx):
    assert (await api.post("/contacts", json=BODY, headers=KEY)).status_code == 201
    await tx.run("UPDATE idempotency_keys SET created_at = now() - interval '23 h 59 min'")
    assert (await api.post("/contacts", json=BODY, headers=KEY)).status_code == 201
    assert await idempotency.forget_expired(tx) == 0
    await tx.run("UPDATE idempotency_keys SET created_at = now() - interval '24 h'")

    await refused(await api.post("/contacts", json=BODY, headers=KEY), 409, "contact_exists")
    answer = await api.post("/contacts", json={"email": "b@example.com"}, headers=KEY)

    assert answer.status_code == 201
    await tx.run("UPDATE idempotency_keys SET created_at = now() - interval '24 h'")
    assert await idempotency.forget_expired(tx) == 1


async def test_a_call_whose_answer_a_crash_took_is_not_done_again(api, tx):
    body = {"email": "a@example.com"}
    assert (await api.post("/contacts", json=body, headers=KEY)).status_code == 201
    await keep_nothing(tx)

    for _ in range(2):
        answer = await api.post("/contacts", json=body, headers=KEY)
        problem = await refused(answer, 409, "idempotent_answer_lost")
        assert "carried out" in problem["detail"]
    different = await api.post("/contacts", json=BODY, headers=KEY)
    await refused(different, 409, "idempotency_key_reused")
    assert (await api.get("/contacts")).json()["totalElements"] == 1


async def test_a_call_that_died_before_its_commit_is_done_by_the_next(api, tx):
    # What is left is a claim that nobody renews.
    await api.post("/contacts", json=BODY, headers=KEY)
    there = (await api.get("/contacts")).json()["content"][0]["id"]
    await api.delete(f"/contacts/{there}")
    await keep_nothing(tx, held="100 ms")
    await tx.run("UPDATE idempotency_keys SET done_at = NULL")

    answer = await api.post("/contacts", json=BODY, headers=KEY)

    assert answer.status_code == 201
    assert (await api.get("/contacts")).json()["totalElements"] == 1


async def test_who_was_taken_for_dead_does_nothing(api, tx, db):
    account = (await api.get("/account")).json()["id"]
    slow, quick = (Call(account, "k", b"f", holder) for holder in ("slow", "quick"))
    assert await queries.claim(tx, slow)
    assert not await queries.claim(tx, quick)
    await queries.hold(tx, slow, 0)
    assert await queries.claim(tx, quick)

    with pytest.raises(model.IdempotencyKeyInFlight):
        async with service.OnceDatabase(db, slow).transaction() as own:
            await own.run("DELETE FROM api_keys")
    async with service.OnceDatabase(db, quick).transaction():
        pass

    assert (await api.get("/account")).status_code == 200


async def test_an_upload_is_compared_by_its_file_and_its_options(api, storage, config):
    async def upload(content=CSV, name="a.csv", **fields):
        files = {"file": (name, io.BytesIO(content))}
        return await api.post("/contacts/upload", files=files, data=fields, headers=KEY)

    first = await upload(limit="5")
    again = await upload(limit="5")

    assert first.status_code == 200, first.text
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert bare(again) == bare(first)
    assert len(list((config.data_dir / "files").rglob("uploads/*/*"))) == 1
    for other in (
        await upload(CSV + b"b@example.com,Bea\n", limit="5"),
        await upload(name="b.csv", limit="5"),
        await upload(limit="6"),
        await upload(),
    ):
        await refused(other, 409, "idempotency_key_reused")


async def test_an_upload_that_is_too_large_is_refused_before_it_is_read(config, db, storage, key):
    app = build_app(replace(config, max_upload_bytes=10), db, storage)
    there = httpx.ASGITransport(app=app)
    async with app.lifespan(), httpx.AsyncClient(transport=there) as client:
        answer = await client.post(
            "http://testserver.local/api/v1/contacts/upload",
            files={"file": ("a.csv", b"x" * 2_000_000)},
            headers=KEY | {"X-API-Key": key},
        )
    assert answer.status_code == 413
    assert answer.json()["code"] == "upload_too_large"


async def test_answers_are_forgotten_and_marks_are_kept(api, tx, other):
    await api.post("/contacts", json=BODY, headers=KEY)
    await api.post("/contacts", json=BODY, headers=KEY | other)
    account = (await api.get("/account")).json()["id"]

    assert await idempotency.forget_answers(tx, account) == 1
    assert await idempotency.forget_answers(tx, account) == 0

    left = await tx.value(
        "SELECT string_agg(t::text, '') FROM idempotency_keys t WHERE account_id = %(account)s",
        account=account,
    )
    assert BODY["phoneNumber"] not in left
    assert left.endswith(",,,)")  # neither status nor headers nor body
    answer = await api.post("/contacts", json=BODY, headers=KEY)
    await refused(answer, 409, "idempotent_answer_lost")
    assert (await api.post("/contacts", json=BODY, headers=KEY | other)).status_code == 201


async def test_an_answer_to_come_is_not_kept_after_erasure(api, tx):
    account = (await api.get("/account")).json()["id"]
    call = Call(account, "k", b"f", "me")
    await queries.claim(tx, call)
    await queries.mark(tx, call)

    await idempotency.forget_answers(tx, account)
    await queries.keep(tx, call, model.Answer(201, [], b"secret"))

    known = await queries.find(tx, call)
    assert known.answer is None
    assert (known.done, known.held) == (True, False)


@pytest.fixture(scope="module")
def real_url(make_database):
    return make_database("once")


async def test_twins_in_flight_are_done_once_and_answered_alike(real_url, config, storage):
    async with opened(real_url, config, storage, "twins") as (client, db):
        body = {"contacts": [{"email": f"{n}@example.com"} for n in range(300)]}
        # More of them than the pool has connections, beside calls of others.
        calls = [client.post("/contacts/batch", json=body, headers=KEY) for _ in range(30)]
        calls += [client.post("/contacts", json={"email": f"x{n}@example.com"}) for n in range(10)]

        answers = await asyncio.gather(*calls)

        assert {answer.status_code for answer in answers[:30]} == {200}
        assert len({answer.content for answer in answers[:30]}) == 1
        assert answers[0].json()["summary"]["created"] == 300
        first = [a for a in answers[:30] if "idempotency-replayed" not in a.headers]
        assert len(first) == 1
        assert {answer.status_code for answer in answers[30:]} == {201}
        async with db.read() as tx:
            assert await contacts.miscounted(tx) == []


async def test_a_twin_waits_until_the_first_is_answered(real_url, config, storage):
    async with opened(real_url, config, storage, "waits") as (client, db):
        account = (await client.get("/account")).json()["id"]
        first = Call(account, KEY["Idempotency-Key"], b"", "first")
        wish = {"contacts": [{"email": "a@example.com"}]}
        await client.post("/contacts/batch", json=wish, headers=KEY)
        async with db.transaction() as tx:
            await tx.run("DELETE FROM contacts")
            await tx.run("DELETE FROM contact_count_deltas")
            await keep_nothing(tx, held="1 minute")
            await tx.run("UPDATE idempotency_keys SET done_at = NULL, holder = 'first'")
        twins = [
            asyncio.create_task(client.post("/contacts/batch", json=wish, headers=KEY))
            for _ in range(20)
        ]
        # Twenty wait on a pool of eight, and others are served meanwhile.
        for _ in range(20):
            assert (await client.get("/contacts")).status_code == 200
        assert not any(twin.done() for twin in twins)
        async with db.transaction() as tx:
            await queries.release(tx, first)

        answers = await asyncio.gather(*twins)

        assert [answer.json()["summary"]["created"] for answer in answers] == [1] * 20
        assert (await client.get("/contacts")).json()["totalElements"] == 1


async def test_a_call_that_waits_for_its_job_is_answered_alike(real_url, config, storage):
    async with opened(real_url, config, storage, "preferring") as (client, db):
        headers = KEY | {"Prefer": "wait=1"}
        first, twin = await asyncio.gather(
            *(client.post("/exports/contacts", json={}, headers=headers) for _ in range(2))
        )
        assert first.status_code == twin.status_code == 202, first.text
        assert first.json()["id"] == twin.json()["id"]
        # The job was there to be taken before the call had been answered.
        async with db.read() as tx:
            queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'exports.run'"
            assert await tx.value(queued) == 1
