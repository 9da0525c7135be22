"""The rows of a file of cards."""

import itertools
from collections.abc import Iterator
from typing import BinaryIO

from rubrica.formats.model import IsMobile, Reading, Row, never_mobile
from rubrica.formats.vcards import lines
from rubrica.formats.vcards.cards import Cards
from rubrica.formats.vcards.decoding import Decoder
from rubrica.formats.vcards.heads import Heads
from rubrica.formats.vcards.noticing import Noticed
from rubrica.formats.vcards.tables import Table


def cards(stream: BinaryIO, reading: Reading, noticed: Noticed) -> Cards:
    """Return the cards of an unpacked file, read as `reading` says."""
    codec = reading.encoding or "utf-8"
    decoder = Decoder(codec, utf8_first=reading.utf8_first)
    return Cards(
        lines.batches(stream, codec),
        Heads(),
        decoder.text,
        stands=decoder.stands,
        noticed=noticed,
    )


def rows(stream: BinaryIO, reading: Reading, is_mobile: IsMobile = never_mobile) -> Iterator[Row]:
    """Yield a row for each card, with the cells of `reading.columns`; none for a group.

    They are numbered from 1 as the cards are, groups included; where cards are split, as the rows
    are. Refuses a card longer than 16 Mi characters. The stream stays open; memory stays flat.
    """
    table = Table(reading, is_mobile)
    found = cards(stream, reading, Noticed())
    if reading.split_phones:
        every = (cells for card in found for cells in table.rows(card).rows)
        yield from map(Row, itertools.count(1), every)
        return
    for number, card in enumerate(found, 1):
        for cells in table.rows(card).rows:
            yield Row(number, cells)
