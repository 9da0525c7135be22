"""Delivery receipts as centres write them (SMPP 3.4, appendix B)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from smpp34 import (
    TLV_MESSAGE_PAYLOAD,
    TLV_MESSAGE_STATE,
    TLV_NETWORK_ERROR_CODE,
    TLV_RECEIPTED_MESSAGE_ID,
    DeliverSm,
    Tlv,
)

from rubrica.transports.smpp import receipts

NOW = datetime(2026, 1, 31, 12, 0, 30, tzinfo=UTC)


def report(text: str, *tlvs: Tlv, ton: int = 1, source: str = "393471234567"):
    pdu = DeliverSm(
        source, "Shop", text.encode(), esm_class=4, source_addr_ton=ton, tlvs=list(tlvs)
    )
    return receipts.read(pdu, NOW)


words = some.text(some.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)
moments = some.datetimes(datetime(2000, 1, 1), datetime(2068, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0)
)


@given(words, words, some.from_regex(r"[0-9A-F]{3}", fullmatch=True), moments, moments, some.text())
def test_every_field_is_read_as_it_was_written(id, stat, err, sent, done, text):
    dates = f"submit date:{sent:%y%m%d%H%M} done date:{done:%y%m%d%H%M}"
    written = f"id:{id} sub:001 dlvrd:001 {dates} stat:{stat} err:{err} text:{text}"
    assert receipts.fields(written) == {
        "id": id,
        "sub": "001",
        "dlvrd": "001",
        "submitdate": f"{sent:%y%m%d%H%M}",
        "donedate": f"{done:%y%m%d%H%M}",
        "stat": stat,
        "err": err,
        "text": text.strip(),
    }


@given(some.binary(max_size=254), some.binary(max_size=10), some.integers(0, 255))
def test_nothing_that_comes_as_a_receipt_breaks_anything(text, value, coding):
    tags = (TLV_MESSAGE_STATE, TLV_NETWORK_ERROR_CODE, TLV_RECEIPTED_MESSAGE_ID)
    pdu = DeliverSm(
        "1", "2", text, esm_class=4, data_coding=coding, tlvs=[Tlv(tag, value) for tag in tags]
    )
    found = receipts.read(pdu, NOW)
    assert found is None or (found.provider_id and found.at <= NOW)


@pytest.mark.parametrize(
    ("stat", "status"),
    [
        ("DELIVRD", "DELIVERED"), ("delivered", "DELIVERED"), ("EXPIRED", "EXPIRED"),
        ("UNDELIV", "FAILED"), ("REJECTD", "FAILED"), ("DELETED", "FAILED"),
        ("ACCEPTD", "SENT"), ("ENROUTE", "SENT"), ("UNKNOWN", "SENT"), ("", "SENT"),
    ],
)  # fmt: skip
def test_a_word_says_what_became_of_it(stat, status):
    assert report(f"id:1 stat:{stat}").status == status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (1, "SENT"), (2, "DELIVERED"), (3, "EXPIRED"), (4, "FAILED"), (5, "FAILED"), (6, "SENT"),
        (7, "SENT"), (8, "FAILED"), (99, "SENT"),
    ],
)  # fmt: skip
def test_a_parameter_says_it_before_the_text(state, status):
    found = report("id:1 stat:ENROUTE", Tlv(TLV_MESSAGE_STATE, bytes([state])))
    assert found.status == status


def test_a_field_may_be_written_in_any_letters_and_order():
    found = report("DONE_DATE:2601311100 Stat:expired ID:7 text:id:8")
    assert (found.provider_id, found.status) == ("7", "EXPIRED")
    assert found.at == datetime(2026, 1, 31, 11, 0, tzinfo=UTC)


def test_an_id_in_a_parameter_comes_before_that_in_the_text():
    assert report("id:text", Tlv(TLV_RECEIPTED_MESSAGE_ID, b"tlv\0")).provider_id == "tlv"
    assert report("id:text", Tlv(TLV_RECEIPTED_MESSAGE_ID, b"\0")).provider_id == "text"
    assert report("stat:DELIVRD err:000") is None


@pytest.mark.parametrize("id", ["0a1B", "0012", "12345678901234567890", "7-f_3:id:4", "$a@b_c"])
def test_an_id_is_told_as_it_was_written(id):
    assert report(f"id:{id} stat:DELIVRD").provider_id == id


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2601311159", datetime(2026, 1, 31, 11, 59, tzinfo=UTC)),
        ("260131115958", datetime(2026, 1, 31, 11, 59, 58, tzinfo=UTC)),
        ("2601311300", NOW),  # it cannot have been: the centre's clock, or its local time
        ("2613321300", NOW),
        ("", NOW),
        ("yesterday", NOW),
    ],
)
def test_the_time_is_utc_and_never_to_come(written, at):
    assert report(f"id:1 done date:{written} stat:DELIVRD").at == at


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id:1 stat:UNDELIV err:001", "001"),
        ("id:1 stat:UNDELIV err:000", "UNDELIV"),
        ("id:1 stat:UNDELIV err:0A3", "0A3"),
        ("id:1 stat:EXPIRED", "EXPIRED"),
        ("id:1 stat:DELIVRD err:000", None),
        ("id:1 stat:DELIVRD err:000 text:err:5", None),
    ],
)
def test_an_error_is_told_in_the_words_of_the_centre(text, code):
    found = report(text)
    assert (found.code, found.address_is_invalid) == (code, False)


def test_only_an_error_of_a_gsm_network_says_that_there_is_no_such_subscriber():
    gsm, cdma = (Tlv(TLV_NETWORK_ERROR_CODE, bytes([kind, 0, 1])) for kind in (3, 2))
    assert report("id:1 stat:UNDELIV", gsm).address_is_invalid
    assert report("id:1 stat:UNDELIV", gsm).code == "1"
    assert not report("id:1 stat:UNDELIV", cdma).address_is_invalid
    assert not report("id:1 stat:DELIVRD", gsm).address_is_invalid


@pytest.mark.parametrize(
    ("source", "ton", "address"),
    [
        ("393471234567", 1, "+393471234567"),
        ("+393471234567", 0, "+393471234567"),
        ("393471234567", 0, "+393471234567"),
        ("3471234567", 0, None),
        ("3471234567", 2, None),
        ("Shop", 5, None),
        ("0393471234567", 1, None),
        ("", 0, None),
    ],
)
def test_an_address_is_told_only_where_it_is_surely_international(source, ton, address):
    assert report("id:1", ton=ton, source=source).address == address


def test_a_receipt_may_stand_in_a_payload():
    found = report("", Tlv(TLV_MESSAGE_PAYLOAD, b"id:9 stat:DELIVRD"))
    assert (found.provider_id, found.status) == ("9", "DELIVERED")


@pytest.mark.parametrize(("esm_class", "is_one"), [(4, True), (0x20, True), (0x44, True), (0, False), (0x40, False), (8, False), (0xC3, False)])  # fmt: skip  # noqa: E501
def test_a_bit_says_that_it_is_a_receipt(esm_class, is_one):
    assert receipts.is_receipt(DeliverSm("1", "2", b"id:1", esm_class=esm_class)) == is_one
