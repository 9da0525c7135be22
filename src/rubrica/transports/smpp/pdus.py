"""The octets of SMPP 3.4: frames, and those PDUs that `smpp34` has no class for."""

from struct import Struct
from typing import NamedTuple

from smpp34 import DeliverSm, SmppError, decode

HEADER = Struct("!IIII")
"""command_length, command_id, command_status, sequence_number (3.2)."""
MOST_OCTETS = 100_000
"""Of one PDU: a message_payload of 64 KiB, and room for the rest."""
LAST_NUMBER = 0x7FFFFFFF
"""Sequence numbers run from 1 to this (5.1.4)."""

# 5.1.2.1, command_id
GENERIC_NACK = 0x80000000
SUBMIT_SM = 0x00000004
DELIVER_SM = 0x00000005
UNBIND = 0x00000006
BIND_TRANSCEIVER = 0x00000009
OUTBIND = 0x0000000B
ENQUIRE_LINK = 0x00000015
ALERT_NOTIFICATION = 0x00000102
RESPONSE = 0x80000000
"""This bit makes a request's command_id that of its response."""

# 5.3.2, tags of optional parameters
RECEIPTED_MESSAGE_ID = 0x001E
NETWORK_ERROR_CODE = 0x0423
MESSAGE_PAYLOAD = 0x0424
MESSAGE_STATE = 0x0427

VERSION = 0x34
"""interface_version (5.2.4)."""


class BrokenStreamError(Exception):
    """What came cannot be the beginning of a PDU, so nothing behind it can be read either."""


class Pdu(NamedTuple):
    """A PDU as it came; `whole` is all its octets, header included."""

    command: int
    status: int
    number: int
    whole: bytes


def take(buffer: bytearray) -> list[Pdu]:
    """Take the whole PDUs off the beginning of what was received; a last part of one stays.

    Raises BrokenStreamError where the first has a length that no PDU can have.
    """
    found: list[Pdu] = []
    start, end = 0, len(buffer)
    while end - start >= HEADER.size:
        length, command, status, number = HEADER.unpack_from(buffer, start)
        if not HEADER.size <= length <= MOST_OCTETS:
            if found:
                break
            raise BrokenStreamError(f"a PDU of {length} octets was announced")
        if end - start < length:
            break
        found.append(Pdu(command, status, number, bytes(buffer[start : start + length])))
        start += length
    del buffer[:start]
    return found


def write(command: int, number: int, body: bytes = b"", status: int = 0) -> bytes:
    """Return a PDU."""
    return HEADER.pack(HEADER.size + len(body), command, status, number) + body


def numbered(pdu: bytes, number: int) -> bytes:
    """Return a PDU with another sequence number."""
    return pdu[:12] + number.to_bytes(4) + pdu[16:]


def bind(system_id: str, password: str, system_type: str) -> bytes:
    """Return the body of a bind_transceiver (4.1.5): of any address."""
    texts = b"".join(text.encode("latin-1") + b"\0" for text in (system_id, password, system_type))
    return texts + bytes([VERSION, 0, 0]) + b"\0"


def message_id(pdu: Pdu) -> str | None:
    """Return the id in a submit_sm_resp (4.4.2); many send none beside an error."""
    return text(pdu.whole[HEADER.size :]) or None


def text(octets: bytes) -> str:
    """Read a C-Octet String (3.1), with or without its end; never raises."""
    return octets.split(b"\0", 1)[0].decode("ascii", "backslashreplace").strip()


def deliver_sm(pdu: Pdu) -> DeliverSm | None:
    """Read a deliver_sm (4.6.1), or return None where its lengths do not add up."""
    try:
        read = decode(pdu.whole)
    except (SmppError, ValueError):
        return None
    return read if isinstance(read, DeliverSm) else None
