"""One connection to a server that takes e-mail in: what it says, and what that means.

RFC 5321, with authentication (RFC 4954), STARTTLS (RFC 3207) and enhanced status codes (RFC 3463).
"""

import asyncio
import re
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Literal, cast
from uuid import uuid4

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from rubrica.messages import BadAddress, BadSender, compose, sender_address
from rubrica.transports.model import Answer, Message
from rubrica.transports.settings import SmtpSettings
from rubrica.transports.smtp_troubles import AUTHENTICATE, lost, unready

Outcome = Literal["ACCEPTED", "REFUSED", "LATER", "UNKNOWN"]
GO_ON = 354
PIECE = 64 * 1024
"""Octets that are written at a time: of a long message no more wait to be sent."""
PAUSE = 0.01
"""Seconds between two looks whether they have been sent."""
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?!\S)").match
NO_SUCH = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""No such mailbox, no such domain, no such form; moved away; takes no mail (RFC 7505)."""
UNKNOWN_USER = re.compile(
    r"\b(user|recipient|mailbox|address|account)\b.{0,40}\b(unknown|not found|not exist)\b"
    r"|\b(unknown|no such|invalid)\b.{0,20}\b(user|recipient|mailbox|address|account)\b"
    r"|\bdo(es)?(n't| not) exist\b",
    re.IGNORECASE | re.DOTALL,
).search
"""How servers without enhanced codes say it: 550 alone may mean anything."""


class Session:
    """A connection that messages go through, one after the other."""

    def __init__(
        self, settings: SmtpSettings, context: ssl.SSLContext | None, hostname: str
    ) -> None:
        self.settings = settings
        self.sent = 0
        self.used_at = 0.0
        self._client = SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            local_hostname=hostname,
            timeout=settings.timeout_seconds,
            use_tls=settings.security == "TLS",
            start_tls=settings.security == "STARTTLS",
            tls_context=context,
        )

    @property
    def usable(self) -> bool:
        """Tell whether another message may be sent through it, as far as is known."""
        return self._client.is_connected

    async def open(self) -> None:
        """Connect, and see whether the server lets us in. Raises PeerUnready."""
        try:
            await self._client.connect()
            await self._introduce_ourselves()
        except (SMTPException, OSError, ValueError) as error:
            self.drop()
            raise unready(self.settings, error) from error
        except BaseException:
            self.drop()
            raise

    async def alive(self) -> bool:
        """Ask the server whether it is still there."""
        try:
            await self._client.noop()
        except (SMTPException, OSError):
            self.drop()
        return self.usable

    async def transmit(self, message: Message) -> Answer:
        """Hand one message over."""
        self.sent += 1
        sender = message.sender or self.settings.default_sender
        if sender is None:
            return _answer(message, "REFUSED", "no_sender")
        try:
            envelope = sender_address(sender)
            id = f"{uuid4().hex}@{envelope.rpartition('@')[2]}"
            mail = _composed(message, sender, id)
        except (BadSender, BadAddress) as bad:
            return _answer(message, "REFUSED", bad.code, invalid=isinstance(bad, BadAddress))
        octets = _quoted(mail.as_bytes())
        refusal = await self._announce(message, mail, envelope, len(octets))
        if refusal is not None:
            return refusal
        outcome, code = await self._hand_over(octets)
        return _answer(message, outcome, code, ids=(id,) if outcome == "ACCEPTED" else ())

    async def close(self) -> None:
        """Take leave of the server."""
        with suppress(SMTPException, OSError):
            if self.usable:
                await self._client.quit()
        self.drop()

    def drop(self) -> None:
        """Cut the connection."""
        self._client.close()

    async def _introduce_ourselves(self) -> None:
        """Say hello, and where we have no name have a server refuse that wants to know one.

        It refuses here, before a message is lost to it.
        """
        client = self._client
        if client.is_ehlo_or_helo_needed:
            try:
                await client.ehlo()
            except SMTPHeloError:
                if not self.usable:
                    raise
                await client.helo()
        if self.settings.username is None:
            try:
                await client.mail("")
            except SMTPResponseException as error:
                if error.code in AUTHENTICATE or not self.usable:
                    raise
            await client.rset()

    async def _announce(
        self, message: Message, mail: EmailMessage, envelope: str, size: int
    ) -> Answer | None:
        """Say whom a message is from and to, up to where it may begin; else return the refusal."""
        client = self._client
        options = [f"SIZE={size}"] if client.supports_extension("size") else []
        address, encoding = str(mail["To"]), "ascii"
        if not (envelope + address).isascii():
            if not client.supports_extension("smtputf8"):
                return _answer(message, "REFUSED", "smtputf8_unsupported")
            options.append("SMTPUTF8")
            encoding = "utf-8"
        try:
            await client.mail(envelope, options=options, encoding=encoding)
            await client.rcpt(address, encoding=encoding)
            response = await client.execute_command(b"DATA")
            if response.code != GO_ON:
                raise SMTPDataError(response.code, response.message)
        except SMTPResponseException as refused:
            await self._reset(refused.code)
            return _refused(message, refused)
        except (SMTPException, OSError) as error:
            self.drop()
            return _answer(message, "LATER", lost(error))
        except ValueError:  # an address that is well-formed, and cannot stand in a command
            await self._reset(0)
            return _answer(message, "REFUSED", BadAddress.code)
        return None

    async def _hand_over(self, octets: bytes) -> tuple[Outcome, str | None]:
        """Send a message that may begin, and its final dot: from there on it may be accepted.

        The library would write both at once, and not tell on which side of the dot it ended.
        """
        protocol = self._client.protocol
        transport = cast("asyncio.WriteTransport | None", self._client.transport)
        seconds = self.settings.timeout_seconds
        try:
            if protocol is None or transport is None:
                return "LATER", "connection_lost"
            for start in range(0, len(octets), PIECE):
                protocol.write(octets[start : start + PIECE])
                await _sent(transport, seconds)
            protocol.write(b".\r\n")
            if transport.is_closing():  # the dot did not even leave this machine
                self.drop()
                return "LATER", "connection_lost"
        except (SMTPException, OSError) as error:
            self.drop()
            return "LATER", lost(error)
        try:
            response = await protocol.read_response(timeout=seconds)
        except (SMTPException, OSError) as error:
            self.drop()
            return "UNKNOWN", lost(error)
        outcome = _meant(response.code)
        if outcome in ("ACCEPTED", "REFUSED", "LATER"):
            if response.code == 421:  # noqa: PLR2004 - it is closing the connection
                self.drop()
            code = None if outcome == "ACCEPTED" else _code(response.code, response.message)
            return outcome, code
        self.drop()
        return "UNKNOWN", _code(response.code, response.message)

    async def _reset(self, code: int) -> None:
        """Have the server forget a message that it refused, so that the next may come."""
        try:
            if code < 0:  # what it said could not be read: what it says next cannot either
                self.drop()
            if self.usable:
                await self._client.rset()
        except (SMTPException, OSError):
            self.drop()


def _composed(message: Message, sender: str, id: str) -> EmailMessage:
    return compose(
        sender=sender,
        to=message.address,
        subject=message.subject or "",
        text=message.text,
        html=message.html,
        unsubscribe_url=message.unsubscribe_url,
        message_id=id,
        date=datetime.now(UTC),
    )


def _quoted(octets: bytes) -> bytes:
    """Return lines that end with CRLF, the dots that some begin with doubled (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", octets)
    dotted = re.sub(rb"(?m)^\.", b"..", lines)
    return dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n"


async def _sent(transport: asyncio.WriteTransport, seconds: float) -> None:
    """Wait until what was written has left this machine, or the connection is lost."""
    async with asyncio.timeout(seconds):
        # The library keeps what tells of this to itself.
        while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(PAUSE)
    # Twice around, so that a loss that is known by now is seen before the dot goes.
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def _refused(message: Message, error: SMTPResponseException) -> Answer:
    code = _code(error.code, error.message)
    if _meant(error.code) != "REFUSED" or error.code in AUTHENTICATE:
        return _answer(message, "LATER", code)
    at_address = isinstance(error, SMTPRecipientRefused)
    return _answer(message, "REFUSED", code, invalid=at_address and _no_such(error))


def _no_such(error: SMTPResponseException) -> bool:
    enhanced = ENHANCED(error.message)
    if enhanced:
        return enhanced[1] in NO_SUCH
    return bool(UNKNOWN_USER(error.message))


def _meant(code: int) -> Outcome:
    outcomes: dict[int, Outcome] = {2: "ACCEPTED", 4: "LATER", 5: "REFUSED"}
    return outcomes.get(code // 100, "UNKNOWN")


def _code(code: int, text: str) -> str:
    enhanced = ENHANCED(text)
    return f"{code} {enhanced[1]}" if enhanced else str(code)


def _answer(
    message: Message,
    outcome: Outcome,
    code: str | None,
    *,
    ids: tuple[str, ...] = (),
    invalid: bool = False,
) -> Answer:
    return Answer(
        key=message.key, outcome=outcome, provider_ids=ids, code=code, address_is_invalid=invalid
    )
