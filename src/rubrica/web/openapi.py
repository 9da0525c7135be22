"""The OpenAPI document, made from the routes and from the structs that they read and answer."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, NamedTuple, cast, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.response import ServerSentEvent, Stream
from litestar.routes import HTTPRoute

from rubrica.web.queries import Documented

REF = "#/components/schemas/{name}"
MEANINGS = {
    200: "Done.",
    201: "Created.",
    202: "Accepted: a job does it.",
    204: "Done; there is nothing to say.",
    400: "The request cannot be read, or a field of it is not right.",
    401: "The key is missing or wrong.",
    403: "The key may not do that, or not from this address.",
    404: "There is no such thing.",
    405: "This address does not know this method.",
    409: "It contradicts what is already there.",
    410: "It was there, and its time is over.",
    412: "It has changed since it was read.",
    413: "It is larger than what is accepted.",
    415: "It is not of a kind that is read here.",
    429: "The key asks too often; `Retry-After` says how many seconds to wait.",
    503: "Something that is needed does not answer just now.",
}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors", "requestId"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for programs, in snake_case."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "requestId": {"type": "string"},
    },
}
SECURITY: dict[str, Any] = {
    "key": {"type": "apiKey", "name": "X-API-Key", "in": "header"},
    "basic": {"type": "http", "scheme": "basic", "description": "Key id, and its secret."},
}


PAGE: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
"""What a route with `page=True` answers, refusals too: a page for people."""
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and call within 24 h: the same answer, and nothing is done again.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
}


class Route(NamedTuple):
    """One method of one address."""

    path: str
    method: str
    handler: HTTPRouteHandler
    path_parameters: dict[str, type]


def document(app: Litestar, *, prefix: str, title: str, version: str, url: str) -> dict[str, Any]:
    """Describe every route. Those below the prefix need a key."""
    routes = sorted(_routes(app), key=lambda route: (route.path, route.method))
    types = list(dict.fromkeys(kind for route in routes for kind in _types(route.handler)))
    shapes, components = msgspec.json.schema_components(types, ref_template=REF)
    shape_of = dict(zip(types, shapes, strict=True))
    for component in components.values():
        component["description"] = cleandoc(component.get("description", ""))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        keyed = route.path.startswith(f"{prefix}/")
        operation = _operation(route, shape_of, components, keyed=keyed)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": url or "/"}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, **components},
            "securitySchemes": SECURITY,
        },
        "security": [{"key": []}, {"basic": []}],
    }


def _routes(app: Litestar) -> Iterator[Route]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        parameters = {name: found.type for name, found in route.path_parameters.items()}
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS" and handler.resolve_include_in_schema():
                yield Route(route.path_format, method, handler, parameters)


def _types(handler: HTTPRouteHandler) -> list[Any]:
    """Return the types of a route's query, body and answers."""
    answers: list[Any] = [_told(spec) for spec in (handler.responses or {}).values()]
    answered = _answered(handler)
    body = _body(handler)
    return [
        *_kinds(handler),
        *([] if body is None else [body]),
        *([] if answered is None else [answered]),
        *answers,
    ]


def _kinds(handler: HTTPRouteHandler) -> tuple[type[msgspec.Struct], ...]:
    kind = handler.operation_class
    return kind.kinds if issubclass(kind, Documented) else ()


def _told(spec: ResponseSpec) -> Any:
    return cast("Any", spec).data_container


def _body(handler: HTTPRouteHandler) -> Any:
    field = handler.parsed_fn_signature.parameters.get("data")
    return None if field is None else field.annotation


def _answered(handler: HTTPRouteHandler) -> Any:
    """Return what a route answers in JSON; nothing where it answers nothing, or a file."""
    kind: Any = handler.parsed_fn_signature.return_type.annotation
    if get_origin(kind) is Response:
        kind = get_args(kind)[0]
    nothing = kind is None or kind is type(None)
    return None if nothing or kind in (Stream, ServerSentEvent) else kind


