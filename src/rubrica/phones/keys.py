"""One key for the writings of one telephone, by the numbering plans of three countries.

By digits alone, as SQL's `canonical_number` is: both change together. Only what certainly is the
same telephone is united; a landline's key is its number, always.
"""

import re

MEXICO = re.compile(r"\+521([2-9][0-9]{9})").fullmatch
"""A mobile number as it was called from abroad until 2020; no area code begins with 1.

IFT, Plan Técnico Fundamental de Numeración (DOF, 11 May 2018): ten digits for all, the 1 is gone.
ITU, T020200008A0003PDFE; libphonenumber, pull request 2376.
"""
BRAZIL = re.compile(r"\+55([1-9]{2})([689][0-9]{7})").fullmatch
"""A mobile number before its ninth digit; those of 2 to 5 are landlines.

Anatel, Resolução 553/2010: a 9 goes before the eight digits, in all areas since 6 November 2016.
Of 7 nothing is certain: radios of Nextel (SME) kept eight digits, mobile numbers of Vivo stood
beside them (71 to 74; teleco.com.br, “Numeração da Telefonia Celular”). They stay as they are.
"""
ARGENTINA = re.compile(r"\+549([123][0-9]{9})").fullmatch
"""A mobile number as it is called from abroad; an SMS goes to the number without the 9.

Resolución SC 46/97, Plan Fundamental de Numeración Nacional: area code and number are ten digits,
given out in blocks, each to landlines or to mobiles. So with the 9 and without it are never two
telephones (libphonenumber, pull request 1719). The 15 of national writings is read by the library.
"""


def renumbered(number: str) -> str:
    """Return the number (E.164) that has taken the place of an old one; any other as it is."""
    if found := MEXICO(number):
        return f"+52{found[1]}"
    if found := BRAZIL(number):
        return f"+55{found[1]}9{found[2]}"
    return number


def canonical(number: str) -> str:
    """Return what all writings of a number (E.164) have in common.

    In Argentina that is the one without the 9: digits do not tell whose telephone a number without
    it is, and were the 9 put in, the key of a landline would no longer be its number.
    """
    if not number.startswith("+5"):
        return number
    found = ARGENTINA(number)
    return f"+54{found[1]}" if found else renumbered(number)


def also_begins(prefix: str) -> str | None:
    """Return what keys begin with of numbers whose other writing begins so; None: the same."""
    for old, new in (
        (r"\+521([0-9]{0,10})", r"+52\1"),
        (r"\+549([0-9]{0,10})", r"+54\1"),
        (r"(\+55[1-9]{2})([689][0-9]{0,7})", r"\g<1>9\2"),
    ):
        if re.fullmatch(old, prefix):
            return re.sub(old, new, prefix)
    return None
