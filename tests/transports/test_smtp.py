"""E-mail through a real server that keeps to the protocol, or does not."""

import asyncio
import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from rubrica.errors import Unready
from rubrica.transports import Message, OutboxSettings, SmtpSettings, Transport, open_link
from rubrica.transports.smtp import SmtpLink
from tests.transports.mail_server import (
    DROP,
    STALL,
    MailServer,
    authenticator,
    certificate,
    greeting,
    serving,
)

SENDER = "Acme <news@acme.example>"
LONG = "All work and no play makes Jack a dull boy.\n" * 200_000
"""More than sockets hold between a writer and a reader that does not read."""


@pytest.fixture
async def stack():
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def server(stack):
    return await stack.enter_async_context(serving(MailServer()))


@pytest.fixture
async def link(stack, server):
    def link(limits=None, **settings):
        given = {"host": "127.0.0.1", "port": server.port, "security": "NONE"}
        given |= {"default_sender": SENDER, "connections": 1, "timeout_seconds": 20}
        made = SmtpLink(SmtpSettings(**given | settings), **limits or {})
        stack.push_async_callback(made.close)
        return made

    return link


def message(key=1, address=None, **fields):
    given = {"sender": None, "subject": "Hello", "text": "Hello."} | fields
    address = address or f"user{key}@example.com"
    return Message(key=key, channel="EMAIL", address=address, **given)


async def sent(link, *messages):
    answers = [answer async for answer in link.send(messages)]
    assert sorted(a.key for a in answers) == sorted(m.key for m in messages)
    return {answer.key: answer for answer in answers}


async def answer(link, **fields):
    return (await sent(link, message(**fields)))[1]


async def test_a_message_arrives_as_it_was_written(server, link):
    given = await answer(
        link(),
        address="anna@example.com",
        sender="Città di Roma <roma@example.com>",
        subject="Perché no?",
        text="Ciao.\n.\n..due\n",
        html="<p>Ciao</p>",
        unsubscribe_url="https://example.com/u/1",
    )
    [(to, mail)] = server.got
    assert to == "anna@example.com"
    assert (mail["Subject"], mail["To"]) == ("Perché no?", "anna@example.com")
    assert mail["From"].addresses[0].display_name == "Città di Roma"
    text, html = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]
    assert text == "Ciao.\r\n.\r\n..due\r\n"
    assert html == "<p>Ciao</p>\r\n"
    assert mail["List-Unsubscribe"] == "<https://example.com/u/1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (given.outcome, given.code) == ("ACCEPTED", None)
    [id] = given.provider_ids
    assert mail["Message-ID"] == f"<{id}>"
    assert id.endswith("@example.com")


async def test_a_link_goes_where_its_transport_says(server):
    async def received(reports, inbound): ...

    settings = SmtpSettings(host="127.0.0.1", port=server.port, security="NONE")
    given = {"account": 1, "id": 1, "updated_at": datetime.now(UTC)}
    smtp = Transport(channel="EMAIL", kind="SMTP", settings=settings, **given)
    opened = open_link(smtp, received)
    assert (await answer(opened, sender=SENDER)).outcome == "ACCEPTED"
    await opened.close()
    outbox = Transport(channel="EMAIL", kind="OUTBOX", settings=OutboxSettings(), **given)
    with pytest.raises(ValueError, match="OUTBOX has no link"):
        open_link(outbox, received)


async def test_whoever_names_no_sender_sends_as_the_default_one(server, link):
    assert (await answer(link())).outcome == "ACCEPTED"
    assert server.got[0][1]["From"].addresses[0].addr_spec == "news@acme.example"
    given = await answer(link(default_sender=None))
    assert (given.outcome, given.code) == ("REFUSED", "no_sender")
    given = await answer(link(), sender="nobody")
    assert (given.outcome, given.code, given.address_is_invalid) == ("REFUSED", "bad_sender", False)
    given = await answer(link(), address="nobody")
    assert (given.outcome, given.code, given.address_is_invalid) == ("REFUSED", "bad_address", True)


async def test_addresses_may_be_international(server, link):
    await sent(link(), message(1, "θ@example.com"), message(2, "anna@città.example"))
    assert server.recipients == ["θ@example.com", "anna@xn--citt-3na.example"]


async def test_connections_are_used_again(server, link):
    opened = link(connections=2)
    await opened.ready()
    for _ in range(3):
        answers = await sent(opened, *(message(n) for n in range(10)))
        assert {a.outcome for a in answers.values()} == {"ACCEPTED"}
    ids = {a.provider_ids for a in answers.values()}
    assert (len(server.got), len(ids)) == (30, 10)
    assert server.connections <= 2
    assert "NOOP" not in server.commands


async def test_several_batches_share_the_connections(server, link):
    opened = link(connections=3)
    batches = [sent(opened, *(message(n) for n in range(20))) for _ in range(4)]
    answers = await asyncio.gather(*batches)
    assert {a.outcome for batch in answers for a in batch.values()} == {"ACCEPTED"}
    assert len(server.got) == 80
    assert server.most_at_once <= 3


