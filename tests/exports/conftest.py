import csv
import io

import pytest

from rubrica.exports import service


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

    async def export(wish, headers=None):
        answer = await api.post("/exports/contacts", json=wish, headers=headers)
        assert answer.status_code == 202, answer.text
        await run(answer.json()["id"])
        done = (await api.get(f"/exports/{answer.json()['id']}", headers=headers)).json()
        assert done["status"] == "COMPLETED", done
        return done, (await api.get(done["downloadUrl"])).content

    return export


@pytest.fixture
def table(export):
    """Export and fetch: the cells."""

    async def table(wish, delimiter=","):
        _, content = await export(wish)
        assert content.startswith(b"\xef\xbb\xbf")
        return list(
            csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
        )

    return table