def _operation(
    route: Route, shape_of: dict[Any, Any], components: dict[str, Any], *, keyed: bool
) -> dict[str, Any]:
    handler = route.handler
    text = " ".join((handler.fn.__doc__ or "").split())
    tag = next(iter(handler.resolve_tags()), "Around it")
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(kind)}
        for name, kind in route.path_parameters.items()
    ]
    for kind in _kinds(handler):
        parameters += _query_parameters(shape_of[kind], components)
    if handler.opt.get("once"):
        parameters.append(IDEMPOTENCY_KEY)
    operation: dict[str, Any] = {
        "operationId": f"{tag.lower().replace(' ', '_')}.{handler.handler_name}",
        "tags": [tag],
        "summary": text.split(". ")[0].split(": ")[0].rstrip("."),
        "description": text,
        "parameters": parameters,
        "responses": _responses(handler, shape_of, keyed=keyed),
    }
    body = _body(handler)
    if body is not None:
        field = handler.parsed_fn_signature.parameters["data"]
        operation["requestBody"] = {
            "required": not (field.has_default or field.is_optional),
            "content": {"application/json": {"schema": shape_of[body]}},
        }
    elif (form := _form(handler)) is not None:
        operation["requestBody"] = form
    if not keyed:
        operation["security"] = []
    return operation


def _form(handler: HTTPRouteHandler) -> dict[str, Any] | None:
    """Return the body that a route of its own reading describes, such as a multipart form."""
    described = handler.operation_class(responses=None)
    describe = getattr(described, "__post_init__", None)
    if callable(describe):
        describe()
    return described.request_body.to_schema() if described.request_body is not None else None


def _responses(
    handler: HTTPRouteHandler, shape_of: dict[Any, Any], *, keyed: bool
) -> dict[str, Any]:
    responses: dict[str, Any] = {
        str(handler.status_code): _answer(handler.status_code, _content(handler, shape_of))
    }
    for status, spec in (handler.responses or {}).items():
        content = {"application/json": {"schema": shape_of[_told(spec)]}}
        responses[str(status)] = _answer(status, content)
    problem = {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}}
    refusals = (400, 401, 403, 404, 409, 410, 412, 413, 415, 429) if keyed else (404, 410)
    responses |= {str(status): _answer(status, problem) for status in (*refusals, 503)}
    responses["default"] = {"description": "Any other refusal.", "content": problem}
    if handler.opt.get("page"):
        responses["404"] = _answer(404, PAGE)
    return responses


def _answer(status: int, content: dict[str, Any] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"description": MEANINGS.get(status, "Answered.")}
    if content:
        found["content"] = content
    return found


def _content(handler: HTTPRouteHandler, shape_of: dict[Any, Any]) -> dict[str, Any] | None:
    if handler.opt.get("page"):
        return PAGE
    answered = _answered(handler)
    if answered is not None:
        return {"application/json": {"schema": shape_of[answered]}}
    kind = handler.parsed_fn_signature.return_type.annotation
    if kind is ServerSentEvent:
        return {"text/event-stream": {"schema": {"type": "string"}}}
    if kind is Stream:
        types: list[str] = handler.opt.get("media_types", [str(handler.media_type)])
        return {media_type: {"schema": {"type": "string"}} for media_type in types}
    return None


def _path_schema(kind: type) -> dict[str, Any]:
    if kind is int:
        return {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}
    return {"type": "string"}


def _query_parameters(shape: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a struct as query parameters: lists separated by commas."""
    struct = components[shape["$ref"].rpartition("/")[2]]
    found: list[dict[str, Any]] = []
    for name, field in struct["properties"].items():
        kind = _without_null(field)
        if kind.get("type") == "object":
            continue  # `customFields.<key>`: its names are the account's own
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": kind}
        if "$ref" in kind:
            content = {"application/json": {"schema": kind}}
            parameter = {"name": name, "in": "query", "content": content}
        elif kind.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        found.append(parameter)
    return found


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that is there: what is absent is not null in a query."""
    if "anyOf" in field:
        [kind] = [option for option in field["anyOf"] if option != {"type": "null"}]
    else:
        kind = {name: value for name, value in field.items() if name != "default"}
    if None in kind.get("enum", ()):
        kind = kind | {"enum": [value for value in kind["enum"] if value is not None]}
    return kind