async def test_after_so_many_messages_a_connection_is_opened_anew(server, link):
    await sent(link({"most": 4}), *(message(n) for n in range(10)))
    assert (len(server.got), server.connections) == (10, 3)


async def test_a_connection_that_was_idle_is_asked_first_and_after_long_not_used(server, link):
    asked = link({"fresh": -1})
    await sent(asked, message(1), message(2))
    assert (server.connections, server.commands.count("NOOP")) == (1, 1)
    await sent(link({"idle": -1}), message(1), message(2))
    assert (server.connections, len(server.got)) == (3, 4)


async def test_a_server_that_hung_up_meanwhile_is_called_again(server, link):
    opened = link({"fresh": -1})
    await opened.ready()
    server.hang_up()
    assert (await answer(opened)).outcome == "ACCEPTED"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("where", "says", "outcome", "code", "invalid"),
    [
        ("RCPT", "550 5.1.1 User unknown", "REFUSED", "550 5.1.1", True),
        ("RCPT", "550 No such user here", "REFUSED", "550", True),
        ("RCPT", "553 The recipient address does not exist", "REFUSED", "553", True),
        ("RCPT", "550 5.7.1 User unknown to our policy", "REFUSED", "550 5.7.1", False),
        ("RCPT", "550 Blocked, see our website", "REFUSED", "550", False),
        ("RCPT", "552 5.2.2 Mailbox full", "REFUSED", "552 5.2.2", False),
        ("RCPT", "451 4.7.1 Greylisted", "LATER", "451 4.7.1", False),
        ("RCPT", "421 4.3.2 Going down", "LATER", "421 4.3.2", False),
        ("RCPT", "What?", "LATER", "-1", False),
        ("MAIL", "550 5.7.1 Not as this sender", "REFUSED", "550 5.7.1", False),
        ("MAIL", "452 4.3.1 Disk full", "LATER", "452 4.3.1", False),
        ("MAIL", "530 5.7.0 Authentication required", "LATER", "530 5.7.0", False),
        ("DATA", "554 5.6.0 Spam", "REFUSED", "554 5.6.0", False),
        ("DATA", "451 4.3.0 Try again", "LATER", "451 4.3.0", False),
        ("DATA", "421 4.3.0 Going down", "LATER", "421 4.3.0", False),
        ("DATA", "What?", "UNKNOWN", "connection_lost", False),
    ],
)
async def test_what_a_server_refuses_is_told_and_the_next_message_goes(
    server, link, where, says, outcome, code, invalid
):
    opened = link()
    server.says[where] = says
    given = await answer(opened)
    assert (given.outcome, given.address_is_invalid) == (outcome, invalid)
    if says != "What?":
        assert given.code == code
    assert given.provider_ids == ()
    assert server.got == []
    server.says.clear()
    assert (await answer(opened)).outcome == "ACCEPTED"


@pytest.mark.parametrize(("does", "code"), [(DROP, "connection_lost"), (STALL, "timeout")])
@pytest.mark.parametrize(
    ("where", "outcome"),
    [("MAIL", "LATER"), ("RCPT", "LATER"), ("BODY", "LATER"), ("DATA", "UNKNOWN")],
)
async def test_whether_a_message_may_have_been_taken_hangs_on_its_final_dot(
    server, link, where, outcome, does, code
):
    """BODY: it reads some of a message, and no more. DATA: it has it all, and says nothing."""
    opened = link(timeout_seconds=1 if does == STALL else 20)
    server.says[where] = does
    given = await answer(opened, text=LONG if where == "BODY" else "Hello.")
    assert (given.outcome, given.code) == (outcome, code)
    assert len(server.got) == (outcome == "UNKNOWN")
    server.says.clear()
    assert (await answer(opened)).outcome == "ACCEPTED"


async def test_one_bad_address_among_many_harms_no_other(server, link):
    server.says["RCPT"] = lambda to: "550 5.1.1 Unknown" if to == "user3@example.com" else None
    answers = await sent(link(connections=2), *(message(n) for n in range(8)))
    refused = [key for key, given in answers.items() if given.outcome != "ACCEPTED"]
    assert (refused, answers[3].address_is_invalid) == ([3], True)
    assert sorted(server.recipients) == [f"user{n}@example.com" for n in range(8) if n != 3]


async def test_a_server_that_drops_now_and_then_gets_every_message_at_most_once(server, link):
    turns = iter(range(1000))
    server.says["RCPT"] = lambda to: DROP if next(turns) % 5 == 4 else None
    answers = await sent(link(connections=3), *(message(n) for n in range(40)))
    taken = [f"user{key}@example.com" for key, a in answers.items() if a.outcome == "ACCEPTED"]
    assert sorted(server.recipients) == sorted(taken)
    assert {a.outcome for a in answers.values()} == {"ACCEPTED", "LATER"}


