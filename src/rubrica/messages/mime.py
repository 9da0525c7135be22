"""E-mail to one person, as text or as text and HTML, with a way to end it by one click."""

import re
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import quote

from rubrica.messages import escaping, senders

POLICY = SMTP.clone(cte_type="7bit")
INTERNATIONAL = POLICY.clone(utf8=True)
LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE).fullmatch
LONGEST_LINE = 78
"""RFC 5322, 2.1.1."""
FOLDED = 75
"""RFC 2047, 2: a line of a header with encoded words, its name included."""
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*").fullmatch
"""What may stand in a display name without quotation marks (RFC 5322, 3.2.3)."""
IDENTIFIER = re.compile(r"<?([!-;=?-~]+)>?").fullmatch


class Written(str):
    """A header's value, with what is written for it: the standard library writes some wrongly.

    It encodes a long link as if it were words (`=?utf-8?q?=3Chttps…`), which ends one-click
    unsubscribing, and drops a blank of a long subject where it folds it.
    """

    __slots__ = ("name", "written")
    name: str
    written: str

    def fold(self, *, policy: Policy) -> str:
        """Return the header's lines; the library asks every header for them."""
        return f"{self.name}: {self.written}".replace("\n", policy.linesep) + policy.linesep


def _header(name: str, value: str, written: str | None = None) -> Written:
    header = Written(value)
    header.name, header.written = name, value if written is None else written
    return header


ONE_CLICK = _header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
AUTOMATIC = _header("Auto-Submitted", "auto-generated")
BULK = _header("Precedence", "bulk")


def compose(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    html: str | None,
    unsubscribe_url: str | None,
    message_id: str,
    date: datetime,
    list_id: str | None = None,
) -> EmailMessage:
    """Put an e-mail together, in UTF-8 and ASCII octets (quoted-printable or base64).

    Text alone, or text and HTML as multipart/alternative; a blank text beside HTML is left out.
    Line breaks in the subject become blanks; elsewhere in a header they are refused. Domains are
    written in ASCII; an address that is not ASCII before its @ makes `message.policy.utf8` true:
    it goes only to servers with SMTPUTF8. `date` has a timezone; `message_id` is unique in the
    world, `list_id` the same for all of a list; both with or without their angle brackets.

    A link of https gives List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058), which
    a DKIM signature must cover; one of http the former only, as RFC 8058, 3.1 wants. So that
    nobody's holiday notice answers: Auto-Submitted (RFC 3834, 5), and for old programs Precedence.
    Raises BadSender, BadAddress.
    """
    author, address = senders.mailbox(sender), senders.recipient(to)
    ascii_only = author.address.isascii() and address.isascii()
    message = EmailMessage(policy=POLICY if ascii_only else INTERNATIONAL)
    message["From"] = _mailbox("From", author)
    message["To"] = _header("To", address)
    message["Subject"] = _unstructured("Subject", subject)
    message["Date"] = date
    message["Message-ID"] = _header("Message-ID", _identifier(message_id))
    if unsubscribe_url and LINK(unsubscribe_url):
        link = unsubscribe_url.replace("<", "%3C").replace(">", "%3E").replace(",", "%2C")
        message["List-Unsubscribe"] = _header("List-Unsubscribe", f"<{link}>")
        if link.lower().startswith("https:"):
            message["List-Unsubscribe-Post"] = ONE_CLICK
    if list_id:
        message["List-Id"] = _header("List-Id", _identifier(list_id))
    message["Auto-Submitted"], message["Precedence"] = AUTOMATIC, BULK
    if html is None or text.strip():
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    return message


def _unstructured(name: str, value: str) -> Written:
    """Write text as it is where it is short and ASCII, else as encoded words (RFC 2047)."""
    value = " ".join(escaping.line(value).splitlines()).strip()
    room = LONGEST_LINE - len(name) - len(": ")
    if value.isascii() and len(value) <= room and "=?" not in value:
        return _header(name, value)
    return _header(name, value, _encoded(name, value))


def _mailbox(name: str, author: senders.Mailbox) -> Written:
    shown = author.name
    if not shown:
        return _header(name, author.address)
    value = f'"{quote(shown)}" <{author.address}>'
    if not shown.isascii() or "=?" in shown or len(shown) > FOLDED // 2:
        phrase = _encoded(name, shown)
    else:
        phrase = shown if ATOMS(shown) else f'"{quote(shown)}"'
    last = phrase.rpartition("\n")[2]
    fits = len(name) + len(": ") + len(last) + len(author.address) + len(" <>") <= LONGEST_LINE
    return _header(name, value, f"{phrase}{' ' if fits else chr(10) + ' '}<{author.address}>")


def _encoded(name: str, value: str) -> str:
    return Header(value, "utf-8", maxlinelen=FOLDED, header_name=name).encode(linesep="\n")


def _identifier(value: str) -> str:
    """Return what stands in angle brackets, in them; it is ours, so anything else is a mistake."""
    found = IDENTIFIER(value)
    if found is None:
        raise ValueError(f"not an identifier of a header: {value!r}")
    return f"<{found[1]}>"
