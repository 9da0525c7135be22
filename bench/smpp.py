"""`python -m bench.smpp`: messages a second on one bind, against `smpp34` in another process.

The centre answers each message as it comes and, where asked, reports it as delivered; reports are
stored by nothing but a count. Beside the rate stands what the sending process itself took of a
processor: the centre's own Python is often the slower end.
"""

import asyncio
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Sequence

import smpp34
import uvloop

from rubrica.transports import Inbound, Message, Report, SmppSettings
from rubrica.transports.smpp import open_link

MESSAGES = 20_000
BATCH = 500
BESIDE = 2
"""Batches that are on their way at a time."""


async def _serve(port: int, *, receipts: bool) -> None:
    server = smpp34.Server("127.0.0.1", port, inbound_capacity=10_000)
    await server.start()
    sessions: dict[str, smpp34.Esme] = {}
    reporting: set[asyncio.Task[smpp34.DeliverSmResp]] = set()
    count = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.SubmitSmEvent):
            count += 1
            event.accept(str(count))
            if receipts:
                text = f"id:{count} sub:001 dlvrd:001 submit date:2601010000"
                text += " done date:2601010000 stat:DELIVRD err:000 text:Hello"
                told = asyncio.ensure_future(
                    sessions[event.session_id].deliver_sm(
                        event.source_addr, text.encode(), source_addr=event.destination_addr,
                        source_addr_ton=1, esm_class=4,
                    )
                )  # fmt: skip
                reporting.add(told)
                told.add_done_callback(reporting.discard)
        elif isinstance(event, smpp34.Esme):
            sessions[event.session_id] = event


def centre(port: int, receipts: bool) -> None:  # noqa: FBT001 - a process takes no keywords
    uvloop.run(_serve(port, receipts=receipts))


async def _measure(port: int, window: int, *, receipts: bool) -> None:
    reported = 0
    everything = asyncio.Event()

    async def received(reports: Sequence[Report], _: Sequence[Inbound]) -> None:
        nonlocal reported
        reported += len(reports)
        if reported >= MESSAGES:
            everything.set()

    settings = SmppSettings(host="127.0.0.1", port=port, system_id="bench", window=window)
    link = open_link(settings, received)
    await link.ready()
    messages = [
        Message(
            key=key, channel="SMS", address=f"+3934{key:08}", sender="Shop", subject=None,
            text=f"Dear customer no. {key}, everything is 20% off until Sunday.",
        )
        for key in range(MESSAGES)
    ]  # fmt: skip
    batches = iter([messages[at : at + BATCH] for at in range(0, MESSAGES, BATCH)])

    async def work() -> None:
        for batch in batches:
            async for answer in link.send(batch):
                assert answer.outcome == "ACCEPTED", answer

    began, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(BESIDE)))
    if receipts:
        await everything.wait()
    took, busy = time.perf_counter() - began, time.process_time() - busy
    await link.close()
    with_receipts = "with receipts" if receipts else "no receipts"
    print(
        f"  window {window:3}, {with_receipts:14}{MESSAGES / took:8,.0f}/s"
        f"{MESSAGES / busy:12,.0f} a second of our processor"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until_it_listens(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def main() -> None:
    """Print the figures of both windows, with and without receipts."""
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}; one bind")
    for receipts in (False, True):
        for window in (10, 50):
            port = free_port()
            process = multiprocessing.get_context("spawn").Process(
                target=centre, args=(port, receipts), daemon=True
            )
            process.start()
            until_it_listens(port)
            uvloop.run(_measure(port, window, receipts=receipts))
            process.terminate()
            process.join()


if __name__ == "__main__":
    main()
