"""A message centre by `smpp34`, an implementation that is not ours, and a wire that can be cut."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import smpp34


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Centre:
    """Answers submits as the test says: `decide` gets each; by default all are accepted."""

    def __init__(self) -> None:
        self.port = free_port()
        self.submits: list[smpp34.SubmitSmEvent] = []
        self.held: asyncio.Queue[smpp34.SubmitSmEvent] = asyncio.Queue()
        self.binds: asyncio.Queue[smpp34.Esme] = asyncio.Queue()
        self.unbound = asyncio.Event()
        self.decide: Callable[[smpp34.SubmitSmEvent], None] = self.accept

    def accept(self, event: smpp34.SubmitSmEvent) -> None:
        event.accept(f"id-{len(self.submits)}")

    def hold(self, event: smpp34.SubmitSmEvent) -> None:
        self.held.put_nowait(event)

    async def __aenter__(self) -> Self:
        self._server = smpp34.Server("127.0.0.1", self.port)
        await self._server.start()
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _serve(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.SubmitSmEvent):
                self.submits.append(event)
                self.decide(event)
            elif isinstance(event, smpp34.Esme):
                self.binds.put_nowait(event)
            else:
                self.unbound.set()


class Wire:
    """Stands between a link and a centre, and can be cut. What was cut can be joined again."""

    def __init__(self, port: int) -> None:
        self._beyond = port
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._beyond)
        self._writers += [writer, back]
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while octets := await source.read(65536):
                sink.write(octets)
                await sink.drain()
        sink.close()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
