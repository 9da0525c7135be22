"""A stand-in until the writer of vCards is here: names and numbers only."""

from collections.abc import Mapping
from typing import Any, Literal


def write(contact: Mapping[str, Any], version: Literal["4.0", "3.0"] = "4.0") -> str:
    """Return one card."""
    lines = ["BEGIN:VCARD", f"VERSION:{version}", f"FN:{contact['fullName']}"]
    if contact["phoneNumber"]:
        lines.append(f"TEL:{contact['phoneNumber']}")
    return "\r\n".join([*lines, "END:VCARD", ""])
