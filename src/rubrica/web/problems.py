"""Refusals as `application/problem+json` (RFC 9457)."""

from typing import Any, cast
from uuid import uuid4

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from psycopg import DataError, OperationalError
from psycopg.errors import ProgramLimitExceeded

from rubrica import errors
from rubrica.misfits import field_error
from rubrica.web.answers import rate_headers

log = structlog.get_logger()

STATUS: dict[type[errors.Refused], int] = {
    errors.Invalid: 400,
    errors.Unknown: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.TooMany: 429,
    errors.Unready: 503,
}

TITLES = {
    400: ("malformed_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not know this method."),
    413: ("too_large", "The request is larger than what is accepted."),
    415: ("unsupported_media_type", "The body is not of a kind that is read here."),
}

STOCK = frozenset({"Not Found", "Method Not Allowed"})
"""What the framework says where it has nothing to say."""
Problem = Response[dict[str, Any]]


def refused(request: Request[Any, Any, Any], refusal: errors.Refused) -> Problem:
    """Answer with what the domain refused."""
    status = next(status for kind, status in STATUS.items() if isinstance(refusal, kind))
    headers: dict[str, str] = {}
    if status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = 'Basic realm="Rubrica"'
    if isinstance(refusal, errors.TooMany):
        headers["Retry-After"] = str(refusal.about.get("retryAfter", 1))
    return _problem(
        request,
        status,
        refusal.code,
        refusal.title,
        refusal.detail,
        refusal.errors,
        refusal.about,
        headers=headers,
    )


def rejected(request: Request[Any, Any, Any], error: HTTPException) -> Problem:
    """Answer what the framework found wrong before any of our code ran."""
    code, title = TITLES.get(error.status_code, ("refused", error.detail or "Refused."))
    fields = list(_fields(error)) if isinstance(error, ValidationException) else []
    if fields:
        code, title = "invalid", "A field is not right."
    detail = error.detail or title
    if fields:
        first = fields[0]
        detail = f"{first.field}: {first.message}"
    elif detail in STOCK:
        detail = title
    return _problem(
        request, error.status_code, code, title, detail, fields, headers=error.headers or {}
    )


def not_storable(
    request: Request[Any, Any, Any], error: DataError | ProgramLimitExceeded
) -> Problem:
    """Answer for a value that no PostgreSQL column takes, such as a NUL character."""
    title = "A value cannot be stored."
    return _problem(request, 400, "invalid_value", title, str(error).splitlines()[0])


def unreachable(request: Request[Any, Any, Any], error: OperationalError) -> Problem:
    """Answer while the database does not."""
    log.warning("database does not answer", error=str(error))
    title = "The database does not answer just now."
    detail = f"{title} Try again in a moment."
    return _problem(request, 503, "unavailable", title, detail, headers={"Retry-After": "2"})


def too_deep(request: Request[Any, Any, Any], _error: RecursionError) -> Problem:
    """Answer for JSON that is nested deeper than anything that is read here."""
    code, title = TITLES[400]
    return _problem(request, 400, code, title, "The body is nested too deeply.")


def failed(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """Answer for a bug: the log knows more, under the same request id."""
    log.error("unexpected error", path=request.url.path, exc_info=error)
    title = "Something went wrong on our side."
    detail = f"{title} Nothing was changed; the log tells more under this request id."
    return _problem(request, 500, "internal_error", title, detail)


HANDLERS: Any = {
    errors.Refused: refused,
    HTTPException: rejected,
    DataError: not_storable,
    ProgramLimitExceeded: not_storable,
    OperationalError: unreachable,
    RecursionError: too_deep,
    Exception: failed,
}


def _fields(error: ValidationException) -> list[errors.FieldError]:
    found: list[errors.FieldError] = []
    for part in cast("list[dict[str, Any]]", error.extra or []):
        path, message = str(part.get("key") or ""), str(part.get("message"))
        if path == "data" and message == "'data'":
            message = "A JSON body is needed."
        found.append(field_error("" if path == "data" else path, message))
    return found


def _problem(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    title: str,
    detail: str,
    fields: list[errors.FieldError] | None = None,
    about: dict[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Problem:
    # What middleware refuses does not pass `carrying_headers` again, and a request that met no
    # route never did: it has no id yet.
    request_id = request.state.get("request_id") or uuid4().hex
    body: dict[str, Any] = {
        "type": f"urn:rubrica:problem:{code}",
        "title": title,
        "status": status,
        "detail": _encodable(detail),
        "code": code,
        "errors": [
            {name: _encodable(text) for name, text in field._asdict().items()}
            for field in fields or []
        ],
        "requestId": request_id,
    }
    return Response(
        body | (about or {}),
        status_code=status,
        headers={
            "X-Request-Id": request_id,
            **rate_headers(request.state.get("rate")),
            **(headers or {}),
        },
        media_type="application/problem+json",
    )


def _encodable(text: str) -> str:
    """Return the text without what UTF-8 has no form for, such as half a surrogate pair."""
    return text.encode(errors="replace").decode()
