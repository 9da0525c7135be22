import pytest

from rubrica.operations import carry_out
from tests.contacts.people import refused


@pytest.fixture
async def operation(api, tx):
    """A bulk write of contacts that has not begun: its account and its id."""
    account = (await api.get("/account")).json()["id"]
    id = await tx.value(
        "INSERT INTO operations (account_id, kind, total)"
        " VALUES (%(account)s, 'CONTACTS_REMOVE', 3) RETURNING id",
        account=account,
    )
    await tx.run(
        "INSERT INTO operation_contacts SELECT %(account)s, %(id)s, n FROM generate_series(1, 3) n",
        account=account,
        id=id,
    )
    return account, id


async def test_an_operation_is_carried_out_once(api, db, operation):
    account, id = operation
    seen = []

    async def step(tx, account, ids, arguments):
        seen.append((account, ids, arguments))
        return {"deleted": len(ids), "perList": {"1": {"n": 1}}, "names": ids[:1]}

    await carry_out(db, account, id, step)
    await carry_out(db, account, id, step)

    assert seen == [(account, [1, 2, 3], {})]
    done = (await api.get(f"/operations/{id}")).json()
    assert (done["status"], done["processed"], done["total"]) == ("COMPLETED", 3, 3)
    assert done["result"] == {"deleted": 3, "perList": {"1": {"n": 1}}, "names": [1]}


async def test_an_operation_that_breaks_says_so_and_keeps_nothing_of_the_step(
    api, db, tx, operation
):
    account, id = operation

    async def step(tx, account, ids, arguments):
        await tx.run("DELETE FROM api_keys")
        message = "no"
        raise ValueError(message)

    await carry_out(db, account, id, step)

    done = (await api.get(f"/operations/{id}")).json()
    assert (done["status"], done["processed"]) == ("FAILED", 0)
    assert "no" in done["error"]
    assert done["finishedAt"]
    assert await tx.value("SELECT count(*) FROM operation_contacts") == 0


async def test_an_operation_that_has_ended_cannot_be_cancelled(api, operation):
    _, id = operation
    assert (await api.post(f"/operations/{id}/cancel")).json()["status"] == "CANCELLED"
    await refused(await api.post(f"/operations/{id}/cancel"), 409, "operation_ended")
    await refused(await api.get("/operations/999999"), 404, "operation_not_found")
    await refused(await api.post("/operations/999999/cancel"), 404, "operation_not_found")


async def test_an_operation_needs_the_scope_of_its_feature(api, operation):
    _, id = operation

    async def may(scope, method, path):
        wish = {"name": scope, "scopes": [scope]}
        key = (await api.post("/authentication", json=wish)).json()["key"]
        answer = await api.request(method, path, headers={"X-API-Key": key})
        if answer.status_code == 403:
            await refused(answer, 403, "scope_missing")
        return answer.status_code == 200

    assert not await may("lists:write", "GET", f"/operations/{id}")
    assert await may("contacts:read", "GET", f"/operations/{id}")
    assert not await may("contacts:read", "POST", f"/operations/{id}/cancel")
    assert await may("contacts:write", "POST", f"/operations/{id}/cancel")
