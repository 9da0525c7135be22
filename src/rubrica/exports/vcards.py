"""A file of vCards: a card for each contact, with every field that it has."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from rubrica.db import Tx
from rubrica.exports import jsonl
from rubrica.exports.model import NEWEST, ContactsExport, Plan, Tell, VcardVersion
from rubrica.formats import vcards

CONTACT = msgspec.json.Decoder(dict[str, Any])


async def write(tx: Tx, plan: Plan, tell: Tell) -> AsyncGenerator[bytes]:
    """Yield the file. The cards are made in a thread, so that the event loop goes on."""
    assert isinstance(plan.wish, ContactsExport)
    version = plan.wish.vcard_version or NEWEST
    async with aclosing(jsonl.write(tx, plan, tell)) as blocks:
        async for block in blocks:
            yield await asyncio.to_thread(_cards, block, version)


def _cards(lines: bytes, version: VcardVersion) -> bytes:
    return "".join(vcards.write(each, version) for each in CONTACT.decode_lines(lines)).encode()
