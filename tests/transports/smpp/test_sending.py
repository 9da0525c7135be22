"""What becomes of messages, against a message centre that is not ours."""

import asyncio

import pytest
import smpp34
import uvloop

from rubrica.transports.smpp import open_link
from tests.transports.smpp.centre import Centre, Wire
from tests.transports.smpp.conftest import message, sent, settings

LONG = "All work and no play makes Jack a dull boy. " * 8


async def test_an_accepted_message_has_the_id_that_the_centre_gave_it(centre, link_to):
    link = link_to(centre.port)
    await link.ready()
    [answer] = await sent(link, message(7, "Ciao, 5 € {e} più"))
    assert (answer.key, answer.outcome, answer.provider_ids) == (7, "ACCEPTED", ("id-1",))
    [event] = centre.submits
    assert event.short_message == b"Ciao, 5 \x1b\x65 \x1b(e\x1b) pi\x06"
    assert (event.destination_addr, event.dest_addr_ton, event.dest_addr_npi) == (
        "393471234567", 1, 1,
    )  # fmt: skip
    assert (event.source_addr, event.source_addr_ton, event.source_addr_npi) == ("Shop", 5, 0)
    assert (event.registered_delivery, event.data_coding, event.esm_class) == (1, 0, 0)


async def test_every_message_has_one_answer_and_every_answer_its_message(centre, link_to):
    link = link_to(centre.port, window=50)
    centre.decide = lambda event: event.accept(event.destination_addr)
    await link.ready()
    batches = [
        [message(key, address=f"+3934700{key:05}") for key in range(start, start + 250)]
        for start in (0, 250, 500)
    ]
    told = await asyncio.gather(*(sent(link, *batch) for batch in batches))
    answers = [answer for batch in told for answer in batch]
    assert sorted(answer.key for answer in answers) == list(range(750))
    assert all(answer.provider_ids == (f"3934700{answer.key:05}",) for answer in answers)
    assert len(centre.submits) == 750


@pytest.mark.parametrize(
    ("status", "outcome", "code", "is_invalid"),
    [
        (smpp34.ESME_RTHROTTLED, "LATER", "ESME_RTHROTTLED", False),
        (smpp34.ESME_RMSGQFUL, "LATER", "ESME_RMSGQFUL", False),
        (smpp34.ESME_RSYSERR, "REFUSED", "ESME_RSYSERR", False),
        (smpp34.ESME_RINVDSTADR, "REFUSED", "ESME_RINVDSTADR", True),
        (smpp34.ESME_RINVSRCADR, "REFUSED", "ESME_RINVSRCADR", False),
        (smpp34.ESME_RUNKNOWNERR, "REFUSED", "ESME_RUNKNOWNERR", False),
    ],
)
async def test_an_error_says_whether_to_come_again(
    centre, link_to, status, outcome, code, is_invalid
):
    link = link_to(centre.port)
    centre.decide = lambda event: event.reject(status)
    await link.ready()
    [answer] = await sent(link, message())
    assert (answer.outcome, answer.code, answer.address_is_invalid) == (outcome, code, is_invalid)
    assert answer.provider_ids == ()
    assert len(centre.submits) == 1


async def test_a_long_message_goes_in_parts_that_a_phone_can_join(centre, link_to):
    link = link_to(centre.port)
    await link.ready()
    [one] = await sent(link, message(1, LONG))
    [two] = await sent(link, message(2, LONG))
    assert (one.outcome, one.provider_ids) == ("ACCEPTED", ("id-1", "id-2", "id-3"))
    assert two.provider_ids == ("id-4", "id-5", "id-6")
    heads = [event.short_message[:6] for event in centre.submits]
    references = [head[3] for head in heads]
    assert references == [references[0]] * 3 + [(references[0] + 1) % 256] * 3
    assert [head[:3] + head[4:] for head in heads] == [
        bytes([5, 0, 3, 3, number]) for number in (1, 2, 3, 1, 2, 3)
    ]
    assert all(event.esm_class == 0x40 for event in centre.submits)
    whole = b"".join(event.short_message[6:] for event in centre.submits[:3])
    assert whole.decode() == LONG


async def test_only_the_part_that_was_throttled_goes_again(centre, link_to):
    link = link_to(centre.port)

    def decide(event: smpp34.SubmitSmEvent) -> None:
        if len(centre.submits) == 2:
            event.reject(smpp34.ESME_RTHROTTLED)
        else:
            centre.accept(event)

    centre.decide = decide
    await link.ready()
    [answer] = await sent(link, message(1, LONG))
    assert (answer.outcome, answer.provider_ids) == ("ACCEPTED", ("id-1", "id-3", "id-4"))
    assert [event.short_message[5] for event in centre.submits] == [1, 2, 2, 3]


async def test_a_message_whose_later_part_is_refused_keeps_the_ids_of_what_was_taken(
    centre, link_to
):
    link = link_to(centre.port)

    def decide(event: smpp34.SubmitSmEvent) -> None:
        if len(centre.submits) == 2:
            event.reject(smpp34.ESME_RINVDSTADR)
        else:
            centre.accept(event)

    centre.decide = decide
    await link.ready()
    [answer] = await sent(link, message(1, LONG))
    assert (answer.outcome, answer.provider_ids) == ("REFUSED", ("id-1",))
    assert answer.code == "ESME_RINVDSTADR"
    assert len(centre.submits) == 2


