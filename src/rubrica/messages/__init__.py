"""Texts with placeholders, and what they are as SMS and as e-mail. Knows no feature.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.messages.sms import Encoding, Segment, Sms, TooLong, split
from rubrica.messages.templates import FIELDS, BadTemplate, Kind, Template, parse

__all__ = [
    "FIELDS",
    "BadTemplate",
    "Encoding",
    "Kind",
    "Segment",
    "Sms",
    "Template",
    "TooLong",
    "parse",
    "split",
]
