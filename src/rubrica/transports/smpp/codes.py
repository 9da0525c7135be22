"""What a message centre's command_status means (SMPP 3.4, 5.1.3)."""

from typing import Final

OK: Final = 0x00
BAD_LENGTH: Final = 0x02
BAD_COMMAND: Final = 0x03
NOT_BOUND: Final = 0x04
BAD_DESTINATION: Final = 0x0B
QUEUE_FULL: Final = 0x14
THROTTLED: Final = 0x58
TEMPORARY: Final = 0x64
"""ESME_RX_T_APPN, "ESME Receiver Temporary App Error Code": our answer so that it comes again."""

NAMES = {
    0x00: "ROK", 0x01: "RINVMSGLEN", 0x02: "RINVCMDLEN", 0x03: "RINVCMDID", 0x04: "RINVBNDSTS",
    0x05: "RALYBND", 0x06: "RINVPRTFLG", 0x07: "RINVREGDLVFLG", 0x08: "RSYSERR",
    0x0A: "RINVSRCADR", 0x0B: "RINVDSTADR", 0x0C: "RINVMSGID", 0x0D: "RBINDFAIL",
    0x0E: "RINVPASWD", 0x0F: "RINVSYSID", 0x11: "RCANCELFAIL", 0x13: "RREPLACEFAIL",
    0x14: "RMSGQFUL", 0x15: "RINVSERTYP", 0x33: "RINVNUMDESTS", 0x34: "RINVDLNAME",
    0x40: "RINVDESTFLAG", 0x42: "RINVSUBREP", 0x43: "RINVESMCLASS", 0x44: "RCNTSUBDL",
    0x45: "RSUBMITFAIL", 0x48: "RINVSRCTON", 0x49: "RINVSRCNPI", 0x50: "RINVDSTTON",
    0x51: "RINVDSTNPI", 0x53: "RINVSYSTYP", 0x54: "RINVREPFLAG", 0x55: "RINVNUMMSGS",
    0x58: "RTHROTTLED", 0x61: "RINVSCHED", 0x62: "RINVEXPIRY", 0x63: "RINVDFTMSGID",
    0x64: "RX_T_APPN", 0x65: "RX_P_APPN", 0x66: "RX_R_APPN", 0x67: "RQUERYFAIL",
    0xC0: "RINVOPTPARSTREAM", 0xC1: "ROPTPARNOTALLWD", 0xC2: "RINVPARLEN",
    0xC3: "RMISSINGOPTPARAM", 0xC4: "RINVOPTPARAMVAL", 0xFE: "RDELIVERYFAILURE",
    0xFF: "RUNKNOWNERR",
}  # fmt: skip

NOT_NOW = frozenset({NOT_BOUND, QUEUE_FULL, THROTTLED, TEMPORARY})
"""The message was not taken, and nothing is wrong with it.

Any command_status but 0 says that the request failed and no message was made of it (4.4.2, 5.1.3);
these say that the cause is the centre's state: no bind in its eyes, a full queue, too many
messages, a temporary error. Not a system error: who fails in the middle may have the message.
"""
CROWDED = frozenset({QUEUE_FULL, THROTTLED})
"""The centre asks for less: the whole link slows down."""

BIND_REFUSALS = {
    0x05: "it says that this login is bound already: it may allow fewer connections than are"
    " open, or it has not noticed yet that one is gone",
    0x08: "it has a system error; it is tried again",
    0x0D: "it refuses the login: check systemId, password and systemType, and whether it lets"
    " this machine's IP address in",
    0x0E: "the password is wrong",
    0x0F: "it knows no such systemId",
    0x53: "it does not take this systemType",
    0x58: "it says that there are too many attempts; it is tried again",
}
"""What a refused bind means, and how to mend it."""


def name(status: int) -> str:
    """Return the name of a command_status; of one that is not in the standard, its number."""
    known = NAMES.get(status)
    return f"ESME_{known}" if known else f"0x{status:08X}"


def bind_refusal(status: int) -> str:
    """Say why a bind was refused, and what to mend."""
    return f"{BIND_REFUSALS.get(status, 'it refuses to bind')} ({name(status)})"
