"""What was noticed in a file of cards, counted while it is read, and told as warnings."""

from collections import Counter
from collections.abc import Iterator

from rubrica.formats.model import Warning  # noqa: A004 - the contract's word

SHOWN = 3
"""Examples that a warning gives."""
LONGEST_EXAMPLE = 100
MOST_NAMES = 1000
"""Different names of properties that are counted: a file must not fill the memory."""

MESSAGES = {
    "cut_card": "The last card breaks off: what there is of it is read. Is the file complete?",
    "unended_cards": "Some cards have no end: they end where the next one begins.",
    "nested_cards": "Some cards hold another card, such as an assistant's: those are not read.",
    "group_cards": "Some cards are of groups, not of people: they are passed over.",
    "unreadable_lines": "Some lines are no properties of a card: they are passed over.",
    "long_values": "Some values are longer than 65,536 characters: what is longer is cut off.",
    "undecodable_bytes": "Some values have bytes that mean nothing in their encoding: they are read"
    " as \ufffd.",
    "further_phones": "Some cards have more than one number: one is taken, the others are listed in"
    " otherPhones.",
    "further_emails": "Some cards have more than one address: one is taken, the others are listed"
    " in otherEmails.",
}
"""In the order in which they are told."""
NOT_KEPT = "properties_not_kept"


class Noticed:
    """Counts and first examples by the code of the warning."""

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._examples: dict[str, list[str]] = {}
        self._not_kept = Counter[str]()

    def add(self, code: str, example: str = "") -> None:
        """Count one more of a kind; the first few examples are kept."""
        self._counts[code] += 1
        examples = self._examples.setdefault(code, [])
        if example and len(examples) < SHOWN:
            clean = example.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            examples.append(clean[:LONGEST_EXAMPLE])

    def wants_example(self, code: str) -> bool:
        """Tell whether one more example of a kind would be kept."""
        return len(self._examples.get(code, ())) < SHOWN

    def add_not_kept(self, name: str) -> None:
        """Count a value of a property that a contact has no place for."""
        if name in self._not_kept or len(self._not_kept) < MOST_NAMES:
            self._not_kept[name] += 1

    def warnings(self) -> Iterator[Warning]:
        """Yield a warning for each kind that was met."""
        for code, message in MESSAGES.items():
            if count := self._counts[code]:
                yield Warning(
                    code=code, message=message, count=count, examples=self._examples[code]
                )
        if names := self._not_kept.most_common():
            shown = ", ".join(name for name, _ in names[:10])
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""  # noqa: PLR2004
            yield Warning(
                code=NOT_KEPT,
                message=f"A contact has no place for some values of the cards: {shown}{more}.",
                count=self._not_kept.total(),
                examples=[f"{name}: {count}" for name, count in names[:SHOWN]],
            )
