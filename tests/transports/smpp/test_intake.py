"""What comes in: stored first, and only then acknowledged."""

import asyncio
from datetime import UTC, datetime

from smpp34 import TLV_MESSAGE_PAYLOAD, TLV_MESSAGE_STATE, TLV_RECEIPTED_MESSAGE_ID, Tlv

from rubrica.transports import Inbound, Report
from tests.transports.smpp import wire
from tests.transports.smpp.conftest import message, sent

RECEIPT = (
    b"id:id-1 sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:DELIVRD"
    b" err:000 text:Hello"
)


async def test_nothing_is_acknowledged_before_it_is_stored(peer, link_to, store):
    store.open.clear()
    link_to(peer.port)
    connection = await peer.bound()
    number = connection.deliver(b"STOP")
    await store.called.get()
    await connection.nothing_more()
    store.open.set()
    answer = await connection.read(wire.DELIVERED)
    assert (answer.number, answer.status, answer.body) == (number, 0, b"\0")
    assert len(store.calls) == 1


async def test_what_comes_while_others_are_stored_is_stored_together(peer, link_to, store):
    store.open.clear()
    link_to(peer.port)
    connection = await peer.bound()
    connection.deliver(b"first")
    await store.called.get()
    for number in range(700):
        connection.deliver(b"%d" % number)
    await connection.nothing_more()
    store.open.set()
    for _ in range(701):
        await connection.read(wire.DELIVERED)
    assert [len(inbounds) for _, inbounds in store.calls] == [1, 500, 200]
    told = [inbound.text for _, inbounds in store.calls for inbound in inbounds]
    assert told == ["first", *map(str, range(700))]


async def test_what_could_not_be_stored_is_to_come_again(peer, link_to, store):
    store.failures = 1
    link_to(peer.port)
    connection = await peer.bound()
    for text in (b"STOP", b"Hi"):
        connection.deliver(text)
    refused = [await connection.read(wire.DELIVERED) for _ in range(2)]
    assert [answer.status for answer in refused] == [0x64, 0x64]
    for text in (b"STOP", b"Hi"):
        connection.deliver(text)
    taken = [await connection.read(wire.DELIVERED) for _ in range(2)]
    assert [answer.status for answer in taken] == [0, 0]
    # After a failure one by one, so that one that cannot be stored holds up no other.
    assert [[each.text for each in inbounds] for _, inbounds in store.calls] == [["STOP"], ["Hi"]]


async def test_messages_go_out_while_what_came_in_cannot_be_stored(peer, link_to, store):
    store.open.clear()
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    connection.deliver(RECEIPT, esm_class=4)
    await store.called.get()
    sending = asyncio.create_task(sent(link, message()))
    connection.answer(await connection.read(wire.SUBMIT), "x")
    [answer] = await sending
    assert answer.outcome == "ACCEPTED"
    store.open.set()
    await connection.read(wire.DELIVERED)


async def test_closing_stores_what_came_and_leaves_the_rest_to_the_centre(peer, link_to, store):
    store.open.clear()
    link = link_to(peer.port)
    connection = await peer.bound()
    await link.ready()
    came = connection.deliver(b"in time")
    await store.called.get()
    closing = asyncio.create_task(link.close())
    await asyncio.sleep(0)
    late = connection.deliver(b"too late")
    answer = await connection.read(wire.DELIVERED)
    assert (answer.number, answer.status) == (late, 0x64)
    store.open.set()
    answer = await connection.read(wire.DELIVERED)
    assert (answer.number, answer.status) == (came, 0)
    unbind = await connection.read(wire.UNBIND)
    connection.write(wire.UNBOUND, unbind.number)
    await closing
    assert [[each.text for each in inbounds] for _, inbounds in store.calls] == [["in time"]]


async def test_a_receipt_is_a_report(centre, link_to, store):
    link = link_to(centre.port)
    esme = await centre.binds.get()
    await link.ready()
    answer = await esme.deliver_sm(
        "Shop", RECEIPT, source_addr="393471234567", source_addr_ton=1, esm_class=4
    )
    assert answer.is_success
    assert await store.stored.get() == Report(
        provider_id="id-1",
        status="DELIVERED",
        at=datetime(2024, 1, 2, 3, 5, tzinfo=UTC),
        address="+393471234567",
    )


async def test_a_receipt_may_be_all_parameters_and_no_text(centre, link_to, store):
    link_to(centre.port)
    esme = await centre.binds.get()
    tlvs = [Tlv(TLV_RECEIPTED_MESSAGE_ID, b"id-2\0"), Tlv(TLV_MESSAGE_STATE, b"\5")]
    answer = await esme.deliver_sm("Shop", b"", source_addr="1", esm_class=4, tlvs=tlvs)
    assert answer.is_success
    report = await store.stored.get()
    assert (report.provider_id, report.status, report.address) == ("id-2", "FAILED", None)


async def test_a_receipt_of_no_message_is_acknowledged_and_told_to_nobody(centre, link_to, store):
    link_to(centre.port)
    esme = await centre.binds.get()
    assert (await esme.deliver_sm("Shop", b"stat:DELIVRD", esm_class=4)).is_success
    assert store.calls == []


async def test_what_somebody_wrote_is_inbound(centre, link_to, store):
    link_to(centre.port)
    esme = await centre.binds.get()
    before = datetime.now(UTC)
    await esme.deliver_sm("40404", "Ça va ? €".encode("utf-16-be"), source_addr="+3934",
                          data_coding=8)  # fmt: skip
    inbound = await store.stored.get()
    assert isinstance(inbound, Inbound)
    assert (inbound.address, inbound.recipient) == ("+3934", "40404")
    assert (inbound.text, inbound.provider_id) == ("Ça va ? €", None)
    assert before <= inbound.at <= datetime.now(UTC)


async def test_each_part_of_a_long_message_comes_by_itself(centre, link_to, store):
    link_to(centre.port)
    esme = await centre.binds.get()
    for head, text in (("050003070201", b"STOP "), ("06080400070202", b"please")):
        whole = bytes.fromhex(head) + text
        await esme.deliver_sm("40404", whole, source_addr="39", esm_class=0x40)
    texts = [(await store.stored.get()).text for _ in range(2)]
    assert texts == ["STOP ", "please"]


async def test_a_message_may_come_as_a_payload(centre, link_to, store):
    link_to(centre.port)
    esme = await centre.binds.get()
    tlvs = [Tlv(TLV_MESSAGE_PAYLOAD, "Città".encode("latin-1") * 100)]
    await esme.deliver_sm("40404", b"", source_addr="39", data_coding=3, tlvs=tlvs)
    assert (await store.stored.get()).text == "Città" * 100
