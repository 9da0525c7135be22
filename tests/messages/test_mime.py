"""E-mail, read back by the standard library as a mail program would."""

import re
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from aiosmtplib.email import flatten_message
from hypothesis import example, given
from hypothesis import strategies as st

from rubrica.messages import BadAddress, BadSender, compose

DATE = datetime(2024, 2, 29, 9, 5, 1, tzinfo=timezone(timedelta(hours=1)))
LINK = "https://rubrica.example/unsubscribe/" + "AbC-12_.~" * 30
words = st.text(max_size=120) | st.text(alphabet='àé中😀 ab,.<>"\\()=?@:;_-', max_size=200)


def made(**changes):
    return compose(
        **{
            "sender": "Anna Neri <anna@rubrica.example>", "to": "carla@example.com",
            "subject": "Ciao", "text": "Ciao Carla", "html": None, "unsubscribe_url": None,
            "message_id": "1.2@rubrica.example", "date": DATE, **changes,
        }
    )  # fmt: skip


def sent(**changes):
    return read(made(**changes).as_bytes())


def read(octets):
    return message_from_bytes(octets, policy=policy.default)


def body(part):
    return part.get_content().replace("\r\n", "\n")


def shown(value):
    """What is left of a header's text: control characters and breaks are blanks."""
    kept = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", value)
    return " ".join(kept.splitlines()).strip()


def test_a_text_alone_is_one_part():
    message = sent(text="Caffè\nalle 5", list_id="7.rubrica.example")
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert body(message) == "Caffè\nalle 5\n"
    assert dict(message.items()) | {"Content-Type": "", "Content-Transfer-Encoding": ""} == {
        "From": "Anna Neri <anna@rubrica.example>", "To": "carla@example.com", "Subject": "Ciao",
        "Date": "Thu, 29 Feb 2024 09:05:01 +0100", "Message-ID": "<1.2@rubrica.example>",
        "List-Id": "<7.rubrica.example>", "Auto-Submitted": "auto-generated",
        "Precedence": "bulk", "MIME-Version": "1.0",
        "Content-Type": "", "Content-Transfer-Encoding": "",
    }  # fmt: skip


def test_text_and_html_are_alternatives_the_better_one_last():
    message = sent(text="Ciao", html="<p>Città</p>")
    assert message.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), body(part)) for part in message.iter_parts()]
    assert parts == [("text/plain", "Ciao\n"), ("text/html", "<p>Città</p>\n")]


def test_a_blank_text_beside_html_is_left_out():
    message = sent(text=" \n", html="<p>x</p>")
    assert (message.get_content_type(), body(message)) == ("text/html", "<p>x</p>\n")


def test_a_link_to_unsubscribe_stays_whole_and_works_by_one_click():
    message = made(unsubscribe_url=LINK)
    lines = message.as_bytes().split(b"\r\n")
    assert f"List-Unsubscribe: <{LINK}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert f"List-Unsubscribe: <{LINK}>".encode() in flatten_message(message).split(b"\r\n")
    assert message["List-Unsubscribe"] == f"<{LINK}>"


def test_only_a_link_of_https_works_by_one_click():
    message = sent(unsubscribe_url="http://localhost:8000/u/x")
    assert message["List-Unsubscribe"] == "<http://localhost:8000/u/x>"
    assert "List-Unsubscribe-Post" not in message


@pytest.mark.parametrize("link", [None, "", "mailto:a@b.it", "javascript:x", "https://a b", "x",
                                  "https://a.example/\r\nBcc: x", "https://città.it"])  # fmt: skip
def test_what_is_no_web_address_is_no_link_to_unsubscribe(link):
    message = sent(unsubscribe_url=link)
    assert [name for name in message if name.startswith(("List", "Bcc"))] == []


def test_a_link_cannot_end_its_brackets():
    message = sent(unsubscribe_url="https://a.example/>,<mailto:x@y.it")
    assert message["List-Unsubscribe"] == "<https://a.example/%3E%2C%3Cmailto:x@y.it>"


@given(words)
@example("Città " * 40)
@example("=?utf-8?q?x?=")
@example("x\r\nBcc: a@b.it\r\n\r\nbody")
@example("a" * 1200)
def test_a_subject_is_read_back_and_adds_no_header(subject):
    octets = made(subject=subject).as_bytes()
    message = read(octets)
    assert message["Subject"] == shown(subject)
    assert message.keys() == sent().keys()
    head = octets.partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    assert octets.isascii()


@given(words.map(lambda text: re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029<>]", "", text).strip()))
@example("Neri, Anna (Caffè)")
@example('Anna "la rossa" Neri')
@example("=?utf-8?q?x?=")
@example("a" * 300)
def test_a_senders_name_is_read_back(name):
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    message = made(sender=f'"{quoted}" <anna@rubrica.example>')
    for octets in (message.as_bytes(), flatten_message(message)):
        # The newer reader puts blanks between encoded words of a name, against RFC 2047, 6.2.
        author, address = parseaddr(message_from_bytes(octets)["From"])
        assert (str(make_header(decode_header(author))), address) == (name, "anna@rubrica.example")
    head = message.as_bytes().partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= 78


@given(st.text(max_size=300) | st.text(alphabet=".àx\n\r=", max_size=2500))
def test_bodies_are_read_back_in_lines_that_servers_take(text):
    octets = made(text="-" + text, html="<p>" + text).as_bytes()
    assert octets.isascii()
    assert max(len(line) for line in octets.split(b"\r\n")) <= 998
    text = re.sub(r"\r\n|\r|\n", "\n", text).removesuffix("\n")
    bodies = [body(part).removesuffix("\n") for part in read(octets).iter_parts()]
    assert bodies == [f"-{text}", f"<p>{text}"]


def test_addresses_beyond_ascii_are_sent_in_ascii_as_far_as_that_goes():
    message = made(sender="Anna <anna@città.example>", to="carla@città.example")
    assert message.policy.utf8 is False
    assert message["To"] == "carla@xn--citt-3na.example"
    assert "anna@xn--citt-3na.example" in message["From"]
    message = made(to="è@città.example")
    assert message.policy.utf8 is True
    assert "To: è@xn--citt-3na.example\r\n".encode() in message.as_bytes()


@pytest.mark.parametrize("to", ["", "carla", "carla@b", "a@b.it\r\nBcc: c@d.it", "a@b.it,c@d.it",
                                "Carla <a@b.it>", "a@b.it\n"])  # fmt: skip
def test_what_is_no_address_is_refused(to):
    with pytest.raises(BadAddress):
        made(to=to)


def test_a_header_takes_no_line_break_from_a_sender_or_an_identifier():
    with pytest.raises(BadSender):
        made(sender="Anna\r\nBcc: x@y.it <a@b.it>")
    for wrong in ("a\r\nBcc: x", "a>b", "", "a b"):
        with pytest.raises(ValueError, match="identifier"):
            made(message_id=wrong)
    assert made(message_id="<a@b>")["Message-ID"] == made(message_id="a@b")["Message-ID"] == "<a@b>"
