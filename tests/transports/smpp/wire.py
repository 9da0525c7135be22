"""SMPP 3.4 by hand, and a peer on it that does what no centre would. Knows nothing of our code."""

import asyncio
import struct
from typing import NamedTuple, Self

import smpp34

BIND, BOUND = 0x00000009, 0x80000009
SUBMIT, SUBMITTED = 0x00000004, 0x80000004
DELIVER, DELIVERED = 0x00000005, 0x80000005
UNBIND, UNBOUND = 0x00000006, 0x80000006
ENQUIRE, ENQUIRED = 0x00000015, 0x80000015
NACK = 0x80000000


class Pdu(NamedTuple):
    command: int
    status: int
    number: int
    body: bytes
    whole: bytes

    @property
    def submit(self) -> smpp34.SubmitSm:
        read = smpp34.decode(self.whole)
        assert isinstance(read, smpp34.SubmitSm)
        return read


def write(command: int, number: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, status, number) + body


async def read(reader: asyncio.StreamReader) -> Pdu:
    """Read one PDU; raises EOFError at the end of the stream."""
    head = await reader.readexactly(16)
    length, command, status, number = struct.unpack("!IIII", head)
    body = await reader.readexactly(length - 16)
    return Pdu(command, status, number, body, head + body)


class Connection:
    """The peer's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.pushed = 1000

    async def read(self, command: int) -> Pdu:
        """Read the next PDU, which is to be of this command; enquiries are answered beside."""
        while True:
            pdu = await read(self.reader)
            if pdu.command == ENQUIRE and command != ENQUIRE:
                self.write(ENQUIRED, pdu.number)
                continue
            assert hex(pdu.command) == hex(command)
            return pdu

    def write(self, command: int, number: int, body: bytes = b"", status: int = 0) -> None:
        self.writer.write(write(command, number, body, status))

    def answer(self, submit: Pdu, id: str = "1", status: int = 0) -> None:
        self.write(SUBMITTED, submit.number, b"" if status else id.encode() + b"\0", status)

    def deliver(self, text: bytes, source: str = "393471234567", **fields) -> int:
        """Push a deliver_sm; return its number."""
        self.pushed += 1
        pdu = smpp34.DeliverSm(source, "Shop", text, sequence_number=self.pushed, **fields)
        self.writer.write(pdu.encode())
        return self.pushed

    async def bound(self, status: int = 0) -> "Connection":
        bind = await self.read(BIND)
        self.write(BOUND, bind.number, b"" if status else b"centre\0", status)
        return self

    async def nothing_more(self) -> None:
        """Return once the other end has shown that it wrote nothing before it read this."""
        self.write(ENQUIRE, 999_999)
        answer = await self.read(ENQUIRED)
        assert answer.number == 999_999

    def cut(self) -> None:
        self.writer.transport.abort()

    async def ends(self) -> bool:
        """Return true once the other end has closed; whatever it still says is passed over."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass
        return True


class Peer:
    """A server whose every connection is handed to the test."""

    def __init__(self) -> None:
        self._coming: asyncio.Queue[Connection] = asyncio.Queue()
        self._all: list[Connection] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._all:
            connection.cut()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        self._all.append(connection)
        self._coming.put_nowait(connection)

    async def connection(self) -> Connection:
        return await self._coming.get()

    async def bound(self) -> Connection:
        return await (await self.connection()).bound()
