"""One connection to a message centre, bound as a transceiver (SMPP 3.4, 2.2)."""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

import structlog

from rubrica.transports.settings import SmppSettings
from rubrica.transports.smpp import codes, pdus
from rubrica.transports.smpp.intake import Coming
from rubrica.transports.smpp.pdus import Pdu

log = structlog.get_logger()

MOST_UNSTORED = 5000
"""Messages from the centre that may wait to be stored; above, nothing more is read."""
GOODBYE_SECONDS = 3
"""For the other end to close after an unbind."""


class NotSentError(Exception):
    """The PDU never reached the socket: the centre cannot have it."""


class UnansweredError(Exception):
    """The PDU left, wholly or in part, and no answer came: the centre may have it."""


class Asked:
    """A request of ours that waits for its response."""

    __slots__ = ("answer", "command", "counts", "deadline", "left", "number")

    def __init__(
        self,
        command: int,
        number: int,
        answer: asyncio.Future[Pdu],
        deadline: float,
        *,
        counts: bool,
    ) -> None:
        self.command = command
        self.number = number
        self.answer = answer
        self.deadline = deadline
        self.counts = counts
        """Whether it takes a place in the window: only what is submitted does."""
        self.left = False
        """Whether some of it was handed to the socket."""


class Session(asyncio.Protocol):
    """A connection, from its bind to its end; it never comes back.

    What is written goes out once in a turn of the event loop, in one piece: a write for each PDU
    takes about as long as all the rest.
    """

    def __init__(self, settings: SmppSettings, take: Callable[[Coming], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._take = take
        self._window = asyncio.Semaphore(settings.window)
        self._number = 0
        self._asked: dict[int, Asked] = {}
        self._received = bytearray()
        self._unwritten: list[tuple[bytes, Asked | None]] = []
        self._flushing = self._paused = False
        self._unstored = 0
        self._heard = self._loop.time()
        self._enquiry: asyncio.Future[Pdu] | None = None
        self._ticker: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._reason: str | None = None
        self._taking = True
        self.ending = False
        """Whether nothing more may be submitted."""
        self.useful = False
        """Whether it ever took a message, or brought one."""
        self.ended: asyncio.Future[str] = self._loop.create_future()
        """Done, with the reason, when the connection is gone."""

    # What the owner calls

    async def bind(self) -> int:
        """Bind as a transceiver; return the centre's command_status.

        Raises NotSentError or UnansweredError where the connection ends or nothing comes in time.
        """
        said = self._settings
        body = pdus.bind(said.system_id, said.password or "", said.system_type)
        answer = await self._ask(pdus.BIND_TRANSCEIVER, pdus.write(pdus.BIND_TRANSCEIVER, 0, body))
        return answer.status

    async def submit(self, pdu: bytes) -> Pdu:
        """Send a submit_sm once the window has room; return its response, or a generic_nack.

        Raises NotSentError or UnansweredError. Its place in the window is free again when it is
        answered or given up, whether or not somebody still waits.
        """
        await self._window.acquire()
        if self.ending:
            self._window.release()
            raise NotSentError
        return await self._ask(pdus.SUBMIT_SM, pdu, counts=True)

    def stop(self) -> None:
        """Submit nothing more, and take nothing more in: the centre is told to send it again."""
        self.ending = True
        self._taking = False

    async def unbind(self) -> None:
        """Say goodbye and close; what is still unanswered stays so."""
        self.ending = True
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._ask(pdus.UNBIND, pdus.write(pdus.UNBIND, 0))
        except (NotSentError, UnansweredError, TimeoutError):
            pass
        self.close("it was closed here")
        await asyncio.wait([self.ended], timeout=GOODBYE_SECONDS)
        if not self.ended.done():
            self.abort("it was closed here")

    async def quiet(self) -> None:
        """Return once everything is answered or given up."""
        while waiting := [a.answer for a in self._asked.values() if not a.answer.done()]:
            await asyncio.wait(waiting)

    def close(self, reason: str) -> None:
        """Close once what was written has gone out."""
        self._ends(reason)
        if self._transport is not None:
            self._transport.close()

    def abort(self, reason: str) -> None:
        """Close at once."""
        self._ends(reason)
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to watch over the connection."""
        # Not asserted: uvloop's are no subclass of it.
        self._transport = cast("asyncio.Transport", transport)
        self._tick()

    def data_received(self, data: bytes) -> None:
        """Take what came; a stream that cannot be read is closed."""
        self._heard = self._loop.time()
        self._received += data
        try:
            while came := pdus.take(self._received):
                for pdu in came:
                    if pdu.command & pdus.RESPONSE:
                        self._answered(pdu)
                    else:
                        self._requested(pdu)
        except pdus.BrokenStreamError as broken:
            log.warning("unreadable SMPP", host=self._settings.host, reason=str(broken))
            self._write(pdus.write(pdus.GENERIC_NACK, 0, status=codes.BAD_LENGTH))
            self._flush()
            self.close(f"what came is not SMPP: {broken}")
        except Exception:
            log.exception("cannot go on with a message centre", host=self._settings.host)
            self.abort("what came could not be taken in")

    def pause_writing(self) -> None:
        """Hold back what is written: the other end does not read."""
        self._paused = True

    def resume_writing(self) -> None:
        """Let it go."""
        self._paused = False
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        self._ends("the message centre closed" if exc is None else f"the connection broke: {exc}")
        if self._ticker is not None:
            self._ticker.cancel()
        asked, self._asked = self._asked, {}
        self._unwritten.clear()
        for each in asked.values():
            self._give_up(each)
        if not self.ended.done():
            self.ended.set_result(self._reason or "")

    # Out

    def _ask(self, command: int, pdu: bytes, *, counts: bool = False) -> asyncio.Future[Pdu]:
        """Write a request; the future has its response, or one of the two errors."""
        answer: asyncio.Future[Pdu] = self._loop.create_future()
        deadline = self._loop.time() + self._settings.response_timeout_seconds
        self._number = self._number % pdus.LAST_NUMBER + 1
        asked = Asked(command, self._number, answer, deadline, counts=counts)
        if self._transport is None or self._transport.is_closing():
            self._give_up(asked)
        else:
            self._asked[asked.number] = asked
            self._write(pdus.numbered(pdu, asked.number), asked)
        return answer

    def _write(self, pdu: bytes, asked: Asked | None = None) -> None:
        self._unwritten.append((pdu, asked))
        if not self._flushing and not self._paused:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._transport is None or self._transport.is_closing() or self._paused:
            return
        leaving: list[bytes] = []
        for pdu, asked in self._unwritten:
            if asked is not None:
                if asked.answer.done():  # nobody waits any more: it is never to leave
                    if self._asked.pop(asked.number, None):
                        self._give_up(asked)
                    continue
                asked.left = True
            leaving.append(pdu)
        self._unwritten.clear()
        if leaving:
            self._transport.write(b"".join(leaving))

    # In

    def _answered(self, pdu: Pdu) -> None:
        asked = self._asked.get(pdu.number)
        command = pdu.command ^ pdus.RESPONSE
        if asked is None or command not in (0, asked.command):
            # Too late: that it is unknown was said already, and to say more would take a name.
            log.info("an SMPP answer to nothing", command=hex(pdu.command), number=pdu.number)
            return
        del self._asked[pdu.number]
        self.useful = self.useful or asked.counts
        self._settle(asked, pdu)

    def _give_up(self, asked: Asked) -> None:
        self._settle(asked, UnansweredError() if asked.left else NotSentError())

    def _settle(self, asked: Asked, answer: Pdu | Exception) -> None:
        if asked.counts:
            self._window.release()
        if asked.answer.done():
            return
        if isinstance(answer, Exception):
            asked.answer.set_exception(answer)
            # Whoever asked may be gone; then nobody has to be told that this was never read.
            asked.answer.exception()
        else:
            asked.answer.set_result(answer)

    def _requested(self, pdu: Pdu) -> None:
        match pdu.command:
            case pdus.DELIVER_SM:
                self._delivered(pdu)
            case pdus.ENQUIRE_LINK:
                self._write(pdus.write(pdus.ENQUIRE_LINK | pdus.RESPONSE, pdu.number))
            case pdus.UNBIND:
                self._write(pdus.write(pdus.UNBIND | pdus.RESPONSE, pdu.number))
                self._ends("the message centre unbound")
                self._loop.call_later(GOODBYE_SECONDS, self.close, "")
            case pdus.ALERT_NOTIFICATION | pdus.OUTBIND:
                pass  # neither has a response (4.12.1, 4.1.7)
            case _:
                log.warning("an SMPP request that is not known", command=hex(pdu.command))
                self._write(pdus.write(pdus.GENERIC_NACK, pdu.number, status=codes.BAD_COMMAND))

    def _delivered(self, pdu: Pdu) -> None:
        read = pdus.deliver_sm(pdu)
        if read is None:
            log.warning("an unreadable deliver_sm", number=pdu.number, octets=len(pdu.whole))
            self._write(pdus.write(pdus.GENERIC_NACK, pdu.number, status=codes.BAD_LENGTH))
            return
        if not self._taking:
            self._acknowledge(pdu.number, codes.TEMPORARY)
            return
        self.useful = True
        self._unstored += 1
        if self._unstored == MOST_UNSTORED and self._transport is not None:
            self._transport.pause_reading()
        self._take(Coming(read, partial(self._stored, pdu.number)))

    def _stored(self, number: int, status: int) -> None:
        self._unstored -= 1
        if self._transport is None or self._transport.is_closing():
            return
        if self._unstored == MOST_UNSTORED - 1:
            self._transport.resume_reading()
        self._acknowledge(number, status)

    def _acknowledge(self, number: int, status: int) -> None:
        self._write(pdus.write(pdus.DELIVER_SM | pdus.RESPONSE, number, b"\0", status))

    # Time

    def _tick(self) -> None:
        """Give up what was not answered in time, and see whether the other end is still there."""
        now = self._loop.time()
        limit = self._settings.response_timeout_seconds
        late = [number for number, asked in self._asked.items() if asked.deadline <= now]
        for number in late:
            self._give_up(self._asked.pop(number))
        if self._enquiry is not None and self._enquiry.done():
            if self._enquiry.exception() is not None:
                self.abort("the message centre does not answer")
                return
            self._enquiry = None
        if self._enquiry is None and now - self._heard >= self._settings.enquire_link_seconds:
            self._enquiry = self._ask(pdus.ENQUIRE_LINK, pdus.write(pdus.ENQUIRE_LINK, 0))
        pause = min(1.0, limit / 4, self._settings.enquire_link_seconds / 4)
        self._ticker = self._loop.call_later(pause, self._tick)

    def _ends(self, reason: str) -> None:
        self._reason = self._reason or reason
        self.ending = True


async def connect(settings: SmppSettings, take: Callable[[Coming], None]) -> Session:
    """Open a connection, not bound yet; raises OSError or TimeoutError."""
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context() if settings.tls else None
    async with asyncio.timeout(settings.response_timeout_seconds):
        _, session = await loop.create_connection(
            lambda: Session(settings, take), settings.host, settings.port, ssl=context
        )
    return session
