"""Texts with placeholders, and what they are as SMS and as e-mail. Knows no feature.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.messages.mime import compose
from rubrica.messages.pages import PageState, page_language, unsubscribe_page
from rubrica.messages.replies import wants_out
from rubrica.messages.senders import BadAddress, BadSender, check_sender, sender_address
from rubrica.messages.sms import (
    MOST_PARTS,
    Encoding,
    Segment,
    Sms,
    TooLong,
    from_septets,
    split,
)
from rubrica.messages.templates import FIELDS, BadTemplate, Kind, Template, parse

__all__ = [
    "FIELDS",
    "MOST_PARTS",
    "BadAddress",
    "BadSender",
    "BadTemplate",
    "Encoding",
    "Kind",
    "PageState",
    "Segment",
    "Sms",
    "Template",
    "TooLong",
    "check_sender",
    "compose",
    "from_septets",
    "page_language",
    "parse",
    "sender_address",
    "split",
    "unsubscribe_page",
    "wants_out",
]
