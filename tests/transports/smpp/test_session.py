"""The connection itself, against a peer that does what no message centre should."""

import asyncio
import struct

import pytest

from rubrica.errors import Unready
from rubrica.messages import Segment
from rubrica.transports.smpp import session
from rubrica.transports.smpp.addresses import Address
from rubrica.transports.smpp.link import request
from rubrica.transports.smpp.session import NotSentError, UnansweredError
from tests.transports.smpp import wire
from tests.transports.smpp.centre import free_port
from tests.transports.smpp.conftest import message, sent, settings

SHOP, SOMEBODY = Address(5, 0, "Shop"), Address(1, 1, "393471234567")


def pdu(text: bytes = b"Hello") -> bytes:
    return request(SHOP, SOMEBODY, Segment(0, b"", text))


@pytest.fixture
async def pair(peer, store):
    """A bound session, and the peer's end of it."""
    opened = await session.connect(settings(peer.port, window=2), lambda coming: None)
    connection = await peer.connection()
    binding = asyncio.create_task(opened.bind())
    await connection.bound()
    assert await binding == 0
    yield opened, connection
    opened.abort("the test is over")


# Ready, or why not


async def test_a_bind_says_who_we_are(peer, link_to):
    link_to(peer.port, password="secret", system_type="SMPP")
    connection = await peer.connection()
    bind = await connection.read(wire.BIND)
    assert bind.body == b"rubrica\0secret\0SMPP\0\x34\0\0\0"


async def test_nobody_listening_is_told(link_to):
    with pytest.raises(Unready, match=r"No connection to the message centre at 127\.0\.0\.1"):
        await link_to(free_port()).ready()


async def test_a_name_that_is_none_is_told(link_to):
    with pytest.raises(Unready, match=r"No connection to the message centre at no\.such\.invalid"):
        await link_to(2775, host="no.such.invalid").ready()


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (0x0E, "the password is wrong (ESME_RINVPASWD)"),
        (0x0F, "it knows no such systemId (ESME_RINVSYSID)"),
        (0x05, "is bound already"),
        (0x0D, "check systemId, password and systemType"),
        (0x0421, "it refuses to bind (0x00000421)"),
    ],
)
async def test_a_refused_bind_says_what_to_mend(peer, link_to, status, why):
    link = link_to(peer.port)
    waiting = asyncio.create_task(link.ready())
    await (await peer.connection()).bound(status)
    with pytest.raises(Unready) as refused:
        await waiting
    assert why in refused.value.detail
    assert [answer.outcome for answer in await sent(link, message())] == ["LATER"]


async def test_a_link_binds_as_soon_as_it_is_let_in(peer, link_to):
    link = link_to(peer.port)
    await (await peer.connection()).bound(0x0E)
    await peer.bound()
    while True:
        try:
            await link.ready()
            break
        except Unready:
            await asyncio.sleep(0)


async def test_a_peer_that_hangs_up_or_keeps_silent_is_told(peer, link_to):
    hanging = asyncio.create_task(link_to(peer.port).ready())
    (await peer.connection()).cut()
    with pytest.raises(Unready, match="closes the connection as soon as"):
        await hanging
    silent = asyncio.create_task(link_to(peer.port, response_timeout_seconds=0.05).ready())
    await peer.connection()
    with pytest.raises(Unready, match="does not answer in time"):
        await silent


async def test_nothing_secret_goes_in_the_clear_where_tls_is_asked_for(peer, link_to):
    waiting = asyncio.create_task(link_to(peer.port, tls=True, password="secret").ready())
    connection = await peer.connection()
    hello = await connection.reader.read(1000)
    assert hello[0] == 0x16  # a TLS handshake (RFC 8446, 5.1)
    assert b"secret" not in hello
    connection.writer.write(b"\x15\x03\x03\x00\x02\x02\x28")
    with pytest.raises(Unready, match="No secure connection"):
        await waiting


# Requests and answers


async def test_no_more_than_the_window_are_unanswered(pair):
    opened, connection = pair
    sending = [asyncio.create_task(opened.submit(pdu())) for _ in range(5)]
    first = await connection.read(wire.SUBMIT)
    await connection.read(wire.SUBMIT)
    await connection.nothing_more()
    connection.answer(first)
    assert (await sending[0]).whole.endswith(b"1\0")
    await connection.read(wire.SUBMIT)
    await connection.nothing_more()
    connection.cut()
    results = await asyncio.gather(*sending[1:], return_exceptions=True)
    assert [type(result) for result in results] == [UnansweredError] * 2 + [NotSentError] * 2


