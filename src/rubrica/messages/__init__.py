"""Texts with placeholders, and what they are as SMS and as e-mail. Knows no feature.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.messages.mime import compose
from rubrica.messages.senders import BadAddress, BadSender, check_sender, sender_address
from rubrica.messages.sms import Encoding, Segment, Sms, TooLong, split
from rubrica.messages.templates import FIELDS, BadTemplate, Kind, Template, parse

__all__ = [
    "FIELDS",
    "BadAddress",
    "BadSender",
    "BadTemplate",
    "Encoding",
    "Kind",
    "Segment",
    "Sms",
    "Template",
    "TooLong",
    "check_sender",
    "compose",
    "parse",
    "sender_address",
    "split",
]
