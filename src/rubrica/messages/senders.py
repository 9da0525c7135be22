"""Whom messages come from: names, numbers and e-mail addresses, checked by channel."""

import re
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from rubrica.errors import FieldError, Invalid

PLAIN = re.compile(
    r"[A-Za-z0-9_'+&/=-]{1,64}(?:\.[A-Za-z0-9_'+&/=-]{1,64}){0,5}"
    r"@(?!.*--)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,63}"
).fullmatch
"""Addresses that need no second look."""
NAMED = re.compile(r"([^<>]*)<\s*([^<>\s]+)\s*>").fullmatch
SMS_NAME = re.compile(r"(?=.*[A-Za-z])(?! )[A-Za-z0-9 &'+._-]{1,11}(?<! )")
"""3GPP TS 23.040, 9.1.2.5: eleven characters of the default alphabet; these are what networks
let pass, and none of them takes two septets."""
SMS_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,15}")
"""E.164; as the network writes it; or a short code."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class BadSender(Invalid):
    """No message of this channel can come from this sender."""

    code = "bad_sender"


class BadAddress(Invalid):
    """No e-mail can go to this address."""

    code = "bad_address"


class Mailbox(NamedTuple):
    """A name, empty where there is none, and an address whose domain is ASCII (RFC 5890)."""

    name: str
    address: str


def check_sender(channel: str, sender: str) -> None:
    """Refuse a sender that the channel cannot have, saying what it may be.

    EMAIL: `Name <address>`, or an address. SMS: 1 to 11 letters, digits, blanks or & ' + . _ -,
    with a letter among them; +… (E.164); 3 to 15 digits. RCS and WHATSAPP: what the provider
    calls the sender, up to 100 characters. Raises BadSender.
    """
    if channel == "EMAIL":
        mailbox(sender)
    elif channel == "SMS":
        if not (SMS_NAME.fullmatch(sender) or SMS_NUMBER.fullmatch(sender)):
            raise _refusal(
                f"An SMS cannot come from “{sender}”: write a name of 1 to 11 unaccented letters,"
                " digits, blanks or & ' + . _ -, a number such as +393471234567, or a short code."
            )
    elif not sender.strip() or len(sender) > 100 or CONTROL.search(sender):  # noqa: PLR2004
        raise _refusal("The sender is empty or too long: write what the provider calls it.")


def sender_address(sender: str) -> str:
    """Return the address of `Name <address>`, for the envelope; its domain is made ASCII.

    What stands before the @ may still be other than ASCII: then the server must know SMTPUTF8
    (RFC 6531). Raises BadSender.
    """
    return mailbox(sender).address


def mailbox(sender: str) -> Mailbox:
    """Take `Name <address>` or an address apart; raises BadSender."""
    if CONTROL.search(sender):
        raise _refusal("The sender is one line, without control characters.")
    named = NAMED(sender.strip())
    name, address = named.groups() if named else ("", sender.strip())
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    found = ascii_domain(address)
    if found is None:
        raise _refusal(
            f"An e-mail cannot come from “{sender}”: write Name <name@example.com>, or the address"
            " alone."
        )
    return Mailbox(name, found)


def recipient(address: str) -> str:
    """Return an address for the envelope and the header, its domain ASCII; raises BadAddress."""
    found = ascii_domain(address)
    if found is None:
        raise BadAddress(f"“{address}” is not an e-mail address.")
    return found


def ascii_domain(address: str) -> str | None:
    """Return the address with its domain in ASCII (`xn--…`), or None where it is not well-formed.

    Checked by RFC 5322 and 6531, as far as mail systems follow them; nothing is looked up.
    """
    if PLAIN(address):
        return address
    try:
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    if "." not in found.domain:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


def _refusal(why: str) -> BadSender:
    return BadSender(why, errors=[FieldError("sender", BadSender.code, why)])