async def test_answers_are_told_apart_in_any_order(pair):
    opened, connection = pair
    one, two = (asyncio.create_task(opened.submit(pdu())) for _ in range(2))
    first, second = await connection.read(wire.SUBMIT), await connection.read(wire.SUBMIT)
    connection.answer(second, "b")
    connection.answer(first, "a")
    assert ((await one).whole[-2:], (await two).whole[-2:]) == (b"a\0", b"b\0")


async def test_a_message_that_is_never_answered_is_unknown_and_a_late_answer_hurts_nobody(
    peer, link_to
):
    link = link_to(peer.port, window=1, response_timeout_seconds=0.1)
    connection = await peer.bound()
    await link.ready()
    [answer] = await sent(link, message(1))
    assert (answer.outcome, answer.provider_ids) == ("UNKNOWN", ())
    late = await connection.read(wire.SUBMIT)
    sending = asyncio.create_task(sent(link, message(2)))
    following = await connection.read(wire.SUBMIT)
    connection.answer(late, "late")
    connection.answer(following, "following")
    assert (await sending)[0].provider_ids == ("following",)


async def test_what_was_never_written_was_not_sent(pair):
    opened, connection = pair
    opened.pause_writing()  # as asyncio does where the other end does not read
    sending = asyncio.create_task(opened.submit(pdu()))
    await asyncio.sleep(0)
    connection.cut()
    with pytest.raises(NotSentError):
        await sending


async def test_what_was_given_up_unwritten_never_leaves(pair):
    opened, connection = pair
    opened.pause_writing()
    sending = asyncio.create_task(opened.submit(pdu(b"given up")))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    opened.resume_writing()
    others = [asyncio.create_task(opened.submit(pdu(b"kept"))) for _ in range(2)]
    texts = [(await connection.read(wire.SUBMIT)).submit.short_message for _ in others]
    assert texts == [b"kept", b"kept"]
    await connection.nothing_more()
    connection.cut()
    await asyncio.gather(*others, return_exceptions=True)


async def test_a_late_message_that_never_left_comes_later_and_does_not_leave(peer, link_to):
    link = link_to(peer.port, response_timeout_seconds=0.1)
    connection = await peer.bound()
    await link.ready()
    link._session.pause_writing()
    [answer] = await sent(link, message(1))
    assert answer.outcome == "LATER"
    link._session.resume_writing()
    await connection.nothing_more()


async def test_a_nack_of_a_message_refuses_it(peer, link_to):
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    sending = asyncio.create_task(sent(link, message()))
    submit = await connection.read(wire.SUBMIT)
    connection.write(wire.NACK, submit.number, status=0x03)
    [answer] = await sending
    assert (answer.outcome, answer.code) == ("REFUSED", "ESME_RINVCMDID")


async def test_an_error_that_is_in_no_standard_is_told_by_its_number(peer, link_to):
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    sending = asyncio.create_task(sent(link, message()))
    connection.answer(await connection.read(wire.SUBMIT), status=0x0410)
    [answer] = await sending
    assert (answer.outcome, answer.code) == ("REFUSED", "0x00000410")


async def test_a_centre_that_has_forgotten_the_bind_is_bound_anew(peer, link_to):
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    sending = asyncio.create_task(sent(link, message()))
    connection.answer(await connection.read(wire.SUBMIT), status=0x04)
    assert (await sending)[0].outcome == "LATER"
    assert await connection.ends()
    await peer.bound()
    await link.ready()


async def test_an_answer_of_another_kind_answers_nothing(pair):
    opened, connection = pair
    sending = asyncio.create_task(opened.submit(pdu()))
    submit = await connection.read(wire.SUBMIT)
    connection.write(wire.ENQUIRED, submit.number)
    await connection.nothing_more()
    assert not sending.done()
    connection.answer(submit)
    assert (await sending).status == 0


# What cannot be read


async def test_pdus_may_come_in_pieces_and_many_at_once(pair):
    opened, connection = pair
    sending = [asyncio.create_task(opened.submit(pdu())) for _ in range(2)]
    one, two = await connection.read(wire.SUBMIT), await connection.read(wire.SUBMIT)
    octets = wire.write(wire.SUBMITTED, one.number, b"a\0")
    octets += wire.write(wire.SUBMITTED, two.number, b"b\0")
    for octet in octets[:20]:
        connection.writer.write(bytes([octet]))
        await connection.writer.drain()
    connection.writer.write(octets[20:])
    assert [answer.whole[-2:] for answer in await asyncio.gather(*sending)] == [b"a\0", b"b\0"]


