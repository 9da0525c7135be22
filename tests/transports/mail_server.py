"""A server that takes e-mail in, records what it got, and misbehaves as it is told."""

# ruff: noqa: N802 - the names are those that aiosmtpd looks for

import asyncio
import datetime as dt
import email
import socket
import ssl
from contextlib import asynccontextmanager
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DROP, STALL = "drop", "stall"
"""What it does in place of an answer: cut the connection, or say nothing."""


class Talk(SMTP):
    """One connection to it."""

    def connection_made(self, transport):
        server = self.event_handler
        server.talks.add(self)
        server.most_at_once = max(server.most_at_once, len(server.talks))
        self.one_too_many = bool(server.most) and len(server.talks) > server.most
        super().connection_made(transport)

    def connection_lost(self, error):
        self.event_handler.talks.discard(self)
        super().connection_lost(error)

    async def push(self, status):
        if self.one_too_many:
            status = "421 4.7.0 Too many connections"
        await super().push(status)

    async def smtp_DATA(self, arg):
        if self.event_handler.says.get("BODY") is None:
            await super().smtp_DATA(arg)
            return
        await self.push("354 Go on")
        await self._reader.read(1000)
        await self.event_handler.say(self, "BODY", "")


class MailServer:
    """`says` maps MAIL, RCPT, BODY (before the dot) and DATA (after it) to what it answers there.

    An answer is text, DROP, STALL, or a function of the address that returns one of them or None.
    """

    def __init__(self, **options):
        self.options = options
        self.says = {}
        self.got = []
        self.connections = 0
        self.most = None
        """Connections that it lets in at a time; none: any number."""
        self.talks = set()
        self.running = None
        self.most_at_once = 0
        self.commands = []
        self.port = 0

    @property
    def recipients(self):
        return [to for to, _ in self.got]

    async def say(self, server, command, address):
        answer = self.says.get(command)
        if callable(answer):
            answer = answer(address)
        if answer == DROP:
            server.transport.abort()
        if answer in (DROP, STALL):
            await asyncio.Event().wait()
        return answer

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.commands.append("EHLO")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.commands.append("MAIL")
        said = "@" in address and await self.say(server, "MAIL", address)
        if said:
            return said
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        said = await self.say(server, "RCPT", address)
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_RSET(self, server, session, envelope):
        self.commands.append("RSET")
        return "250 OK"

    async def handle_NOOP(self, server, session, envelope, arg):
        self.commands.append("NOOP")
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [to] = envelope.rcpt_tos
        mail = email.message_from_bytes(envelope.content, policy=default)
        said = self.says.get("DATA")
        if said is None or said in (DROP, STALL):
            self.got.append((to, mail))
        return await self.say(server, "DATA", to) or "250 2.0.0 Queued"

    def connected(self):
        self.connections += 1
        return Talk(self, hostname="mail.test", enable_SMTPUTF8=True, **self.options)

    def hang_up(self):
        for talk in self.talks:
            talk.transport.abort()


@asynccontextmanager
async def serving(server, **options):
    """Have it listen; its clients hang up before it does."""
    loop = asyncio.get_running_loop()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    server.running = await loop.create_server(server.connected, sock=listening, **options)
    server.port = listening.getsockname()[1]
    try:
        yield server
    finally:
        server.running.close()
        await server.running.wait_closed()


@asynccontextmanager
async def greeting(text):
    """A server that says one thing to everybody, and hangs up."""

    async def talk(reader, writer):
        writer.write(text)
        await writer.drain()
        await reader.read(100)
        writer.close()

    running = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()
        await running.wait_closed()


def authenticator(name, password):
    def check(server, session, envelope, mechanism, given):
        right = (given.login, given.password) == (name.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return check


def certificate(folder, name="localhost"):
    """Make a certificate that signs itself; return its file, and what a server needs of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file, private = folder / f"{name}.pem", folder / f"{name}.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return file, context
