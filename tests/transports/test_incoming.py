"""What providers tell over HTTP, read into reports and messages."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import Invalid, Unsupported
from rubrica.transports import Inbound, Report, read_inbound, read_reports
from rubrica.transports.incoming import FORM, INVALID_ADDRESS, JSON, MEANINGS, MOST, WORDS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
AT = datetime(2026, 4, 30, 9, 30, tzinfo=UTC)


def reports(body, media_type=JSON):
    text = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return read_reports(text, media_type, NOW)


def inbound(body, media_type=JSON):
    text = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return read_inbound(text, media_type, NOW)


def status(word):
    [report] = reports({"messageId": "1", "status": word})
    return report.status


def refusal(read, body, media_type=JSON):
    with pytest.raises(Invalid) as refused:
        read(body, media_type)
    return refused.value


def test_a_report_says_what_became_of_a_message():
    whole = {
        "messageId": "abc", "status": "UNDELIV", "at": "2026-04-30T11:30:00+02:00", "code": "0d",
        "address": "+393471234567",
    }  # fmt: skip
    expected = Report(provider_id="abc", status="FAILED", at=AT, code="0d", address="+393471234567")
    assert reports(whole) == [expected]
    assert reports({"messageId": 17, "status": "read", "code": 3}) == [
        Report(provider_id="17", status="READ", at=NOW, code="3")
    ]


def test_several_come_in_one_call_in_their_order():
    many = [{"messageId": str(n), "status": "sent"} for n in range(3)]
    assert [report.provider_id for report in reports({"reports": many})] == ["0", "1", "2"]
    assert reports({"reports": []}) == []
    assert reports({"reports": many}, "application/vnd.provider+json; charset=utf-8")
    assert reports({"reports": many}, "")


def test_a_form_is_read_too():
    form = b"messageId=a%2Bb&status=Delivered&at=2026-04-30T09:30:00Z&code=0"
    form += b"&address=%2B393471234567"
    expected = Report(
        provider_id="a+b", status="DELIVERED", at=AT, code="0", address="+393471234567"
    )
    assert reports(form, f"{FORM}; charset=utf-8") == [expected]
    assert reports(b"messageId=1&status=seen&code=&address=&at=", FORM) == [
        Report(provider_id="1", status="READ", at=NOW)
    ]
    assert refusal(reports, b"messageId=1&messageId=2&status=read", FORM).errors[0].code == (
        "given_twice"
    )
    for odd in (b"messageId=%FF&status=read", "messageId=é".encode(), b"&".join([b"a=1"] * 101)):
        assert "not a form" in refusal(reports, odd, FORM).detail


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("DELIVRD", "DELIVERED"), ("EXPIRED", "EXPIRED"), ("UNDELIV", "FAILED"),
        ("REJECTD", "FAILED"), ("DELETED", "FAILED"), ("ACCEPTD", "SENT"), ("ENROUTE", "SENT"),
        ("UNKNOWN", "SENT"), ("delivered", "DELIVERED"), ("Sent", "SENT"), ("failed", "FAILED"),
        ("undelivered", "FAILED"), ("Read", "READ"), ("seen", "READ"), ("expired", "EXPIRED"),
        ("bounced", "FAILED"), ("hard-bounce", "FAILED"), ("Soft Bounce", "FAILED"),
    ],
)  # fmt: skip
def test_the_words_of_providers_are_understood(word, meant):
    assert status(word) == status(word.upper()) == status(word.lower()) == meant


def test_no_word_means_two_things():
    every = [word for words in WORDS.values() for word in words]
    assert len(MEANINGS) == len(every) + len(INVALID_ADDRESS)


def test_a_word_may_say_that_there_is_no_such_address():
    for word in INVALID_ADDRESS:
        [report] = reports({"messageId": "1", "status": word})
        assert (report.status, report.address_is_invalid) == ("FAILED", True)
    [report] = reports({"messageId": "1", "status": "bounced"})
    assert report.address_is_invalid is False


def test_an_unknown_word_is_refused_with_those_that_are_known():
    many = [{"messageId": "1", "status": "sent"}, {"messageId": "2", "status": "lost"}]
    refused = refusal(reports, {"reports": many})
    assert refused.errors[0][:2] == ("reports[1].status", "unknown_status")
    assert "“lost” is no status" in refused.detail
    assert "DELIVRD, delivered" in refused.detail


@given(st.text(min_size=1, max_size=40))
def test_a_word_is_known_or_refused(word):
    try:
        [report] = reports({"messageId": "1", "status": word})
    except Invalid as refused:
        assert refused.errors[0].field == "status"  # noqa: PT017
    else:
        assert report.status in WORDS


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("+39 347 123 4567", "+393471234567"), ("393471234567", "+393471234567"),
        ("00393471234567", "+393471234567"), ("Anna@Example.com ", "anna@example.com"),
    ],
)  # fmt: skip
def test_an_address_is_read_in_the_forms_of_providers(written, meant):
    [report] = reports({"messageId": "1", "status": "sent", "address": written})
    assert report.address == meant


def test_a_message_id_of_e_mail_may_stand_in_its_brackets():
    [report] = reports({"messageId": "<a@example.com>", "status": "bounced"})
    assert report.provider_id == "a@example.com"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("messageId", None, "null"), ("messageId", "", "length"), ("at", "yesterday", "datetime"),
        ("at", "2026-04-30T11:30:00", "timezone"), ("address", "12", "telephone"),
        ("address", "a@b@c", "e-mail"), ("to", "x", "not known here"), ("status", 5, "str"),
    ],
)  # fmt: skip
def test_a_field_that_is_wrong_is_named(field, value, says):
    refused = refusal(reports, {"messageId": "1", "status": "sent"} | {field: value})
    assert (refused.errors[0].field, refused.code) == (field, "invalid_report")
    assert says in refused.errors[0].message
    many = {"reports": [{"messageId": "1", "status": "sent"} | {field: value}]}
    assert refusal(reports, many).errors[0].field.replace("...", "0") == f"reports[0].{field}"


def test_what_is_no_report_is_refused():
    for body in (b"", b"{", b"[]", b"1", b"\xff", b'{"reports": {}}', b'{"status": "sent"}'):
        assert refusal(reports, body).code == "invalid_report"
    too_many = {"reports": [{"messageId": "1", "status": "sent"}] * (MOST + 1)}
    assert refusal(reports, too_many).errors[0].field == "reports"
    assert refusal(reports, {"reports": [], "more": 1}).errors[0].field == "more"
    with pytest.raises(Unsupported, match="text/xml"):
        reports(b"<report/>", "text/xml")


def test_what_people_send_is_read():
    whole = {
        "messageId": "7", "address": "393471234567", "recipient": "40404", "text": "Stop",
        "at": "2026-04-30T09:30:00Z",
    }  # fmt: skip
    expected = Inbound(
        address="393471234567", recipient="40404", text="Stop", at=AT, provider_id="7"
    )
    assert inbound(whole) == [expected]
    short = Inbound(address="393471234567", recipient=None, text="", at=NOW)
    assert inbound({"messages": [whole, {"address": "393471234567", "text": ""}]}) == [
        expected, short,
    ]  # fmt: skip
    assert inbound(b"address=393471234567&text=&recipient=", FORM) == [short]
    assert inbound(b"address=1&text=Perch%C3%A9+no%3F", FORM)[0].text == "Perché no?"
    assert refusal(inbound, {"address": "1"}).errors[0][:2] == ("text", "missing")
    assert refusal(inbound, {"text": "Stop"}).code == "invalid_message"