async def test_a_part_that_is_never_taken_refuses_the_message_in_the_end(
    centre, link_to, monkeypatch
):
    monkeypatch.setattr("rubrica.transports.smpp.link.PART_SECONDS", 0)
    link = link_to(centre.port)

    def decide(event: smpp34.SubmitSmEvent) -> None:
        if len(centre.submits) > 1:
            event.reject(smpp34.ESME_RMSGQFUL)
        else:
            centre.accept(event)

    centre.decide = decide
    await link.ready()
    [answer] = await sent(link, message(1, LONG))
    assert (answer.outcome, answer.provider_ids) == ("REFUSED", ("id-1",))
    assert answer.code == "ESME_RMSGQFUL"


async def test_a_first_part_that_is_throttled_comes_again_with_all_the_others(centre, link_to):
    link = link_to(centre.port)
    centre.decide = lambda event: event.reject(smpp34.ESME_RTHROTTLED)
    await link.ready()
    [answer] = await sent(link, message(1, LONG))
    assert (answer.outcome, answer.provider_ids) == ("LATER", ())
    assert len(centre.submits) == 1


async def test_a_message_whose_answer_was_lost_is_unknown_and_one_not_begun_comes_later(
    centre, link_to
):
    centre.decide = centre.hold
    async with Wire(centre.port) as wire:
        link = link_to(wire.port, window=3)
        await link.ready()
        sending = asyncio.create_task(sent(link, *(message(key) for key in range(10))))
        for _ in range(3):
            await centre.held.get()
        wire.cut()
        answers = {answer.key: answer.outcome for answer in await sending}
        assert answers == {0: "UNKNOWN", 1: "UNKNOWN", 2: "UNKNOWN"} | dict.fromkeys(
            range(3, 10), "LATER"
        )
        assert len(centre.submits) == 3
        centre.decide = centre.accept
        await link.ready()
        [answer] = await sent(link, message())
        assert answer.outcome == "ACCEPTED"


async def test_the_other_parts_follow_one_whose_answer_was_lost(centre, link_to):
    async with Wire(centre.port) as wire:
        link = link_to(wire.port)

        def decide(event: smpp34.SubmitSmEvent) -> None:
            if len(centre.submits) == 2:
                centre.held.put_nowait(event)
                wire.cut()
            else:
                centre.accept(event)

        centre.decide = decide
        await link.ready()
        [answer] = await sent(link, message(1, LONG))
        assert (answer.outcome, answer.provider_ids) == ("UNKNOWN", ("id-1", "id-3"))
        assert [event.short_message[5] for event in centre.submits] == [1, 2, 3]


async def test_no_message_of_latin_1_is_sent_as_what_it_is_not(centre, link_to):
    link = link_to(centre.port, alphabet="LATIN1")
    await link.ready()
    await sent(link, message(1, "Più caffè?"))
    await sent(link, message(2, "5 €"))
    plain, euro = centre.submits
    assert (plain.data_coding, plain.short_message) == (3, "Più caffè?".encode("latin-1"))
    assert (euro.data_coding, euro.short_message) == (8, "5 €".encode("utf-16-be"))


async def test_a_message_that_no_pdu_can_hold_is_refused_and_holds_up_no_other(centre, link_to):
    link = link_to(centre.port)
    await link.ready()
    answers = await sent(
        link, message(1, "x" * 50_000), message(2, sender="Città"), message(3, "fine")
    )
    assert {answer.key: (answer.outcome, answer.code) for answer in answers} == {
        1: ("REFUSED", "message_too_long"),
        2: ("REFUSED", "bad_sender"),
        3: ("ACCEPTED", None),
    }


async def test_whoever_stops_asking_for_answers_sends_no_more(centre, link_to):
    link = link_to(centre.port, window=2)
    await link.ready()
    answers = link.send([message(key) for key in range(1000)])
    await anext(answers)
    await answers.aclose()
    before = len(centre.submits)
    await sent(link, message(2000))
    # Two may have been on their way, and the one behind.
    assert len(centre.submits) <= before + 3 < 1000


async def test_messages_go_no_faster_than_the_account_may(centre, link_to):
    link = link_to(centre.port, throughput=100, binds=2)
    await link.ready()
    clock = asyncio.get_running_loop().time
    began = clock()
    await sent(link, *(message(key) for key in range(11)))
    assert clock() - began >= 10 / 50 - 0.01


def test_the_loop_that_workers_run_on_does_as_well(store):
    async def there_and_back() -> None:
        async with Centre() as centre:
            link = open_link(settings(centre.port), store)
            await link.ready()
            [answer] = await sent(link, message(1, LONG))
            assert answer.provider_ids == ("id-1", "id-2", "id-3")
            esme = await centre.binds.get()
            assert (await esme.deliver_sm("Shop", b"STOP", source_addr="39")).is_success
            assert (await store.stored.get()).text == "STOP"
            await link.close()

    uvloop.run(there_and_back())


async def test_closing_waits_for_answers_and_unbinds(centre, link_to):
    centre.decide = centre.hold
    link = link_to(centre.port)
    await link.ready()
    sending = asyncio.create_task(sent(link, message(1, LONG)))
    first = await centre.held.get()
    closing = asyncio.create_task(link.close())
    first.accept("a")
    (await centre.held.get()).accept("b")
    (await centre.held.get()).accept("c")
    [answer] = await sending
    assert (answer.outcome, answer.provider_ids) == ("ACCEPTED", ("a", "b", "c"))
    await closing
    await centre.unbound.wait()
    [late] = await sent(link, message(2))
    assert late.outcome == "LATER"
