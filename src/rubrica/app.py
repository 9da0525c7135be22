"""The web process: the whole application, put together in one place."""

import argparse
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import metadata

import uvicorn
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.types import Scope

from rubrica import lifeline, settings, wiring
from rubrica.accounts.api import router as accounts_routes
from rubrica.accounts.authentication import Authentication, the_caller
from rubrica.accounts.limits import Meter
from rubrica.campaigns.api import router as campaigns_routes
from rubrica.campaigns.mailroom_api import router as mailroom_routes
from rubrica.campaigns.public_api import router as public_routes
from rubrica.campaigns.report_export_api import router as report_export_routes
from rubrica.campaigns.stats_api import router as stats_routes
from rubrica.consents.api import router as consents_routes
from rubrica.contacts.api import router as contacts_routes
from rubrica.contacts.person_api import router as person_routes
from rubrica.db import Database
from rubrica.exports.api import downloads as download_routes
from rubrica.exports.api import router as exports_routes
from rubrica.idempotency.middleware import doing_once
from rubrica.imports.api import router as imports_routes
from rubrica.imports.recipe_api import router as recipe_routes
from rubrica.imports.upload_api import FORM
from rubrica.imports.upload_api import router as upload_routes
from rubrica.lists.api import router as lists_routes
from rubrica.metrics.api import router as metrics_routes
from rubrica.metrics.requests import count_answer, counting
from rubrica.operations.api import router as operations_routes
from rubrica.settings import Settings
from rubrica.storage import Storage, open_storage
from rubrica.transports.api import router as transports_routes
from rubrica.web import health
from rubrica.web.addresses import possible
from rubrica.web.answers import carrying_headers
from rubrica.web.bodies import StrictRequest
from rubrica.web.docs import docs
from rubrica.web.problems import HANDLERS


def build_app(config: Settings, db: Database, storage: Storage) -> Litestar:
    """Return the ASGI application."""
    wiring.wire(config)

    async def the_db(scope: Scope) -> Database:
        return scope["state"].get("db", db)

    async def the_storage() -> Storage:
        return storage

    async def the_config() -> Settings:
        return config

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncGenerator[None]:
        app.state.db = db
        app.state.meter = Meter(config.limits_url, config.web_processes)
        await db.open()
        yield
        await db.close()

    behind_a_key = Router(
        config.api_prefix,
        route_handlers=[
            accounts_routes,
            contacts_routes,
            person_routes,
            consents_routes,
            lists_routes,
            upload_routes,
            recipe_routes,
            imports_routes,
            exports_routes,
            campaigns_routes,
            stats_routes,
            report_export_routes,
            mailroom_routes,
            transports_routes,
            operations_routes,
        ],
        middleware=[
            DefineMiddleware(Authentication),
            doing_once(config.max_upload_bytes + FORM),
        ],
        guards=[possible],
        dependencies={"caller": Provide(the_caller)},
    )
    described = docs(
        prefix=config.api_prefix,
        title="Rubrica",
        version=metadata.version("rubrica"),
        url=config.public_url,
    )
    return Litestar(
        route_handlers=[
            behind_a_key,
            download_routes,
            public_routes,
            health.router,
            metrics_routes,
            described,
        ],
        dependencies={
            "db": Provide(the_db),
            "storage": Provide(the_storage),
            "config": Provide(the_config),
        },
        exception_handlers=HANDLERS,
        request_class=StrictRequest,
        middleware=[counting, carrying_headers],
        before_send=[count_answer],
        lifespan=[opened],
        openapi_config=None,
    )


def main() -> None:
    """Serve on a socket that the supervisor has bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    given = parser.parse_args()
    lifeline.follow_parent()
    config = settings.read(os.environ)
    db = Database(config.database_url, size=config.pool_size)
    app = build_app(config, db, open_storage(config))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            proxy_headers=bool(config.trusted_proxies),
            forwarded_allow_ips=config.trusted_proxies or None,
            server_header=False,
        )
    )
    server.run(sockets=[socket.socket(fileno=given.fd)])


if __name__ == "__main__":
    main()
