"""Logical lines in, cards out: where one begins and ends, whatever is wrong about it."""

import re
from collections.abc import Callable, Iterable, Iterator

from rubrica.errors import Invalid
from rubrica.formats.vcards.heads import KEPT, TECHNICAL, Head, Heads
from rubrica.formats.vcards.lines import LONGEST, UNFOLDING, Batch
from rubrica.formats.vcards.noticing import Noticed

Property = tuple[Head, str]
"""A head, and the text of the value with its escapes."""
Card = list[Property]

BEGIN, END = "BEGIN:VCARD", "END:VCARD"
"""As nearly all programs write them."""
LARGEST = 16 * 1024 * 1024
"""Characters of the properties of one card: what is no card must not fill the memory."""
MOST_PROPERTIES = 100_000
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+").fullmatch


class VcardUnreadable(Invalid):
    """The file cannot be read as vCards."""

    code = "vcard_unreadable"


class _Open:
    """A value that may go on with the next line: quoted-printable that ends so, or base64.

    Lines of base64 need not be folded in vCard 2.1. A blank line or a colon ends them.
    """

    def __init__(self, head: Head, value: str) -> None:
        self.head = head
        self.pieces = [value]
        self.length = len(value)

    def add(self, line: str) -> None:
        """Take one more line, up to what is kept of a value."""
        if self.length <= LONGEST:
            self.pieces.append(line)
            self.length += len(line)


