"""What mail servers' codes mean (RFC 5321, 4.2; RFC 3463). No I/O here."""

import re

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
NO_MAILBOX = re.compile(r"\b5\.1\.(?:1|2|3|6|10)\b")
"""Bad mailbox, bad system, bad syntax, moved; a domain that takes no mail (RFC 7505, 4.2)."""
SAYS_SO = re.compile(
    r"\b(?:user|recipient|mailbox|address|account)\b.{0,40}?"
    r"\b(?:unknown|not\ (?:found|exist)|does(?:\ not|n't)\ exist|invalid)\b"
    r"|\b(?:unknown|invalid|no\ such)\ (?:local\ )?(?:user|recipient|mailbox|address|account)\b",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
"""What servers write that know no enhanced codes."""


def code_of(reply: int, text: str) -> str:
    """Return a reply's code, with the enhanced one where there is one, such as `550 5.1.1`."""
    enhanced = ENHANCED.match(text.strip())
    return f"{reply} {enhanced[1]}" if enhanced else str(reply)


def no_mailbox(code: str, text: str = "") -> bool:
    """Tell whether a code, or without an enhanced one the text, says that there is no mailbox."""
    if ENHANCED.search(code):
        return bool(NO_MAILBOX.search(code))
    return code.startswith(("550", "551", "553")) and bool(SAYS_SO.search(text))
