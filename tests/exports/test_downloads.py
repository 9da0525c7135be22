"""The links that fetch an export's file without a key."""

import msgspec
import pytest
from itsdangerous import TimestampSigner
from litestar.testing import AsyncTestClient

from rubrica.app import build_app
from rubrica.exports import links
from rubrica.exports.links import Ticket


@pytest.fixture
async def done(api, export):
    await api.post("/contacts", json={"email": "anna@example.com", "firstName": "Ànna"})
    return (await export({"columns": ["email", "firstName"]}))[0]


CONTENT = b"\xef\xbb\xbf" + '"email","firstName"\n"anna@example.com","Ànna"\n'.encode()
SIZE = len(CONTENT)


@pytest.fixture
async def anyone(config, db, storage):
    """A client without a key."""
    async with AsyncTestClient(build_app(config, db, storage)) as client:
        yield client


async def test_a_link_needs_no_key(anyone, done):
    answer = await anyone.get(done["downloadUrl"])

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["etag"] == f'"{done["sha256"]}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert (
        answer.headers["content-disposition"]
        == f'attachment; filename="contacts-{done["finishedAt"][:10]}-{done["id"]}.csv"'
    )


async def test_head_tells_what_get_would(anyone, done):
    whole, head = await anyone.get(done["downloadUrl"]), await anyone.head(done["downloadUrl"])

    assert (head.status_code, head.content) == (200, b"")
    unlike = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in unlike} == {
        k: v for k, v in whole.headers.items() if k not in unlike
    }


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=3-9", 3, 10),
        ("bytes=10-", 10, SIZE),
        ("bytes=10-99999", 10, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        ("bytes=-99999", 0, SIZE),
        ("Bytes = 1 - 2", 1, 3),
        (f"bytes=0-{SIZE - 1}", 0, SIZE),
    ],
)
async def test_a_range_is_answered_with_that_part(anyone, done, asked, start, end):
    answer = await anyone.get(done["downloadUrl"], headers={"Range": asked})

    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "rows=0-1",
        "bytes=",
        "",
        "bytes=" + "9" * 50 + "-",
    ],
)
async def test_a_range_that_is_not_understood_is_passed_over(anyone, done, asked):
    answer = await anyone.get(done["downloadUrl"], headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, CONTENT)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=5000-6000", "bytes=-0"])
async def test_a_range_beyond_the_end_cannot_be_satisfied(anyone, done, asked):
    answer = await anyone.get(done["downloadUrl"], headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_download_is_only_resumed_on_the_same_file(anyone, done):
    for tag, status in ((f'"{done["sha256"]}"', 206), ('"another"', 200)):
        answer = await anyone.get(
            done["downloadUrl"], headers={"Range": "bytes=3-", "If-Range": tag}
        )
        assert answer.status_code == status


@pytest.mark.parametrize("tampered", ["garbage", "a.b.c", "%00", "ünï"])
async def test_garbage_is_no_link(anyone, tampered):
    answer = await anyone.get(f"/downloads/{tampered}")
    assert (answer.status_code, answer.json()["code"]) == (404, "download_not_found")


async def test_a_link_that_was_changed_is_none_of_ours(anyone, config, done):
    token = done["downloadUrl"].rpartition("/")[2]
    payload, at, signature = token.split(".")
    foreign = links.sign(
        msgspec.structs.replace(config, secret="another"), Ticket(1, done["id"], 1)
    )
    other = links.sign(config, Ticket(1, done["id"] + 1, 1)).split(".")[0]
    for changed in (
        f"{other}.{at}.{signature}",
        f"{payload}.{at[::-1]}.{signature}",
        f"{payload}.{at}.{signature[::-1]}",
        foreign,
    ):
        for ask in (anyone.get, anyone.head):
            assert (await ask(f"/downloads/{changed}")).status_code == 404


async def test_what_else_is_signed_with_the_secret_is_no_link(anyone, config):
    for value in ([1, 1], "text", {"a": 1}, [1, 1, "1"], None):
        token = links._serializer(config).dumps(value)
        assert (await anyone.get(f"/downloads/{token}")).status_code == 404


async def test_a_link_expires_after_a_day(anyone, config, done, tx, monkeypatch):
    account = await tx.value("SELECT account_id FROM exports")
    now = TimestampSigner.get_timestamp
    for age, status in ((24 * 3600 - 60, 200), (24 * 3600 + 1, 410)):
        with monkeypatch.context() as patched:
            patched.setattr(TimestampSigner, "get_timestamp", lambda self, age=age: now(self) - age)
            token = links.sign(config, Ticket(account, done["id"], 1))
        answer = await anyone.get(f"/downloads/{token}")
        assert answer.status_code == status
    assert answer.json()["code"] == "link_expired"


async def test_a_link_opens_only_the_file_of_its_account(anyone, config, done, tx):
    account = await tx.value("SELECT account_id FROM exports")
    for ticket in (
        Ticket(account + 1, done["id"], 1),
        Ticket(account, done["id"] + 1, 1),
        Ticket(account, done["id"], 2),
    ):
        answer = await anyone.get(f"/downloads/{links.sign(config, ticket)}")
        assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")


async def test_a_file_that_somebody_took_away_is_gone(anyone, done, storage, tx):
    await storage.delete(await tx.value("SELECT storage_key FROM exports"))
    answer = await anyone.get(done["downloadUrl"])
    assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")


async def test_links_lead_to_the_public_address_where_one_is_set(config, db, storage, key, done):
    public = msgspec.structs.replace(config, public_url="https://book.example/rubrica/")
    async with AsyncTestClient(build_app(public, db, storage)) as client:
        shown = (
            await client.get(f"/api/v1/exports/{done['id']}", headers={"X-API-Key": key})
        ).json()
    assert shown["downloadUrl"].startswith("https://book.example/rubrica/downloads/")


def test_links_begin_with_the_address_of_the_request(done):
    assert done["downloadUrl"].startswith("http://testserver.local/downloads/")
