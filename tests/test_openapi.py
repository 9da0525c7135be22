"""The document agrees with the API: its routes are asked whatever it allows, and more."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from litestar.testing import TestClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rubrica.app import build_app
from rubrica.db import Database
from rubrica.settings import Settings
from rubrica.storage import open_storage
from tests.conftest import an_account

EXAMPLES = [10, pytest.param(30, marks=pytest.mark.long)]
"""Requests to each operation, of each kind (right and wrong)."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def served(make_database, tmp_path_factory):
    """A client of the real application on a database of its own, and a key."""
    url = make_database("openapi")
    config = Settings(data_dir=tmp_path_factory.mktemp("openapi"), database_url=url, secret="s")

    async def key() -> str:
        db = Database(url, size=2)
        await db.open()
        async with db.transaction() as tx:
            made = await an_account(tx, "fuzz")
        await db.close()
        return made

    with ThreadPoolExecutor(1) as beside:  # the tests' own loop is running here
        made = beside.submit(asyncio.run, key()).result()
    app = build_app(config, Database(url, size=4), open_storage(config))
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["X-API-Key"] = made
        things(client)
        yield client


def things(client):
    """Make something that can be found by the ids that are tried first."""
    at = "/api/v1"
    client.post(f"{at}/contacts/fields", json={"key": "city", "label": "City"})
    contact = {"phoneNumber": "3471234567", "email": "a@example.com", "tags": ["t"]}
    contact = client.post(f"{at}/contacts", json=contact | {"customFields": {"city": "Roma"}})
    made = client.post(f"{at}/contacts/list", json={"name": "List"})
    members = {"listIds": [made.json()["id"]], "contactIds": [contact.json()["id"]]}
    assert client.post(f"{at}/contacts/list/contacts", json=members).status_code == 201


PLAUSIBLE = {
    "listIds": [1],
    "notListIds": [1],
    "contactIds": [1],
    "sortPriorityListId": 1,
    "phoneNumber": "3471234567",
    "email": "a@example.com",
    "birthDate": "2000-01-01",
    "language": "it",
    "customFields": {"city": "Roma"},
    "scopes": ["admin"],
    "allowedIps": ["10.0.0.0/8"],
    "defaultCountry": "IT",
    "timezone": "Europe/Rome",
    "filter": {"search": "a"},
    "expectedCount": 1,
}
"""What a generator does not come upon by itself."""
# To be documented by imports and exports themselves: 202, and 200 with `Prefer: wait`.


def document(client):
    return client.get("/openapi.json", headers={"X-API-Key": ""}).json()


def test_the_document_is_valid_and_names_every_route_once(served):
    client = served
    said = document(client)
    schemathesis.openapi.from_dict(said).validate()
    ids = [o["operationId"] for methods in said["paths"].values() for o in methods.values()]
    assert len(ids) == len(set(ids)) > 35
    assert set(said["components"]["securitySchemes"]) == {"key", "basic"}
    references = re.findall(r"#/components/schemas/([^\"]+)", json.dumps(said))
    assert set(references) <= set(said["components"]["schemas"])
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (path, method)
            assert (operation.get("security") == []) == (not path.startswith("/api/v1"))
    upload = said["paths"]["/api/v1/contacts/upload"]["post"]["requestBody"]
    assert "file" in upload["content"]["multipart/form-data"]["schema"]["properties"]
    contact = said["components"]["schemas"]["ContactBody"]
    assert contact["additionalProperties"] is False
    assert contact["properties"]["email"]["anyOf"][1] == {"type": "null"}
    assert "format" in said["components"]["schemas"]["Contact"]["properties"]["createdAt"]
    names = {p["name"] for p in said["paths"]["/api/v1/contacts"]["get"]["parameters"]}
    assert {"search", "listIds", "sortBy", "cursor", "sortPriorityListId"} <= names


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_request_breaks_the_service_or_the_document(served, examples):
    client = served
    said = document(client)
    # An import's events are followed until its end; nobody works here, so none would come.
    said["paths"].pop("/api/v1/imports/{import_id}/events")
    said["paths"].pop("/ready")
    schema = schemathesis.openapi.from_dict(said)
    schema.config.update(base_url="http://testserver.local")
    wrong: list[str] = []
    found = [each.ok() for each in schema.get_all_operations()]
    for operation in sorted(
        found, key=lambda each: bool(re.search("delete|erase|merge", each.label.lower()))
    ):
        for mode in GenerationMode:
            try:
                ask_for(client, operation, mode, examples)
            except Unsatisfiable:
                continue  # nothing can be wrong with a route that takes nothing
            except (Exception, FailureGroup) as error:  # noqa: BLE001 - shown all together
                said_more = getattr(error, "exceptions", [error])
                wrong += [f"{operation.label} ({mode.value}): {each!r}" for each in said_more]
    assert not wrong, "\n\n".join(wrong)


def ask_for(client, operation, mode, examples):
    """Send what the document allows, or what it does not, and hold the answers to it."""

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def once(case):
        if mode is GenerationMode.POSITIVE:
            make_plausible(case)
        prepared = requests.Request(**case.as_transport_kwargs()).prepare()
        headers = dict(prepared.headers) | {"X-API-Key": client.headers["X-API-Key"]}
        headers.pop("Authorization", None)
        answer = client.request(
            prepared.method, prepared.url, content=prepared.body or b"", headers=headers
        )
        case.validate_response(answer, checks=CHECKS)

    once()


def make_plausible(case):
    """Bring half of the cases past the first refusal: things that are there, addresses, scopes."""
    if len(str(case.as_transport_kwargs())) % 2:
        return
    for name, value in (case.path_parameters or {}).items():
        if isinstance(value, int):
            case.path_parameters[name] = 1
    if case.operation.path.endswith(("/list/contacts", "/list/contacts/remove")) and case.body:
        case.body = {"listIds": [1], "contactIds": [1]}
    for said in (case.query, case.body):
        if isinstance(said, dict):
            for name in PLAUSIBLE.keys() & said.keys():
                said[name] = PLAUSIBLE[name]
    if isinstance(case.body, dict) and case.operation.path.endswith(("/contacts", "/batch")):
        for contact in [case.body, *case.body.get("contacts", [])]:
            if isinstance(contact, dict) and "contacts" not in contact:
                contact["email"] = f"{len(contact)}@example.com"


def test_the_root_leads_to_the_page(served):
    answer = served.get("/", headers={"X-API-Key": ""}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/docs")


def test_the_document_can_be_read_and_tried_without_any_other_host(served):
    client = served
    page = client.get("/docs", headers={"X-API-Key": ""})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    assert "//" not in page.text.replace("<!doctype", "")
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(files) == 3
    kinds = {".js": "text/javascript", "css": "text/css"}
    for file in files:
        answer = client.get(file, headers={"X-API-Key": ""})
        assert answer.status_code == 200, file
        assert answer.headers["content-type"].startswith(kinds[file[-3:]])
        assert "attachment" not in answer.headers.get("content-disposition", "")
    assert "/openapi.json" in client.get("/docs/start.js").text
    for path in ("/schema", "/schema/openapi.json", "/docs/swagger-editor.js", "/docs/../setup.py"):
        assert client.get(path).status_code == 404, path
