"""Imports of addresses that shall not be written to: suppressions are added, contacts untouched."""

from rubrica import consents
from rubrica.consents import Address, Channel
from rubrica.contacts import Newcomer
from rubrica.db import Tx
from rubrica.imports import ledger
from rubrica.imports.ledger import Booked
from rubrica.imports.queries import Running


async def merge(
    tx: Tx, account: int, running: Running, newcomers: list[Newcomer], foreseen: set[Address]
) -> None:
    """Suppress the addresses of a chunk's rows, and write the rows into the ledger.

    A row is CREATED where it adds a suppression, DUPLICATE where an earlier row of this import has
    added it, else UNCHANGED. `foreseen` is what earlier chunks of a dry run would have added.
    """
    channels = running.plan.channels
    rows = [(n, addresses(n, channels)) for n in newcomers]
    asked = {address for _, found in rows for address in found}
    reason = f"import {running.id}"
    if running.dry_run:
        added = set(foreseen)
        new = asked - added - await consents.suppressed_already(tx, account, asked)
    else:
        added = await consents.suppressed_already(tx, account, asked, reason)
        new = await consents.suppress_all(tx, account, asked, "IMPORT", reason)
    booked: list[Booked] = []
    for newcomer, found in rows:
        outcome = "CREATED" if found & new else "DUPLICATE" if found & added else "UNCHANGED"
        booked.append(Booked(newcomer.row, outcome, newcomer.warnings))
        added |= found & new
        new -= found
    foreseen |= added
    await ledger.book(tx, account, running.id, booked)


def addresses(newcomer: Newcomer, channels: list[Channel]) -> set[Address]:
    """Return the addresses that a row suppresses, each with its channel."""
    found = consents.addresses(newcomer.phone_key or None, newcomer.email or None)
    return {Address(channel, address) for channel, address in found.items() if channel in channels}