class Cards:
    """The cards of a file, one after the other; group cards too.

    `decode` turns a head and what the file holds behind it into text, `stands` tells of lines
    without oddities that it would leave them as they are. What is skipped or mended is `noticed`.

    A BEGIN inside a card may be a nested card, or the END before it is missing. What follows the
    next END tells: another card or the end of the file, and it was missing. So two cards are held
    at the most: `_outer`, and the inner one, as `_card` while it is open and as `_inner` after.
    """

    def __init__(
        self,
        batches: Iterable[Batch],
        heads: Heads,
        decode: Callable[[Head, str], str],
        *,
        stands: Callable[[list[str]], bool],
        noticed: Noticed,
    ) -> None:
        self.ended = True
        """The last card has an END."""
        self._batches = batches
        self._heads = heads
        self._decode = decode
        self._stands = stands
        self._noticed = noticed
        self._card: Card | None = None
        self._outer: Card | None = None
        self._inner: Card | None = None
        self._awaits_agent = False
        """The line before says that a card follows which is the value of a property."""
        self._is_agent = False
        """The inner card is such a value."""
        self._done: list[Card] = []
        self._open: _Open | None = None
        self._batch = Batch([], 1, odd=False)

    def __iter__(self) -> Iterator[Card]:
        plain, done, strays = self._heads.plain, self._done, Card()
        for batch in self._batches:
            self._batch = batch
            odd = batch.odd or not self._stands(batch.lines)
            watchful = odd or self._is_watchful()
            card = strays if self._card is None else self._card
            for line in batch.lines:
                text, _, value = line.partition(":")
                if not watchful:
                    if (head := plain.get(text)) is not None:
                        card.append((head, value))
                        continue
                    if line == END and self._outer is None:
                        yield card
                        self._card, card, watchful = None, strays, True
                        continue
                self._read(line)
                if done:
                    yield from done
                    done.clear()
                watchful = odd or self._is_watchful()
                card = strays if self._card is None else self._card
            self._check_size()
        self._finish()
        yield from done

    def _is_watchful(self) -> bool:
        """Tell whether a line may mean something else than it says."""
        return self._card is None or self._open is not None or self._awaits_agent

    def _read(self, line: str) -> None:
        """Read a line with all that may be odd about it."""
        if line == BEGIN and self._open is None:
            self._begin()
            return
        if (self._open is not None and self._goes_on(self._open, line)) or not line.strip():
            return
        whole = UNFOLDING.sub("", line) if "\n" in line.partition(":")[0] else line
        found = self._heads.split(whole)
        if found is None:
            self._reject(line)
            return
        head, value = found
        word = value.strip().upper()
        if head.name == "BEGIN" and word == "VCARD":
            self._begin()
        elif head.name == "END" and word == "VCARD":
            self._end()
        elif self._card is None and self._inner is None:
            self._reject(line)
        else:
            self._add(head, value, cut=len(line) > LONGEST)
            if head.name == "AGENT" and word == BEGIN:
                self._begin()

    def _goes_on(self, value: _Open, line: str) -> bool:
        """Tell whether a line belongs to the value before it, and take it."""
        if value.head.coding == "Q":
            belongs = line.strip().upper() != END
            ends = not line.endswith("=")
        else:
            belongs = bool(line.strip()) and ":" not in line and bool(_BASE64(line))
            ends = False
        if belongs:
            value.add(line)
        if ends or not belongs:
            self._open = None
            self._take_open(value)
        return belongs

    def _take_open(self, value: _Open) -> None:
        self._take(value.head, "\n".join(value.pieces), cut=value.length > LONGEST)

    def _add(self, head: Head, value: str, *, cut: bool) -> None:
        if self._inner is not None:  # a property behind a card: that card was nested
            self._unnest()
        self._awaits_agent = head.name == "AGENT"
        if self._awaits_agent and value.strip() and value.strip().upper() != BEGIN:
            self._noticed.add("nested_cards")  # vCard 3.0 writes it as one escaped value
        if head.coding == "B" or (head.coding == "Q" and value.endswith("=")):
            self._open = _Open(head, value)
        else:
            self._take(head, value, cut=cut)

    def _take(self, head: Head, value: str, *, cut: bool) -> None:
        if self._card is None:
            return
        if head.name not in KEPT:
            if head.name not in TECHNICAL and value.strip():
                self._noticed.add_not_kept(head.name)
            return
        if cut:
            self._noticed.add("long_values", f"{head.name}:{value[:60]}")
        text = self._decode(head, value)
        if "\ufffd" in text and "\ufffd" not in value:
            self._noticed.add("undecodable_bytes", f"{head.name}:{text}")
        self._card.append((head, text))

    def _begin(self) -> None:
        if self._outer is not None:
            self._noticed.add("unended_cards")
            self._done.append(self._outer)
            self._outer = None
        if self._inner is not None:
            self._done.append(self._inner)
            self._inner = None
        self._outer, self._card = self._card, []
        self._is_agent = self._awaits_agent
        self._awaits_agent = False

    def _end(self) -> None:
        if self._inner is not None:
            self._unnest()
        card, outer = self._card, self._outer
        if card is None:
            return
        self._card = None
        if outer is None:
            self._done.append(card)
        else:
            self._inner = card
            if self._is_agent:
                self._unnest()

    def _unnest(self) -> None:
        """Go on with the card that holds the one which has just ended."""
        self._noticed.add("nested_cards")
        self._card, self._outer, self._inner = self._outer, None, None

    def _finish(self) -> None:
        if self._open is not None:
            self._take_open(self._open)
        for card in (self._outer, self._inner):
            if card is not None:
                self._done.append(card)
        if self._outer is not None:
            self._noticed.add("unended_cards")
        if self._card is not None:
            self.ended = False
            self._done.append(self._card)

    def _reject(self, line: str) -> None:
        example = ""
        if self._noticed.wants_example("unreadable_lines"):
            lines = self._batch.lines
            place = next(at for at, other in enumerate(lines) if other is line or other == line)
            number = self._batch.first + place + sum(each.count("\n") for each in lines[:place])
            example = f"line {number}: {line}"
        self._noticed.add("unreadable_lines", example)

    def _check_size(self) -> None:
        for card in (self._card, self._outer, self._inner):
            if card and (
                len(card) > MOST_PROPERTIES or sum(len(value) for _, value in card) > LARGEST
            ):
                raise VcardUnreadable(
                    f"The card that ends after line {self._batch.first:,} is longer than 16 Mi"
                    " characters. Is END:VCARD missing?"
                )
