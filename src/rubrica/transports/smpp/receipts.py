"""Delivery receipts: what a message centre tells of a message later (SMPP 3.4, appendix B).

`provider_id` is what the receipt says, unchanged. Some centres answer a submit_sm with an id in
hexadecimal and write the same in decimal into the receipt. It is not guessed at: `1234567` may be
either, and a wrong guess would settle somebody else's message. Such a receipt finds its message
only once the account can say how its provider writes ids.
"""

import re
from datetime import UTC, datetime

from smpp34 import DeliverSm

from rubrica.transports.model import Report, ReportStatus
from rubrica.transports.smpp import addresses, pdus, texts

TYPE, RECEIPT, ON_THE_WAY = 0x3C, 0x04, 0x20
"""In esm_class (5.2.12): the message's type; a delivery receipt; an intermediate notification."""
STATES: dict[int, ReportStatus] = {
    2: "DELIVERED", 3: "EXPIRED", 4: "FAILED", 5: "FAILED", 8: "FAILED",
}  # fmt: skip
"""message_state (5.2.28): DELIVERED, EXPIRED, DELETED, UNDELIVERABLE, REJECTED. ENROUTE, ACCEPTED
and UNKNOWN are no end: SENT."""
WORDS: dict[str, ReportStatus] = {
    "DELIV": "DELIVERED", "EXPIR": "EXPIRED", "DELET": "FAILED", "UNDEL": "FAILED",
    "REJEC": "FAILED", "FAILE": "FAILED",
}  # fmt: skip
"""`stat` by its first five letters (appendix B: DELIVRD, …); some centres write it out."""
GSM_NETWORK, UNKNOWN_SUBSCRIBER = 3, 1
"""network_error_code (5.3.2.31): of a GSM network, whose errors are MAP's (3GPP TS 29.002, 17.6.6).
The `err` in a text is each centre's own: nothing follows from it."""
FIELD = re.compile(
    r"(?:^|(?<=\s))(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text)\s*:", re.IGNORECASE
)
DATE = re.compile(r"[0-9]{10}(?:[0-9]{2})?")


def is_receipt(pdu: DeliverSm) -> bool:
    """Tell whether a deliver_sm reports on a message of ours; any other was sent by somebody."""
    return pdu.esm_class & TYPE in (RECEIPT, ON_THE_WAY)


def read(pdu: DeliverSm, now: datetime) -> Report | None:
    """Read a receipt; None where it does not say of which message.

    Optional parameters have the first word, what they leave out is in the text. A time that is
    missing, unreadable or yet to come (a centre may write its own local time) is `now`.
    """
    # Whatever the alphabet, centres write them in ASCII: as GSM-7 an id would lose its _, @ and $.
    said = fields(texts.of(pdu, "LATIN1"))
    more = {tlv.tag: tlv.value for tlv in pdu.tlvs}
    id = pdus.text(more.get(pdus.RECEIPTED_MESSAGE_ID, b"")) or said.get("id", "")
    if not id:
        return None
    status = _status(more.get(pdus.MESSAGE_STATE, b""), said.get("stat", ""))
    network = more.get(pdus.NETWORK_ERROR_CODE, b"")
    return Report(
        provider_id=id,
        status=status,
        at=_moment(said.get("donedate", ""), now),
        code=_code(said, network, status),
        address=addresses.e164(pdu.source_addr, pdu.source_addr_ton),
        address_is_invalid=status == "FAILED"
        and network == bytes([GSM_NETWORK, 0, UNKNOWN_SUBSCRIBER]),
    )


def fields(text: str) -> dict[str, str]:
    """Return the fields of a receipt's text, by their names in small letters without blanks.

    Any may be missing, in any order, but `text` is the last: it may say anything.

    >>> fields("id:7 Submit Date:2401311200 stat:DELIVRD err:000 text:err:1")["err"]
    '000'
    """
    found: dict[str, str] = {}
    marks = list(FIELD.finditer(text))
    for number, match in enumerate(marks):
        name = re.sub(r"[ _]", "", match[1]).lower()
        if name == "text":
            found.setdefault(name, text[match.end() :].strip())
            break
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        # One word: some centres put notes of their own between the fields.
        found.setdefault(name, "".join(text[match.end() : end].split(maxsplit=1)[:1]))
    return found


def _status(state: bytes, stat: str) -> ReportStatus:
    if state:
        return STATES.get(state[0], "SENT")
    return WORDS.get(stat.upper()[:5], "SENT")


def _code(said: dict[str, str], network: bytes, status: ReportStatus) -> str | None:
    """Return the centre's error, else the network's, else the word for how it ended badly."""
    error = said.get("err", "")
    if error.strip("0"):
        return error
    if len(network) == 3 and any(network[1:]):  # noqa: PLR2004
        return str(int.from_bytes(network[1:]))
    return said.get("stat") or None if status in ("FAILED", "EXPIRED") else None


def _moment(date: str, now: datetime) -> datetime:
    """Read YYMMDDhhmm, with or without seconds, as UTC."""
    if not DATE.fullmatch(date):
        return now
    try:
        form = "%y%m%d%H%M%S" if len(date) > 10 else "%y%m%d%H%M"  # noqa: PLR2004
        return min(datetime.strptime(date, form).replace(tzinfo=UTC), now)
    except ValueError:
        return now
