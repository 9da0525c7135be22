"""How a file of cards is to be read, and what is odd in it."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from msgspec.structs import replace

from rubrica.formats import compressed, encodings
from rubrica.formats.encodings import Encoding
from rubrica.formats.kinds import FileEmpty
from rubrica.formats.model import (
    Detected,
    IsMobile,
    Reading,
    Warning,  # noqa: A004 - the contract's word
    Wishes,
    never_mobile,
)
from rubrica.formats.vcards import lines, reading
from rubrica.formats.vcards.cards import Card, Cards, VcardUnreadable
from rubrica.formats.vcards.decoding import coded_bytes
from rubrica.formats.vcards.heads import Head, Heads
from rubrica.formats.vcards.noticing import Noticed
from rubrica.formats.vcards.tables import CUSTOM, STANDARD, Table, custom_keys

SAMPLE = 1024 * 1024
MOST_KEYS = 1000
"""Columns of custom fields at the most: each is a cell of every row."""
DOUBLE = frozenset({"cp932", "gb18030", "big5", "cp949", "euc_jp"})
"""Encodings whose two bytes of a letter may happen to be UTF-8."""
_OTHER_PHONES, _OTHER_EMAILS = STANDARD.index("otherPhones"), STANDARD.index("otherEmails")


def detect(
    open_bytes: Callable[[], BinaryIO], wishes: Wishes, is_mobile: IsMobile = never_mobile
) -> Detected:
    """Return how a file of cards is to be read, its columns, and what looks odd in it.

    `open_bytes` opens the unpacked file at its beginning. The first MiB is looked at, and what the
    warnings count is counted there. Refuses what holds no card.
    """
    with open_bytes() as stream:
        sample = compressed.beginning(stream, SAMPLE + 1)
    complete = len(sample) <= SAMPLE
    sample = sample[:SAMPLE]
    if not sample.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise FileEmpty("There is nothing in the file. Choose the file with the cards.")
    encoding, utf8_first = _encoding(sample, wishes, complete=complete)
    plan = Reading(
        kind="VCARD",
        encoding=encoding.name,
        has_header=False,
        phone_preference=wishes.phone_preference,
        email_preference=wishes.email_preference,
        split_phones=wishes.split_phones,
        country=wishes.country,
        utf8_first=utf8_first,
    )
    noticed = Noticed()
    cards = _whole_cards(sample, plan, noticed, complete=complete)
    if not cards:
        raise VcardUnreadable(
            "There is no card in the file, as it has no line BEGIN:VCARD. Export the contacts as"
            " vCard (.vcf) again, or upload the table that they stand in."
        )
    keys = list(dict.fromkeys(key for card in cards for key in custom_keys(card)))[:MOST_KEYS]
    columns = [*STANDARD, *(CUSTOM + key for key in keys)]
    _look(cards, Table(plan, is_mobile), noticed)
    return Detected(
        reading=replace(plan, columns=columns),
        header=columns,
        findings=[encoding.finding],
        warnings=[*_of_encoding(encoding, sample), *noticed.warnings()],
    )


def _whole_cards(sample: bytes, plan: Reading, noticed: Noticed, *, complete: bool) -> list[Card]:
    """Return the cards of the sample. One that the sample breaks off is looked at only if alone."""
    found = reading.cards(io.BytesIO(sample), plan, noticed)
    cards = list(found)
    if complete and not found.ended:
        noticed.add("cut_card", f"card {len(cards)}")
    elif not found.ended and len(cards) > 1:
        cards.pop()
    return cards


def _look(cards: list[Card], table: Table, noticed: Noticed) -> None:
    """Notice what the cards hold that no row does."""
    for number, card in enumerate(cards, 1):
        made = table.rows(card)
        if not made.rows:
            noticed.add("group_cards", f"card {number}")
            continue
        cells = made.rows[0]
        if phones := cells[_OTHER_PHONES]:
            noticed.add("further_phones", f"card {number}: {phones}")
        if emails := cells[_OTHER_EMAILS]:
            noticed.add("further_emails", f"card {number}: {emails}")
        for name in made.left_out:
            noticed.add_not_kept(name)


def _encoding(sample: bytes, wishes: Wishes, *, complete: bool) -> tuple[Encoding, bool]:
    """Return the encoding of text without a charset, and whether UTF-8 is to be tried first."""
    if wishes.encoding is not None:
        return encodings.wished(wishes.encoding, sample), False
    whole = encodings.detect(sample, complete=complete, country=wishes.country)
    if whole.name == "utf-8-sig" or lines.is_wide(whole.name):
        return whole, True
    survey = _Survey()
    heads = Heads()
    batches = lines.batches(io.BytesIO(sample), "utf-8")
    for _ in Cards(batches, heads, survey.text, stands=survey.stands, noticed=Noticed()):
        continue
    return survey.encoding(heads.charsets(), wishes.country)


class _Survey:
    """Collects the values of which the encoding must be told: those without a charset."""

    def __init__(self) -> None:
        self._utf8 = 0
        """Values beyond ASCII that are UTF-8."""
        self._others: list[bytes] = []

    @staticmethod
    def stands(_: list[str]) -> bool:
        """Have every value looked at."""
        return False

    def text(self, head: Head, value: str) -> str:
        """Look at a value where a `Decoder` would decode it."""
        if head.charset is None:
            plain = lines.raw(lines.UNFOLDING.sub("", value))
            content = coded_bytes(head, value) if head.coding else plain
            try:
                self._utf8 += not content.decode().isascii()
            except UnicodeDecodeError:
                self._others.append(content)
        return ""

    def encoding(self, declared: set[str], country: str | None) -> tuple[Encoding, bool]:
        """Return the encoding of the values that are no UTF-8, and whether to try UTF-8 first.

        Where other values of the file declare a charset that these fit too, it is theirs.
        """
        if not self._others:
            reason = "All text without a charset of its own is UTF-8."
            return Encoding(name="utf-8", confidence=1.0, sure=True, reason=reason), True
        content = b"\n".join(self._others)
        encoding = encodings.detect(content, complete=True, country=country)
        if lines.is_wide(encoding.name):  # no single value is, in a file that is not
            reason = "It is no UTF-8, and cp1252 is the usual other."
            encoding = Encoding(name="cp1252", confidence=0.0, sure=False, reason=reason)
        likely = [codec for codec in declared if _fits(content, codec)]
        if len(likely) == 1:
            reason = "Other values of the file declare it, and it fits these."
            encoding = Encoding(name=likely[0], confidence=0.9, sure=True, reason=reason)
        return encoding, encoding.name not in DOUBLE or self._utf8 > len(self._others)


def _fits(content: bytes, codec: str) -> bool:
    if lines.is_wide(codec):
        return False
    try:
        content.decode(codec)
    except UnicodeError:
        return False
    return True


def _of_encoding(encoding: Encoding, sample: bytes) -> Iterator[Warning]:
    if not encoding.sure:
        yield Warning(
            code="encoding_uncertain",
            message=f"The letters of the file may be wrong: some were read as {encoding.name}.",
            examples=[f"{codec}: {cell}" for codec, cell in encoding.alternatives],
        )
    if (nul := sample.count(0)) and not lines.is_wide(encoding.name):
        yield Warning(
            code="nul_bytes", message="The file holds NUL characters: they are left out.", count=nul
        )