async def test_a_server_that_goes_away_leaves_the_rest_for_later(stack, link):
    going = MailServer()
    async with serving(going):
        opened = link(port=going.port)
        await opened.ready()

        def gone(to):
            if to != "user2@example.com":
                return None
            going.running.close()
            return DROP

        going.says["RCPT"] = gone
        answers = await sent(opened, *(message(n) for n in range(6)))
    assert [answers[n].outcome for n in range(6)] == ["ACCEPTED"] * 2 + ["LATER"] * 4
    assert answers[5].code == "connection_refused"


async def test_whoever_stops_listening_to_the_answers_stops_the_sending(server, link):
    opened = link()
    answers = opened.send([message(n) for n in range(50)])
    async for _ in answers:
        break
    await answers.aclose()
    assert len(server.got) < 50
    assert (await answer(opened)).outcome == "ACCEPTED"


async def test_a_link_that_is_closed_lets_messages_on_their_way_come_to_their_end(server, link):
    opened = link(connections=2)
    begun = asyncio.Event()
    server.says["RCPT"] = lambda to: begun.set()
    sending = asyncio.create_task(sent(opened, *(message(n) for n in range(50))))
    await begun.wait()
    await opened.close()
    answers = await sending
    taken = [key for key, a in answers.items() if a.outcome == "ACCEPTED"]
    assert len(server.got) == len(taken) >= 1
    assert {a.outcome for a in answers.values()} <= {"ACCEPTED", "LATER"}
    with pytest.raises(Unready):
        await opened.ready()


async def unready(link, reason):
    with pytest.raises(Unready) as refusal:
        await link.ready()
    assert refusal.value.about["reason"] == reason, refusal.value.detail
    given = await answer(link)
    assert (given.outcome, given.code) == ("LATER", reason)
    return refusal.value.detail


async def test_where_nobody_answers_it_is_said(link):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for host in ("127.0.0.1", "localhost"):
        assert f"{host}:{port}" in await unready(link(host=host, port=port), "connection_refused")
    assert "nowhere.invalid" in await unready(link(host="nowhere.invalid"), "unknown_host")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "within 1 s" in await unready(link(port=port, timeout_seconds=1), "timeout")


async def test_a_server_that_sends_everybody_away_is_quoted(link):
    for says in (b"421 4.3.2 Come back later\r\n", b"554 Not for you\r\n"):
        async with greeting(says) as port:
            said = await unready(link(port=port), "unavailable")
            assert says.decode().strip() in said
    async with greeting(b"") as port:
        await unready(link(port=port, timeout_seconds=1), "timeout")
    async with greeting(b"+OK POP3 here\r\n") as port:
        await unready(link(port=port), "unavailable")


@pytest.fixture
async def guarded(stack, tmp_path, monkeypatch):
    """A server that lets in whom it knows, over TLS, with a certificate that we trust."""
    file, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    options["authenticator"] = authenticator("acme", "hunter2")
    return await stack.enter_async_context(serving(MailServer(**options)))


@pytest.fixture
def known(link, guarded):
    given = {"host": "localhost", "port": guarded.port, "security": "STARTTLS"}
    given |= {"username": "acme", "password": "hunter2"}
    return lambda **settings: link(**given | settings)


async def test_messages_go_over_tls_to_a_server_that_knows_us(known, guarded):
    opened = known()
    await opened.ready()
    assert (await answer(opened)).outcome == "ACCEPTED"
    assert guarded.connections == 1


async def test_a_wrong_password_is_told_in_words_that_say_what_to_mend(known, guarded):
    said = await unready(known(password="swordfish"), "authentication_refused")
    assert "username and the password" in said
    assert "535" in said
    assert "swordfish" not in said
    said = await unready(known(username=None, password=None), "authentication_required")
    assert "Set username and password" in said
    said = await unready(known(security="NONE"), "no_authentication")
    assert "STARTTLS" in said


async def test_a_certificate_that_is_not_trusted_is_not_spoken_to(known, guarded, monkeypatch):
    said = await unready(known(host="127.0.0.1"), "certificate")
    assert "the name that the certificate is for" in said
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "self-signed" in await unready(known(), "certificate")


async def test_what_does_not_speak_tls_is_told(server, link, stack, known, tmp_path):
    said = await unready(link(security="STARTTLS"), "no_starttls")
    assert "set security to TLS or NONE" in said
    said = await unready(link(security="TLS"), "tls")
    assert "set security to STARTTLS" in said


async def test_tls_may_be_spoken_from_the_beginning(stack, link, tmp_path, monkeypatch):
    file, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    secure = await stack.enter_async_context(serving(MailServer(), ssl=context))
    opened = link(host="localhost", port=secure.port, security="TLS")
    await opened.ready()
    assert (await answer(opened)).outcome == "ACCEPTED"
    said = await unready(link(host="127.0.0.1", port=secure.port, security="TLS"), "certificate")
    assert "not trusted" in said


async def test_a_server_that_lets_few_in_gets_everything_through_those(server, link):
    server.most = 2
    answers = await sent(link(connections=5), *(message(n) for n in range(20)))
    assert {a.outcome for a in answers.values()} == {"ACCEPTED"}
    assert (len(server.got), server.connections) == (20, 5)