async def test_half_a_pdu_answers_nothing(pair):
    opened, connection = pair
    sending = asyncio.create_task(opened.submit(pdu()))
    submit = await connection.read(wire.SUBMIT)
    connection.writer.write(wire.write(wire.SUBMITTED, submit.number, b"a\0")[:17])
    await connection.writer.drain()
    connection.writer.close()
    with pytest.raises(UnansweredError):
        await sending
    assert await opened.ended == "the message centre closed"


@pytest.mark.parametrize(
    "garbage",
    [struct.pack("!IIII", 15, 0x15, 0, 1), b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 16],
)
async def test_garbage_ends_the_connection_and_begins_another(peer, link_to, garbage):
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    sending = [asyncio.create_task(sent(link, message(key))) for key in range(2)]
    first = await connection.read(wire.SUBMIT)
    await connection.read(wire.SUBMIT)
    # What was said before it stands.
    octets = wire.write(wire.SUBMITTED, first.number, b"a\0")
    connection.writer.write(octets + garbage)
    nack = await connection.read(wire.NACK)
    assert (nack.status, nack.number) == (0x02, 0)
    [[one], [two]] = await asyncio.gather(*sending)
    assert (one.outcome, two.outcome) == ("ACCEPTED", "UNKNOWN")
    await peer.bound()
    await link.ready()


async def test_a_request_that_is_not_known_is_refused_and_changes_nothing(pair):
    opened, connection = pair
    connection.write(0x00000103, 77, b"data_sm")
    nack = await connection.read(wire.NACK)
    assert (nack.status, nack.number) == (0x03, 77)
    connection.write(0x00000102, 78, b"alert_notification has no answer")
    await connection.nothing_more()
    sending = asyncio.create_task(opened.submit(pdu()))
    connection.answer(await connection.read(wire.SUBMIT))
    assert (await sending).status == 0


async def test_an_unreadable_deliver_sm_is_refused_and_changes_nothing(peer, link_to, store):
    link_to(peer.port)
    connection = await peer.bound()
    connection.write(wire.DELIVER, 5, b"\0\1\1" + b"no end")
    nack = await connection.read(wire.NACK)
    assert (nack.status, nack.number) == (0x02, 5)
    number = connection.deliver(b"STOP")
    assert (await connection.read(wire.DELIVERED)).number == number
    assert (await store.stored.get()).text == "STOP"


# The life of the connection


async def test_an_enquiry_is_answered(pair):
    _, connection = pair
    connection.write(wire.ENQUIRE, 4711)
    answer = await connection.read(wire.ENQUIRED)
    assert (answer.number, answer.status) == (4711, 0)


async def test_a_silent_peer_is_asked_and_then_given_up(peer, link_to):
    link = link_to(peer.port, enquire_link_seconds=0.05, response_timeout_seconds=0.05)
    connection = await peer.bound()
    await link.ready()
    enquiry = await connection.read(wire.ENQUIRE)
    connection.write(wire.ENQUIRED, enquiry.number)
    await connection.read(wire.ENQUIRE)
    assert await connection.ends()
    await peer.bound()
    await link.ready()


async def test_a_peer_that_unbinds_is_answered_and_bound_again(peer, link_to):
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    sending = asyncio.create_task(sent(link, message(1)))
    submit = await connection.read(wire.SUBMIT)
    connection.write(wire.UNBIND, 8)
    assert (await connection.read(wire.UNBOUND)).number == 8
    assert [answer.outcome for answer in await sent(link, message(2))] == ["LATER"]
    connection.answer(submit)  # what was on its way may still be answered
    assert [answer.outcome for answer in await sending] == ["ACCEPTED"]
    connection.writer.close()
    await peer.bound()
    await link.ready()


async def test_closing_unbinds_and_closes(peer, link_to):
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    closing = asyncio.create_task(link.close())
    unbind = await connection.read(wire.UNBIND)
    connection.write(wire.UNBOUND, unbind.number)
    assert await connection.ends()
    await closing
    with pytest.raises(Unready, match="closed"):
        await link.ready()
