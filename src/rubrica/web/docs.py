"""The OpenAPI document and a page to read and try it, served from here: nothing from a CDN."""

from pathlib import Path
from typing import Any

import swagger_ui
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.response import File, Redirect

from rubrica.web import openapi

STATIC = Path(swagger_ui.__file__).parent / "static"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rubrica: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""
# Swagger UI writes styles of its own into the page, and draws icons from data.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def docs(*, prefix: str, title: str, version: str, url: str) -> Router:
    """Return the routes: `/openapi.json`, and `/docs` with its files. They need no key."""
    made: dict[Litestar, dict[str, Any]] = {}

    @get("/openapi.json", sync_to_thread=False)
    def document(request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Return the OpenAPI document."""
        app = request.app
        if app not in made:
            made[app] = openapi.document(app, prefix=prefix, title=title, version=version, url=url)
        return made[app]

    @get("/", status_code=302, sync_to_thread=False)
    def front() -> Redirect:
        """Lead whoever opens the address in a browser to the page; there is no console yet."""
        return Redirect("/docs", status_code=302)

    @get("/docs", media_type=MediaType.HTML, sync_to_thread=False)
    def page() -> Response[str]:
        """Show the document, and try its calls."""
        return Response(PAGE, headers={"Content-Security-Policy": POLICY})

    @get("/docs/start.js", media_type="text/javascript", sync_to_thread=False)
    def start() -> str:
        """Start Swagger UI."""
        return START

    @get("/docs/swagger-ui-bundle.js", sync_to_thread=False)
    def script() -> File:
        """Return Swagger UI."""
        return _file("swagger-ui-bundle.js", "text/javascript")

    @get("/docs/swagger-ui.css", sync_to_thread=False)
    def style() -> File:
        """Return Swagger UI's looks."""
        return _file("swagger-ui.css", "text/css")

    return Router(
        "/", route_handlers=[front, document, page, start, script, style], include_in_schema=False
    )


def _file(name: str, media_type: str) -> File:
    return File(
        STATIC / name,
        filename=name,
        media_type=media_type,
        content_disposition_type="inline",
        headers={"Cache-Control": "max-age=86400"},
    )
