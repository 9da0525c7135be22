import asyncio
from collections.abc import Sequence

import pytest

from rubrica.transports import Answer, Inbound, Link, Message, Report, SmppSettings
from rubrica.transports.smpp import open_link
from tests.transports.smpp.centre import Centre
from tests.transports.smpp.wire import Peer


class Store:
    """What `received` writes into; it can be held shut, or refuse."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[Report], list[Inbound]]] = []
        self.called = asyncio.Queue[None]()
        self.open = asyncio.Event()
        self.open.set()
        self.failures = 0
        self.stored = asyncio.Queue[Report | Inbound]()

    async def __call__(self, reports: Sequence[Report], inbounds: Sequence[Inbound]) -> None:
        self.called.put_nowait(None)
        await self.open.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the database is away")
        self.calls.append((list(reports), list(inbounds)))
        for each in (*reports, *inbounds):
            self.stored.put_nowait(each)


def settings(port: int, **fields) -> SmppSettings:
    return SmppSettings(**{"host": "127.0.0.1", "system_id": "rubrica"} | fields, port=port)


def message(key: int = 1, text: str = "Hello", **fields) -> Message:
    whole = {"address": "+393471234567", "sender": "Shop", "subject": None, "channel": "SMS"}
    return Message(key=key, text=text, **whole | fields)


async def sent(link: Link, *messages: Message) -> list[Answer]:
    return [answer async for answer in link.send(messages)]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def centre():
    async with Centre() as opened:
        yield opened


@pytest.fixture
async def link_to(store):
    """Open links that are closed after the test."""
    opened: list[Link] = []

    def link(port: int, **fields) -> Link:
        opened.append(open_link(settings(port, **fields), store))
        return opened[-1]

    yield link
    for each in opened:
        await each.close()


@pytest.fixture
async def peer(link_to):
    """A peer that is gone before links are closed, so that none waits for it."""
    async with Peer() as opened:
        yield opened
