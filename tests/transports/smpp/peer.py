"""A message centre in a process of its own that writes down what it took.

    python -m tests.transports.smpp.peer --port N --record FILE [--receipts] [--chaos SEED]

It lets anybody bind, as often as they like, and appends a line to FILE for every submit that it
takes, before it answers: `{"id": …, "to": digits, "text": …, "part": [reference, total, number]}`,
`part` being null of a message of one part. With --receipts it reports each of them as delivered,
over whatever bind there is, again and again until that is acknowledged. With --chaos it throttles,
answers late or never, and drops connections before and after it took a message: what, and when,
follows from SEED and the order in which messages come. It says `listening on PORT` once it does,
and stops at SIGTERM.
"""

import asyncio
import json
import random
import signal
import struct
import time
from collections import deque
from pathlib import Path
from typing import BinaryIO

import click
import smpp34
from aiosmpplib.codec import GSM7BitCodec

from tests.transports.smpp import wire

RECEIPTS_AT_ONCE = 50
THROTTLED = 0x58
# What of a thousand submits, in this order.
DROPPED_BEFORE, DROPPED_AFTER, NEVER_ANSWERED, LATE, THROTTLES = 0.5, 0.5, 1, 2, 3


class Centre:
    """What all connections share."""

    def __init__(self, record: BinaryIO, seed: int | None, *, receipts: bool) -> None:
        self.record = record
        self.chance = None if seed is None else random.Random(seed)
        self.receipts = receipts
        self.started = time.time_ns()
        self.taken = 0
        self.owed: deque[tuple[str, smpp34.SubmitSm]] = deque()
        self.connections: set[Connection] = set()

    def take(self, submit: smpp34.SubmitSm) -> str:
        """Write a message down for good, and return its id."""
        self.taken += 1
        id = f"{self.started:x}-{self.taken}"
        octets, part = submit.short_message, None
        if submit.esm_class & 0x40:
            octets, part = octets[1 + octets[0] :], list(octets[3:6])
        line = {"id": id, "to": submit.destination_addr, "text": text(submit, octets), "part": part}
        self.record.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        if self.receipts and submit.registered_delivery & 1:
            self.owed.append((id, submit))
        return id

    def fate(self) -> str:
        """Return what becomes of a submit."""
        if self.chance is None:
            return "answered"
        drawn = self.chance.random() * 1000
        for name, share in (
            ("dropped before", DROPPED_BEFORE), ("dropped after", DROPPED_AFTER),
            ("never answered", NEVER_ANSWERED), ("late", LATE), ("throttled", THROTTLES),
        ):  # fmt: skip
            drawn -= share
            if drawn < 0:
                return name
        return "answered"


def text(submit: smpp34.SubmitSm, octets: bytes) -> str:
    if submit.data_coding == 0:
        return GSM7BitCodec().decode(octets, "replace")[0]
    return octets.decode("utf-16-be" if submit.data_coding == 8 else "latin-1", "replace")


class Connection(asyncio.Protocol):
    """One bind, or what would be one."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.buffer = bytearray()
        self.number = 0
        self.unacknowledged: dict[int, tuple[str, smpp34.SubmitSm]] = {}
        self.bound = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.centre.connections.discard(self)
        self.centre.owed.extend(self.unacknowledged.values())
        self.unacknowledged.clear()
        for other in self.centre.connections:
            other.report()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        start = 0
        while len(self.buffer) - start >= 16 and not self.transport.is_closing():
            length, command, status, number = struct.unpack_from("!IIII", self.buffer, start)
            if length < 16:
                self.transport.abort()
                return
            if len(self.buffer) - start < length:
                break
            self.read(command, status, number, bytes(self.buffer[start : start + length]))
            start += length
        del self.buffer[:start]

    def read(self, command: int, status: int, number: int, whole: bytes) -> None:
        match command:
            case wire.BIND:
                self.write(wire.BOUND, number, b"recorder\0")
                self.bound = True
                self.centre.connections.add(self)
                self.report()
            case wire.SUBMIT:
                self.submitted(number, whole)
            case wire.DELIVERED:
                owed = self.unacknowledged.pop(number, None)
                if owed and status:
                    self.centre.owed.append(owed)
                    asyncio.get_running_loop().call_later(0.2, self.report)
                self.report()
            case wire.ENQUIRE:
                self.write(wire.ENQUIRED, number)
            case wire.UNBIND:
                self.write(wire.UNBOUND, number)
                self.transport.close()

    def submitted(self, number: int, whole: bytes) -> None:
        submit = smpp34.decode(whole)
        assert isinstance(submit, smpp34.SubmitSm)
        fate = self.centre.fate() if self.bound else "dropped before"
        if fate == "throttled":
            self.write(wire.SUBMITTED, number, status=THROTTLED)
            return
        if fate != "dropped before":
            id = self.centre.take(submit).encode() + b"\0"
            if fate == "late":
                pause = 0.1 + 3 * self.centre.chance.random()
                asyncio.get_running_loop().call_later(pause, self.write, wire.SUBMITTED, number, id)
            elif fate == "answered":
                self.write(wire.SUBMITTED, number, id)
            self.report()
        if fate.startswith("dropped"):
            self.transport.abort()

    def report(self) -> None:
        """Send the receipts that are owed, so many at a time."""
        while (
            self.centre.owed
            and len(self.unacknowledged) < RECEIPTS_AT_ONCE
            and not self.transport.is_closing()
        ):
            id, submit = owed = self.centre.owed.popleft()
            self.number = self.number % 0x7FFFFFFF + 1
            self.unacknowledged[self.number] = owed
            now = time.strftime("%y%m%d%H%M%S", time.gmtime())
            body = (
                f"id:{id} sub:001 dlvrd:001 submit date:{now} done date:{now} stat:DELIVRD err:000"
                " text:"
            )
            pdu = smpp34.DeliverSm(
                submit.destination_addr, submit.source_addr, body.encode(), esm_class=0x04,
                source_addr_ton=1, source_addr_npi=1, sequence_number=self.number,
            )  # fmt: skip
            self.transport.write(pdu.encode())

    def write(self, command: int, number: int, body: bytes = b"", status: int = 0) -> None:
        if not self.transport.is_closing():
            self.transport.write(wire.write(command, number, body, status))


async def serve(port: int, record: BinaryIO, seed: int | None, *, receipts: bool) -> None:
    centre = Centre(record, seed, receipts=receipts)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(centre), "127.0.0.1", port)
    over = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, over.set)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    await over.wait()
    server.close()
    for connection in list(centre.connections):
        connection.transport.abort()


@click.command()
@click.option("--port", type=int, default=0, help="0: one that is free.")
@click.option("--record", type=click.Path(path_type=Path), required=True)
@click.option("--receipts", is_flag=True, help="Report each message as delivered.")
@click.option("--chaos", "seed", type=int, help="Misbehave, by this seed.")
def main(port: int, record: Path, seed: int | None, *, receipts: bool) -> None:
    # Unbuffered: a line is in the file before its message is answered.
    with record.open("ab", buffering=0) as file:
        asyncio.run(serve(port, file, seed, receipts=receipts))


if __name__ == "__main__":
    main()
