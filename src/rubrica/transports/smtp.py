"""E-mail over a few connections that are kept and used again."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, suppress

from rubrica.transports.model import Answer, Message
from rubrica.transports.refusals import PeerUnready
from rubrica.transports.settings import SmtpSettings
from rubrica.transports.smtp_session import Session

IDLE = 60.0
"""Seconds after which a connection is not used any more: servers close them."""
FRESH = 5.0
"""Seconds within which it is used again without asking whether it is still there."""
MOST = 100
"""Messages that go through one connection: many servers take no more."""
GRACE = 10.0
"""Seconds that messages on their way have when the link is closed."""


class SmtpLink:
    """An open way to a server that takes e-mail in; see `Link`.

    Connections are opened when messages need them. A server may let fewer in than the settings
    say: then those that it let in carry all.
    """

    def __init__(
        self, settings: SmtpSettings, *, idle: float = IDLE, fresh: float = FRESH, most: int = MOST
    ) -> None:
        self._settings = settings
        self._idle, self._fresh, self._most = idle, fresh, most
        self._free: list[Session] = []
        self._open: set[Session] = set()
        self._slots = asyncio.Semaphore(settings.connections)
        self._context: ssl.SSLContext | None = None
        self._hostname: str | None = None
        self._closed = False

    async def ready(self) -> None:
        """Return once the server lets us in. Raises PeerUnready, saying what is to be mended."""
        async with self._slots:
            self._give_back(await self._session())

    async def send(self, messages: Sequence[Message]) -> AsyncGenerator[Answer]:
        """Hand messages over, several at a time; yield their answers as they come."""
        waiting = deque(messages)
        answers: asyncio.Queue[Answer | None] = asyncio.Queue()
        number = min(self._settings.connections, len(messages))
        workers = [asyncio.create_task(self._work(waiting, answers)) for _ in range(number)]
        try:
            while number:
                answer = await answers.get()
                if answer is None:
                    number -= 1
                else:
                    yield answer
            reasons = [worker.result() for worker in workers]
            code = next(filter(None, reasons), "closed")
            for message in waiting:
                yield Answer(key=message.key, outcome="LATER", code=code)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def close(self) -> None:
        """Begin no more messages, let those on their way come to their end, and disconnect."""
        self._closed = True
        async with AsyncExitStack() as held:
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    for _ in range(self._settings.connections):
                        await held.enter_async_context(self._slots)
            free, self._free = self._free, []
            for session in self._open.difference(free):
                session.drop()
            self._open.clear()
            await asyncio.gather(*(session.close() for session in free))

    async def _work(
        self, waiting: deque[Message], answers: asyncio.Queue[Answer | None]
    ) -> str | None:
        """Hand waiting messages over until there are none, or the server does not let us in.

        Return why it does not; the messages that wait are then for the other connections.
        """
        try:
            while waiting and not self._closed:
                async with self._slots:
                    if not waiting or self._closed:
                        break
                    try:
                        session = await self._session()
                    except PeerUnready as unready:
                        return unready.about["reason"]
                    if waiting:
                        await self._hand_over(session, waiting.popleft(), answers)
                    else:
                        self._give_back(session)
            return None
        finally:
            answers.put_nowait(None)

    async def _hand_over(
        self, session: Session, message: Message, answers: asyncio.Queue[Answer | None]
    ) -> None:
        try:
            answers.put_nowait(await session.transmit(message))
        except BaseException:
            self._open.discard(session)
            session.drop()
            raise
        self._give_back(session)

    async def _session(self) -> Session:
        """Return a connection that is open: one that was used before, or a new one."""
        if self._closed:
            raise PeerUnready("The link is closed.", reason="closed")
        while self._free:
            session = self._free.pop()
            if await self._still_good(session):
                return session
            self._open.discard(session)
            if session.sent >= self._most:
                await session.close()
            else:  # it may be dead, and a farewell would wait for an answer
                session.drop()
        if self._context is None and self._settings.security != "NONE":
            self._context = await asyncio.to_thread(ssl.create_default_context)
        if self._hostname is None:
            self._hostname = await asyncio.to_thread(_hostname)
        session = Session(self._settings, self._context, self._hostname)
        await session.open()
        self._open.add(session)
        return session

    async def _still_good(self, session: Session) -> bool:
        silent = asyncio.get_running_loop().time() - session.used_at
        if not session.usable or session.sent >= self._most or silent > self._idle:
            return False
        return silent <= self._fresh or await session.alive()

    def _give_back(self, session: Session) -> None:
        if session.usable:
            session.used_at = asyncio.get_running_loop().time()
            self._free.append(session)
        else:
            self._open.discard(session)


def _hostname() -> str:
    """Return what we call ourselves: a whole name, else a literal (RFC 5321, 4.1.3)."""
    name = socket.getfqdn()
    usable = name.isascii() and "." in name and not name.endswith(".arpa")
    return name if usable and not any(sign.isspace() for sign in name) else "[127.0.0.1]"
