"""What providers call us with is read, or refused with the field that is wrong."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import Invalid
from rubrica.transports import Inbound, Report, read_inbound, read_reports
from rubrica.transports.incoming import WORDS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
THEN = "2026-05-01T10:00:00+02:00"


def reports(said, *, form=False):
    body = urlencode(said) if form else json.dumps(said)
    return read_reports(body.encode(), form=form, now=NOW)


def inbound(said, *, form=False):
    body = urlencode(said) if form else json.dumps(said)
    return read_inbound(body.encode(), form=form, now=NOW)


@pytest.mark.parametrize("form", [False, True])
def test_one_report_is_read(form):
    said = {
        "messageId": "a-1", "status": "Delivered", "at": THEN, "code": "000",
        "address": "393471234567", "price": "0.05",
    }  # fmt: skip
    assert reports(said, form=form) == [
        Report(
            provider_id="a-1",
            status="DELIVERED",
            at=datetime(2026, 5, 1, 8, tzinfo=UTC),
            code="000",
            address="+393471234567",
        )
    ]


def test_several_reports_are_read():
    found = reports(
        {"reports": [{"messageId": 17, "status": "DELIVRD"}, {"messageId": "b", "status": "read"}]}
    )
    assert [(each.provider_id, each.status, each.at) for each in found] == [
        ("17", "DELIVERED", NOW),
        ("b", "READ", NOW),
    ]
    assert reports({"reports": []}) == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("DELIVRD delivered", "DELIVERED"),
        ("EXPIRED expired", "EXPIRED"),
        ("UNDELIV REJECTD DELETED failed undelivered bounced rejected", "FAILED"),
        ("ACCEPTD ENROUTE UNKNOWN sent accepted", "SENT"),
        ("read Seen", "READ"),
    ],
)
def test_the_words_of_providers_are_understood(words, status):
    for word in words.split():
        [found] = reports({"messageId": "a", "status": word})
        assert found.status == status, word


def test_an_unknown_word_is_answered_with_those_there_are():
    good = {"messageId": "a", "status": "sent"}
    with pytest.raises(Invalid) as refused:
        reports({"reports": [good, good | {"status": "lost"}]})
    [error] = refused.value.errors
    assert error.field == "reports[1].status"
    assert "“lost”" in error.message
    assert all(word in error.message for word in WORDS)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"status": "sent"}, "messageId"),
        ({"messageId": "", "status": "sent"}, "messageId"),
        ({"messageId": "a\0", "status": "sent"}, "messageId"),
        ({"messageId": "a"}, "status"),
        ({"messageId": "a", "status": "sent", "at": "2026-05-01T10:00:00"}, "at"),
        ({"messageId": "a", "status": "sent", "at": "yesterday"}, "at"),
        ({"messageId": True, "status": "sent"}, "messageId"),
        ({"reports": [{"messageId": "a", "status": "sent"}, {"status": "a"}]},
         "reports[1].messageId"),
        ({"reports": [1]}, "reports[0]"),
        ({"reports": {}}, "reports"),
        ([], "body"),
        ("a", "body"),
    ],
)  # fmt: skip
def test_the_field_that_is_wrong_is_named(said, field):
    with pytest.raises(Invalid) as refused:
        reports(said)
    assert [error.field for error in refused.value.errors] == [field]


def test_a_mailbox_that_is_not_there_is_noticed():
    said = {"messageId": "a", "status": "bounced", "address": "A@Example.com"}
    for code, invalid in (("550 5.1.1", True), ("5.2.2", False), ("12", False)):
        [found] = reports(said | {"code": code})
        assert found.address_is_invalid is invalid
        assert found.address == "a@example.com"
    [found] = reports(said | {"code": "5.1.1", "status": "delivered"})
    assert not found.address_is_invalid


@pytest.mark.parametrize("form", [False, True])
def test_one_message_is_read(form):
    said = {"from": "393471234567", "to": "40404", "text": "STOP è\n", "messageId": "m"}
    assert inbound(said | {"at": THEN}, form=form) == [
        Inbound(
            address="393471234567",
            recipient="40404",
            text="STOP è\n",
            at=datetime(2026, 5, 1, 8, tzinfo=UTC),
            provider_id="m",
        )
    ]


def test_what_a_form_leaves_blank_is_not_said():
    said = {"from": "a", "text": "", "to": "", "at": "", "messageId": ""}
    assert inbound(said, form=True) == [Inbound(address="a", recipient=None, text="", at=NOW)]


def test_several_messages_are_read():
    found = inbound({"messages": [{"from": 393471234567, "text": "a\0b"}]})
    assert found == [Inbound(address="393471234567", recipient=None, text="ab", at=NOW)]


def test_a_message_needs_its_sender_and_its_text():
    for said, field in (({"text": "a"}, "from"), ({"from": "a"}, "text")):
        with pytest.raises(Invalid) as refused:
            inbound({"messages": [said]})
        assert [error.field for error in refused.value.errors] == [f"messages[0].{field}"]


@given(st.binary(), st.booleans())
def test_whatever_comes_is_read_or_refused(body, form):
    for read in (read_reports, read_inbound):
        with suppress(Invalid):
            assert isinstance(read(body, form=form, now=NOW), list)
