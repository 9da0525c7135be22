"""What comes in: read, stored many at a time, and only then acknowledged."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from smpp34 import DeliverSm

from rubrica.transports.model import Inbound, Received, Report
from rubrica.transports.smpp import codes, pdus, receipts, texts

log = structlog.get_logger()

AT_ONCE = 500
"""Stored by one call at the most."""
GATHER_SECONDS, QUIET_SECONDS = 0.02, 0.002
"""How long the first waits for others at the most, so that one commit is for all of them, and how
long without another one."""


class Coming(NamedTuple):
    """A deliver_sm, and how to answer it; whoever sent it may be gone by then."""

    pdu: DeliverSm
    answer: Callable[[int], None]


class Intake:
    """Gathers what comes in and stores it in groups, one after the other.

    An answer other than 0 makes the centre send the message again (ESME_RX_T_APPN, 5.1.3), as does
    none at all: what is stored may come twice, but nothing is lost.
    """

    def __init__(self, received: Received, alphabet: texts.Alphabet) -> None:
        self._received = received
        self._alphabet: texts.Alphabet = alphabet
        self._waiting: list[Coming] = []
        self._size = AT_ONCE
        self._some = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, coming: Coming) -> None:
        """Take one in; it is answered once it is stored."""
        self._waiting.append(coming)
        self._idle.clear()
        self._some.set()

    async def store(self) -> None:
        """Store what comes in, for ever."""
        while True:
            await self._some.wait()
            await self._gather()
            group, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            status = await self._stored(group)
            for coming in group:
                coming.answer(status)
            # Alone after a failure, so that one that cannot be stored holds up no others.
            self._size = min(2 * self._size, AT_ONCE) if status == codes.OK else 1
            if not self._waiting:
                self._some.clear()
                self._idle.set()

    async def _gather(self) -> None:
        """Wait for others, until there are enough, the time is over, or no more come.

        A centre has a window, too: once it is full, to wait on would bring nothing.
        """
        until = asyncio.get_running_loop().time() + GATHER_SECONDS
        before = 0
        while before < len(self._waiting) < self._size:
            before = len(self._waiting)
            if asyncio.get_running_loop().time() >= until:
                break
            await asyncio.sleep(QUIET_SECONDS)

    async def drained(self) -> None:
        """Return once all that came in is stored and answered."""
        await self._idle.wait()

    async def _stored(self, group: list[Coming]) -> int:
        now = datetime.now(UTC)
        reports: list[Report] = []
        inbounds: list[Inbound] = []
        try:
            for coming in group:
                self._sort(coming.pdu, now, reports, inbounds)
            if reports or inbounds:
                await self._received(reports, inbounds)
        except Exception:
            # Whatever it is: the centre keeps them, and sends them again.
            log.exception("cannot store what a message centre sent", messages=len(group))
            return codes.TEMPORARY
        return codes.OK

    def _sort(
        self, pdu: DeliverSm, now: datetime, reports: list[Report], inbounds: list[Inbound]
    ) -> None:
        if not receipts.is_receipt(pdu):
            inbounds.append(inbound(pdu, self._alphabet, now))
        elif report := receipts.read(pdu, now):
            reports.append(report)
        else:
            # Sent again it would say no more.
            log.warning("a receipt says of no message", octets=len(pdu.short_message))


def inbound(pdu: DeliverSm, alphabet: texts.Alphabet, now: datetime) -> Inbound:
    """Return a message that somebody sent; each part of a long one by itself.

    Parts are not put together: one that never comes would hold back a STOP in the first.
    """
    ids = (tlv.value for tlv in pdu.tlvs if tlv.tag == pdus.RECEIPTED_MESSAGE_ID)
    return Inbound(
        address=pdu.source_addr,
        recipient=pdu.destination_addr or None,
        text=texts.of(pdu, alphabet),
        at=now,
        provider_id=pdus.text(next(ids, b"")) or None,
    )
