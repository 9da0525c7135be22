"""Real files over HTTP: each is shown or refused, and contact tables get the right mapping."""

import pytest

from rubrica.imports import analysing
from tests import corpora
from tests.corpus import judging

EVERY = [each for format in judging.FORMATS for each in judging.expected(format)]
MAPPED = [each for each in EVERY if each.get("mapping")]


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Have a busy machine read a file to its end, however long an answer may take."""
    monkeypatch.setattr(analysing, "PATIENCE", 600.0)


async def upload(api, file):
    path = "/contacts/upload/vcard" if file.suffix == ".vcf" else "/contacts/upload"
    with file.open("rb") as opened:
        return await api.post(path, files={"file": (file.name, opened)})


@corpora.present
@pytest.mark.parametrize("origin", sorted({each["file"].rsplit("/", 1)[0] for each in EVERY}))
async def test_every_file_is_shown_or_refused(api, origin):
    for each in EVERY:
        if each["file"].rsplit("/", 1)[0] != origin:
            continue
        answer = await upload(api, corpora.FOLDER / each["file"])
        assert answer.status_code in (200, 400, 413, 415), (each["file"], answer.text)
        if answer.status_code == 200:
            seen = answer.json()
            assert seen["complete"], each["file"]
            assert len(seen["mapping"]) == len(seen["columns"])
        else:
            assert answer.json()["detail"], each["file"]


@corpora.present
@pytest.mark.parametrize("wanted", MAPPED, ids=lambda each: each["file"])
async def test_a_contact_table_gets_the_mapping_that_a_person_would_give_it(api, wanted):
    seen = (await upload(api, corpora.FOLDER / wanted["file"])).json()
    suggested = {
        column["header"]: column["suggestedField"]
        for column in seen["columns"]
        if column["suggestedField"]
    }
    every = [wanted["mapping"], *(o["mapping"] for o in wanted.get("or") or [] if "mapping" in o)]
    assert any(one.items() <= suggested.items() for one in every), suggested
