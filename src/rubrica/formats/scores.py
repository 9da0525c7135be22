"""How likely a text is, were it written in a given encoding: letter frequencies and their order."""
# ruff: noqa: RUF001 - look-alike signs are the subject

import functools
import math
import unicodedata
from collections import Counter

from rubrica.formats import alphabets, vocabulary
from rubrica.formats.alphabets import SPOKEN, Language

ENCODINGS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859-15", "mac_roman", "cp850",
    "cp932", "gb18030", "big5", "cp949",
    "cp1255", "cp1256", "cp874", "iso8859-2", "iso8859-7", "koi8_r", "cp866", "cp852", "euc_jp",
)  # fmt: skip
PRIOR = {
    "cp1252": 4.0,
    "iso8859-2": -2.0,
    "iso8859-7": -2.0,
    "cp852": -2.0,
    "cp866": -2.0,
    "koi8_r": -2.0,
}
"""What counts before anything is read: cp1252 wins ties, the successor of an old table does too."""
PLAIN = -3.0
"""A letter of ASCII: a multi-byte encoding that takes it for the half of a sign saves as much."""
WEIGHTS = (9.0, 3.0, 0.5)
"""How much oftener a common letter is met than a usual, and a usual than a rare one."""
FOREIGN, SYMBOL, IMPOSSIBLE = -10.0, -11.0, -16.0
ACCENTED = -3.0
"""The share of letters beyond ASCII in a language of Latin letters, as a logarithm: 5 %."""
ALPHABETS = {"cp1251", "cp1253", "cp1255", "cp1256", "cp874", "cp932", "gb18030", "big5", "cp949"}
"""The first encodings of the languages that have no letter in ASCII."""
TYPOGRAPHY = {
    **dict.fromkeys("‘“”–—…°«»·", -8.0),
    **dict.fromkeys("’€£¥", -6.0),
    "\xa0": -5.0,
}
IDEOGRAPHS = "\u2e80"
"""Where the signs of Chinese, Japanese and Korean begin: they do stand alone before figures."""
WORD_ENDS = "ςךםןףץ"
"""Letters that are written so at the end of a word only."""
MISPLACED = -5.0
HEADING = 6.0
COUNTRY = 8.0
_WORDS_COUNTED = 6


def of(text: str, codec: str, *, heading: str, country: str | None = None) -> float:
    """Return the logarithm of the likelihood of a text in an encoding, up to a constant.

    The best language of the encoding decides. `heading` is the part of the text that may be a
    header, `country` an ISO 3166 code.
    """
    signs = Counter(sign for sign in text if not sign.isascii())
    spoken = SPOKEN.get((country or "").upper(), ())
    languages = [language for language in alphabets.LANGUAGES if codec in language.encodings]
    best = max(
        sum(count * _frequency(sign, language) for sign, count in signs.items())
        + (COUNTRY if language.code in spoken else 0)
        for language in languages
    )
    words = heading.casefold()
    known = min(_WORDS_COUNTED, sum(word in words for word in vocabulary.TELLING))
    return best + plain(text) + _order(text) + HEADING * known + PRIOR.get(codec, 0)


def plain(text: str) -> float:
    """Return the part of the score that is due to ASCII."""
    return PLAIN * sum(map(str.isascii, text))


@functools.cache
def _frequency(sign: str, language: Language) -> float:
    tiers = list(zip(language[1:4], WEIGHTS, strict=True))
    every = sum(weight * len(letters) for letters, weight in tiers)
    gain = 0.0 if language.encodings[0] in ALPHABETS else ACCENTED
    for letter, case in ((sign, 0.0), (sign.lower(), -1.0)):
        for letters, weight in tiers:
            if letter in letters:
                return math.log(weight / every) + gain + case
    return TYPOGRAPHY.get(sign) or _unlisted(sign, language)


def _unlisted(sign: str, language: Language) -> float:
    category = unicodedata.category(sign)
    if sign == "\ufffd" or category in {"Cc", "Cn", "Co", "Cs"}:
        return IMPOSSIBLE
    if language.code == "ko":
        return -8.0 if "가" <= sign <= "힣" else -14.0
    if language.code in {"zh", "zh-hant", "ja"}:
        return _ideograph(sign, language.code)
    return FOREIGN if category.startswith("L") else SYMBOL


def _ideograph(sign: str, language: str) -> float:
    """Score a sign by the level of the national standard it stands on: the first is daily use."""
    codec, first, last = {
        "zh": ("gb2312", 0xB0, 0xD7),
        "zh-hant": ("big5", 0xA4, 0xC6),
        "ja": ("cp932", 0x88, 0x98),
    }[language]
    try:
        lead = sign.encode(codec)
    except UnicodeEncodeError:
        return -14.0
    if len(lead) == 1:  # half-width katakana: any byte above 0xA0 would be one
        return -8.0
    return -8.5 if first <= lead[0] <= last else -12.0


def _order(text: str) -> float:
    """Return the sum of penalties for signs that stand where no language puts them."""
    places = Counter(zip(f" {text}", text, f"{text[1:]} ", strict=False))
    return MISPLACED * sum(
        count * _misplaced(before, sign, after)
        for (before, sign, after), count in places.items()
        if not (sign.isascii() and before.isascii())
    )


@functools.lru_cache(maxsize=65_536)
def _misplaced(before: str, sign: str, after: str) -> int:
    """Count what is wrong with a sign among its neighbours."""
    wrong = 0
    if before.isalpha() and sign.isalpha():
        wrong += before.islower() and sign.isupper()
        wrong += _script(before) != _script(sign)
    if not sign.isascii():
        if (
            sign.isalpha()
            and after.isdigit()
            and (before.isdigit() or _stands_for_money(sign, before))
        ):
            wrong += 1
        if sign in WORD_ENDS and after.isalpha():
            wrong += 1
        if sign.islower() and before.isupper() and after.isupper():
            wrong += 1
        if not sign.isalpha() and before.isalpha() and after.isalpha() and sign not in "’·":
            wrong += 1
        if sign in "‚„†‡ˆ‰‹›˜¨¸" and (before.isalpha() or after.isalpha()):
            wrong += 1
    return wrong


def _stands_for_money(sign: str, before: str) -> bool:
    """Tell whether a letter stands where a sign for a currency would: alone before a figure."""
    return sign < IDEOGRAPHS and not before.isalpha()


@functools.cache
def _script(letter: str) -> str:
    """Return the writing of a letter; Chinese and Japanese signs are one, they stand together."""
    name = unicodedata.name(letter, "").split(" ")[0]
    return "CJK" if name in {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"} else name
