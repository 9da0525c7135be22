import pytest

from rubrica.imports import ledger, retention

PEOPLE = "phone,first name\n347 1234567,Anna\n12,Nobody\n"


async def age(tx, id, days):
    await tx.run(
        "UPDATE imports SET finished_at = finished_at - make_interval(days => %(days)s)"
        " WHERE id = %(id)s",
        id=id,
        days=days,
    )


async def left(tx, id):
    return sum(
        [
            await tx.value(
                retention.SQL("SELECT count(*) FROM {} WHERE import_id = %(id)s").format(
                    retention.Identifier(table)
                ),
                id=id,
            )
            for table in retention.TABLES
        ]
    )


@pytest.mark.parametrize("at_once", [1, 50_000])
async def test_a_ledger_is_kept_for_90_days(api, db, tx, take_in, monkeypatch, at_once):
    monkeypatch.setattr(retention, "AT_ONCE", at_once)
    await api.post("/contacts", json={"phoneNumber": "+393471234567", "firstName": "A"})
    _, done, _ = await take_in(PEOPLE)
    await age(tx, done["id"], 89)
    await retention.delete_old_ledgers(db)
    assert (await api.get(f"/imports/{done['id']}/rows")).json()["totalElements"] == 2

    await age(tx, done["id"], 2)
    await retention.delete_old_ledgers(db)

    assert await left(tx, done["id"]) == 0
    for path in ("rows", "rejects"):
        answer = await api.get(f"/imports/{done['id']}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (410, "ledger_expired")
    answer = await api.post(f"/imports/{done['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_undoable")
    assert (await api.get(f"/imports/{done['id']}")).json()["summary"]["total"] == 2
    assert await ledger.unbalanced(tx) == []


async def test_an_account_says_how_long_ledgers_are_kept(api, db, tx, take_in):
    assert (await api.get("/account")).json()["retention"] == {"importRowsDays": 90}
    answer = await api.put("/account", json={"retention": {"importRowsDays": 7}})
    assert answer.json()["retention"] == {"importRowsDays": 7}
    _, done, _ = await take_in(PEOPLE)
    await age(tx, done["id"], 8)
    await retention.delete_old_ledgers(db)
    assert await left(tx, done["id"]) == 0


@pytest.mark.parametrize("retention", [{"importRowsDays": 0}, {"years": 1}])
async def test_a_retention_that_is_none_is_refused(api, retention):
    answer = await api.put("/account", json={"retention": retention})
    assert answer.status_code == 400
