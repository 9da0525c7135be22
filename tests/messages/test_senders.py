"""Whom messages come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.messages import BadSender, check_sender, sender_address, split


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("a@b.it", "a@b.it"),
        (" Anna Neri <a@b.it> ", "a@b.it"),
        ('"Neri, Anna" <a@b.it>', "a@b.it"),
        ("<a@b.it>", "a@b.it"),
        ("Caffè “Roma” < info@caffe-roma.example >", "info@caffe-roma.example"),
        ("Carla@Città.example", "Carla@xn--citt-3na.example"),
        ("città@b.example", "città@b.example"),
    ],
)
def test_an_e_mail_comes_from_an_address_with_or_without_a_name(sender, address):
    check_sender("EMAIL", sender)
    assert sender_address(sender) == address


@pytest.mark.parametrize(
    "sender",
    ["", "Anna", "a@b", "a@b.it, c@d.it", "Anna a@b.it", "A <a@b.it> B", "A <a@b.it", "<>",
     "A\r\nBcc: x@y.it <a@b.it>", "a@b.it\n", "a b@c.it", "A <a@b.it> <c@d.it>", "a@@b.it"],
)  # fmt: skip
def test_what_is_no_e_mail_sender_is_refused_by_its_field(sender):
    with pytest.raises(BadSender) as refused:
        check_sender("EMAIL", sender)
    assert [(each.field, each.code) for each in refused.value.errors] == [("sender", "bad_sender")]
    with pytest.raises(BadSender):
        sender_address(sender)


@pytest.mark.parametrize(
    "sender",
    ["Rubrica", "Da Anna 24h", "A", "A&B", "12345", "390612345678", "+393471234567", "123",
     "1A", "DON'T", "L-1_2.3+x"],
)  # fmt: skip
def test_an_sms_comes_from_a_short_name_a_number_or_a_short_code(sender):
    check_sender("SMS", sender)


@pytest.mark.parametrize(
    "sender",
    ["", "Dodici lette", "Città", "A B ", " AB", "12", "1234567890123456", "+", "+0123456789",
     "+39 347 1234567", "€uro", "A[B", "A\n", "123\n", "۱۲۳۴", "12 34", "a@b.it", "   "],
)  # fmt: skip
def test_what_networks_do_not_let_pass_as_sender_is_refused(sender):
    with pytest.raises(BadSender) as refused:
        check_sender("SMS", sender)
    assert refused.value.errors[0].field == "sender"


@given(st.text(max_size=14))
def test_a_name_that_an_sms_may_come_from_fits_into_eleven_septets(sender):
    try:
        check_sender("SMS", sender)
    except BadSender:
        return
    sms = split(sender)
    assert (sms.encoding, sms.units <= 11 or sender.lstrip("+").isdecimal()) == ("GSM-7", True)


def test_other_channels_take_what_their_provider_calls_the_sender():
    check_sender("WHATSAPP", "+39 347 123")
    check_sender("RCS", "brands/caffè")
    for sender in ("", " ", "a\nb", "x" * 101):
        with pytest.raises(BadSender):
            check_sender("RCS", sender)
