"""A link to a message centre: it stays bound, sends, and says what became of each message."""

import asyncio
import os
import random
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import NamedTuple

import structlog
from smpp34 import SubmitSm

from rubrica.messages import Segment, TooLong
from rubrica.transports.model import Answer, Link, Message, Received
from rubrica.transports.refusals import PeerUnready
from rubrica.transports.settings import SmppSettings
from rubrica.transports.smpp import addresses, codes, pdus, texts
from rubrica.transports.smpp.intake import Intake
from rubrica.transports.smpp.pace import Pace
from rubrica.transports.smpp.session import NotSentError, Session, UnansweredError, connect

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0
"""Seconds before the next attempt to bind; twice as many each time, as long as none was of use."""
PART_SECONDS = 60.0
"""How long a later part of a message is tried again, whose first parts were taken."""
CLOSING_SECONDS = 5.0
"""For answers, at the end."""
WITH_RECEIPT = 1
"""registered_delivery (SMPP 3.4, 5.2.17): a receipt of the final outcome, whatever it is."""
REFERENCES = 1 << 16


class Part(NamedTuple):
    """What became of one part of a message."""

    outcome: str
    provider_id: str | None = None
    status: int | None = None


class SmppLink:
    """One bind, kept open; see `Link` for what it promises.

    `throughput` is shared out among `binds`: this link keeps to its part of it. A link that is not
    bound answers LATER at once.
    """

    def __init__(self, settings: SmppSettings, received: Received) -> None:
        self._settings = settings
        self._pace = Pace(settings.throughput and settings.throughput / settings.binds)
        self._intake = Intake(received, settings.alphabet)
        self._session: Session | None = None
        self._trouble: str | None = None
        self._changed = asyncio.Event()
        self._closing = False
        self._under_way = 0
        self._finished = asyncio.Event()
        self._finished.set()
        # By a hash of the number: neighbours share a count, which is as good, and memory is flat.
        self._references = bytearray(os.urandom(REFERENCES))
        self._tasks = [
            asyncio.create_task(self._keep(), name="smpp-bind"),
            asyncio.create_task(self._intake.store(), name="smpp-intake"),
        ]

    async def ready(self) -> None:
        """Return once bound; raise PeerUnready where the last attempt failed."""
        while self._session is None or self._session.ending:
            if self._closing:
                raise PeerUnready("The link is closed.")
            if self._trouble is not None:
                raise PeerUnready(self._trouble)
            self._changed.clear()
            await self._changed.wait()

    async def send(self, messages: Sequence[Message]) -> AsyncIterator[Answer]:
        """Yield an answer for each message, as they come.

        No more is begun when the iterator is closed; what is on its way stays unanswered.
        """
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        todo = iter(messages)

        async def work(todo: Iterator[Message]) -> None:
            for message in todo:
                answers.put_nowait(await self._answer(message))

        count = min(len(messages), self._settings.window)
        workers = [asyncio.create_task(work(todo), name="smpp-send") for _ in range(count)]
        try:
            for _ in messages:
                yield await answers.get()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def close(self) -> None:
        """Send no more, wait some seconds for answers and for what came in, unbind, disconnect."""
        self._closing = True
        self._changed.set()
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._finished.wait()
                if self._session is not None:
                    self._session.stop()
                    await self._session.quiet()
                await self._intake.drained()
        except TimeoutError:
            log.warning("closing with messages unanswered", host=self._settings.host)
        if self._session is not None:
            await self._session.unbind()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # The bind

    async def _keep(self) -> None:
        """Be bound, again and again, until the link is closed."""
        pause = FIRST_PAUSE
        while not self._closing:
            session = await self._bound()
            if session is not None:
                log.info("bound to a message centre", host=self._settings.host)
                self._trouble = None
                self._session = session
                self._changed.set()
                reason = await asyncio.shield(session.ended)
                self._session = None
                if not self._closing:
                    log.warning("lost a message centre", host=self._settings.host, reason=reason)
                if session.useful:
                    pause = FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads attempts
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _bound(self) -> Session | None:
        """Try once; where that fails, say why to whoever asks."""
        place = f"{self._settings.host}:{self._settings.port}"
        session = None
        try:
            session = await connect(self._settings, self._intake.put)
            status = await session.bind()
            if status == codes.OK:
                return session
            trouble = f"The message centre at {place} does not let us in: "
            trouble += f"{codes.bind_refusal(status)}."
        except (TimeoutError, UnansweredError, NotSentError):
            ended = session is not None and session.ended.done()
            trouble = (
                f"The message centre at {place} closes the connection as soon as we say who we are."
                if ended
                else f"The message centre at {place} does not answer in time."
            )
        except ssl.SSLError as error:
            trouble = f"No secure connection to the message centre at {place}: {error}."
        except (OSError, UnicodeError) as error:
            trouble = f"No connection to the message centre at {place}: {error}."
        except asyncio.CancelledError:
            if session is not None:
                session.abort("it was given up")
            raise
        except Exception as error:
            log.exception("cannot bind to a message centre", host=place)
            trouble = f"The message centre at {place} cannot be spoken to: {error!r}."
        if session is not None:
            session.abort("it was not bound")
        if trouble != self._trouble:
            log.warning("cannot bind to a message centre", host=place, reason=trouble)
        self._trouble = trouble
        self._changed.set()
        return None

    # The messages

    async def _answer(self, message: Message) -> Answer:
        if self._closing or self._session is None:
            return Answer(key=message.key, outcome="LATER")
        try:
            segments = texts.segments(
                message.text, self._settings.alphabet, self._reference(message.address)
            )
        except TooLong as error:
            return Answer(key=message.key, outcome="REFUSED", code=error.code)
        written = message.sender or self._settings.default_sender
        sender = addresses.sender(written, self._settings.source_ton, self._settings.source_npi)
        if sender is None:
            return Answer(key=message.key, outcome="REFUSED", code="bad_sender")
        recipient = addresses.destination(message.address, self._settings)
        requests = [request(sender, recipient, segment) for segment in segments]
        self._under_way += 1
        self._finished.clear()
        try:
            return await self._parts(message.key, requests)
        except Exception:
            log.exception("cannot tell what became of a message", key=message.key)
            return Answer(key=message.key, outcome="UNKNOWN")
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._finished.set()

    async def _parts(self, key: int, requests: list[bytes]) -> Answer:
        """Send the parts in their order, and say what became of the whole.

        What the first part is answered with, unless taken, is the answer. A later one that is not
        taken now is tried again, alone, for a minute; where it fails for good the message is
        REFUSED, with the ids of the parts that were taken: its start is on its way, and to send it
        all again would bring that twice. One whose answer was lost does not keep the others back,
        since it was probably taken; the message is UNKNOWN then.
        """
        ids: list[str] = []
        lost = False
        for number, pdu in enumerate(requests):
            part = await (self._once(pdu) if number == 0 else self._again(pdu))
            if part.outcome == "ACCEPTED":
                if part.provider_id:
                    ids.append(part.provider_id)
            elif part.outcome == "UNKNOWN":
                lost = True
            else:
                outcome = "LATER" if part.outcome == "LATER" and number == 0 else "REFUSED"
                code = None if part.status is None else codes.name(part.status)
                return Answer(
                    key=key,
                    outcome="UNKNOWN" if lost else outcome,
                    provider_ids=tuple(ids),
                    code=code,
                    address_is_invalid=part.status == codes.BAD_DESTINATION,
                )
        return Answer(key=key, outcome="UNKNOWN" if lost else "ACCEPTED", provider_ids=tuple(ids))

    async def _again(self, pdu: bytes) -> Part:
        """Send a part until it is taken, refused or lost, for a minute at the most."""
        clock = asyncio.get_running_loop().time
        until = clock() + PART_SECONDS
        pause = FIRST_PAUSE
        while True:
            part = await self._once(pdu)
            if part.outcome != "LATER" or self._closing or clock() + pause > until:
                return part
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _once(self, pdu: bytes) -> Part:
        await self._pace.turn()
        if self._session is None:
            return Part("LATER")
        try:
            answer = await self._session.submit(pdu)
        except NotSentError:
            return Part("LATER")
        except UnansweredError:
            return Part("UNKNOWN")
        status = answer.status
        if status == codes.OK and answer.command != pdus.GENERIC_NACK:
            self._pace.taken()
            return Part("ACCEPTED", pdus.message_id(answer))
        if status in codes.CROWDED:
            self._pace.crowded()
        elif status == codes.NOT_BOUND:
            self._session.close("the message centre says that we are not bound")
        return Part("LATER" if status in codes.NOT_NOW else "REFUSED", status=status)

    def _reference(self, address: str) -> int:
        place = hash(address) % REFERENCES
        self._references[place] = (self._references[place] + 1) % 256
        return self._references[place]


def request(sender: addresses.Address, recipient: addresses.Address, segment: Segment) -> bytes:
    """Return a submit_sm (SMPP 3.4, 4.4.1) that asks for a receipt; its number is set later."""
    return SubmitSm(
        sender.text,
        recipient.text,
        segment.udh + segment.payload,
        source_addr_ton=sender.ton,
        source_addr_npi=sender.npi,
        dest_addr_ton=recipient.ton,
        dest_addr_npi=recipient.npi,
        esm_class=texts.HEADER_FOLLOWS if segment.udh else 0,
        registered_delivery=WITH_RECEIPT,
        data_coding=segment.data_coding,
    ).encode()


def open_link(settings: SmppSettings, received: Received) -> Link:
    """Open a link to a message centre; it connects by itself. Call it in a running event loop."""
    return SmppLink(settings, received)
