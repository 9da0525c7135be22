"""What the tests of contacts share."""


async def made(api, **fields):
    """Add a contact; return it as it was answered, without the warnings."""
    answer = await api.post("/contacts", json=fields)
    assert answer.status_code == 201, answer.text
    contact = answer.json()
    contact.pop("warnings")
    return contact


async def found(api, path="/contacts", **query):
    """Return the ids that a filter finds, and hold it to its own total."""
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    if "cursor" not in query and query.get("count") != "none" and "limit" not in query:
        assert page["totalElements"] == len(page["content"])
    return [contact["id"] for contact in page["content"]]


async def refused(answer, status, code, field=None):
    """Hold an answer to the form of a problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert all(problem[name] for name in ("type", "title", "detail"))
    assert problem["requestId"] == answer.headers["x-request-id"]
    if field is not None:
        assert field in [error["field"] for error in problem["errors"]], problem
    return problem
