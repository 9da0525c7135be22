"""The first start: the tables, and a first account with a key that opens it."""

import asyncio
from shlex import quote

from rubrica import audit, consents, wiring
from rubrica.accounts import queries, service
from rubrica.accounts.model import KeyWish
from rubrica.db import Database, migrate
from rubrica.embedded import make_folder
from rubrica.settings import PREFIX, BadSetting, Settings, secret_of, write_private

ACCOUNT = "default"


def first_start(settings: Settings, database_url: str) -> list[str]:
    """Migrate; where there is no account yet, make one and return the lines that present its key.

    Any number of processes may call it at once, and again: one of them makes the account. Not to
    be called where an event loop runs.
    """
    migrate(database_url)
    try:
        return asyncio.run(_first_account(settings, database_url))
    except OSError as error:
        raise BadSetting(
            f"{PREFIX}DATA_DIR: {settings.data_dir} cannot be written ({error.strerror}). "
            "Choose another."
        ) from error


async def _first_account(settings: Settings, url: str) -> list[str]:
    async with Database(url).fresh() as tx, tx.conn.transaction():
        await tx.run("SELECT pg_advisory_xact_lock(7165)")
        make_folder(settings.data_dir)
        secret_of(settings)
        wiring.wire(settings)
        await consents.mend(tx)  # a migration knows no secret
        if await queries.all_accounts(tx):
            return []
        account = await service.create_account(tx, ACCOUNT, None)
        wish = KeyWish(name="first key", scopes=["admin"])
        made = await service.create_key(tx, account, wish)
        by = audit.Actor(account=account, key=None, name=None, kind="SYSTEM")
        await audit.record(tx, by, "account.created", account=account)
        await audit.record(tx, by, "key.created", key=made.id)
        # Before the commit: a kill in between leaves a file to be written over, not a lost key.
        file = settings.data_dir / "api-key"
        write_private(file, made.key)
    root = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    url = f"{root}{settings.api_prefix}/contacts"
    return [
        f"The account “{ACCOUNT}” was made. Its API key is shown this once, and kept in {file}:",
        "",
        f"    {made.key}",
        "",
        "It goes into the header X-API-Key:",
        "",
        f'    curl -H "X-API-Key: $(cat {quote(str(file))})" {url}',
        "",
    ]
