"""Who must wait for whom: rows parted into rounds that give what one row after the other gives.

Rows of one round never meet at a contact, save those with numbers of their own that want the same
contact without a number; the first of them gets it (`merging_sql.FIRST_COME_FIRST_SERVED`).
"""

from collections.abc import Iterable, Mapping, Sequence

Links = Mapping[str, Sequence[str]]
"""What the stored contacts add: for a key of a row, other keys that lead to the same contact."""


class Families:
    """Rounds where number and address alone decide, in this order.

    A row with a number means the contact that has it, or the one without a number that has its
    address; a row without one means whoever has the address. So rows of different numbers may
    share a round, and a row without a number waits for all whose contact may have had its
    address, as they wait for it.
    """

    def __init__(self, links: Links, *, update_only: bool, may_be_absent: bool) -> None:
        """Begin. `may_be_absent`: a number that was met may still have no contact afterwards."""
        self._addresses = {key: set(addresses) for key, addresses in links.items()}
        self._update_only = update_only
        self._may_be_absent = may_be_absent
        self._rounds: list[int] = []
        self._groups: dict[str, int] = {}
        self._emails: list[str | None] = []
        self._alone: dict[str, int] = {}
        """For an address the latest round of a row without a number."""
        self._numbered: dict[str, int] = {}
        """For an address the latest round of a row whose contact may have it."""

    def place(self, phone: str | None, email: str | None) -> tuple[int, int | None]:
        """Return a row's round, and the group that it may be folded into, if there is one."""
        if phone is None:
            return self._place_alone(email or "")
        addresses = self._addresses.get(phone)
        if addresses is None:
            addresses = self._addresses[phone] = set()
        if email:
            addresses.add(email)
        waits = -1
        for address in addresses:
            waits = max(waits, self._alone.get(address, -1))
        head = self._groups.get(phone)
        again = head is not None
        if head is not None:
            round = self._rounds[head]
            if waits >= round or (self._may_be_absent and email != self._emails[head]):
                waits, head = max(waits, round), None
        if email and again and head is None and self._update_only:
            # Unlike a new number, one that was met may find the address at a later round than
            # the numbers behind it: they wait.
            waits = max(waits, self._numbered.get(email, -1))
            self._alone[email] = waits + 1
        round = self._begin(phone, email, waits + 1) if head is None else self._rounds[head]
        for address in addresses:
            if self._numbered.get(address, -1) < round:
                self._numbered[address] = round
        return round, head

    def _place_alone(self, email: str) -> tuple[int, int | None]:
        waits = self._numbered.get(email, -1)
        head = self._groups.get(email)
        if head is not None:
            if waits < self._rounds[head]:
                return self._rounds[head], head
            waits = max(waits, self._rounds[head])
        round = self._begin(email, email, max(waits, self._alone.get(email, -1)) + 1)
        self._alone[email] = round
        return round, None

    def _begin(self, key: str, email: str | None, round: int) -> int:
        self._groups[key] = len(self._rounds)
        self._rounds.append(round)
        self._emails.append(email)
        return round


class Circles:
    """Rounds under any other rule: rows that are joined by keys, be it by others, never meet."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._circle: dict[str, int] = {}
        self._joined: list[int] = []
        self._latest: list[int] = []

    def place(self, keys: Iterable[str]) -> int:
        """Return a row's round: behind all earlier ones that it is joined with."""
        circle = len(self._joined)
        self._joined.append(circle)
        round = 0
        for key in keys:
            for each in (key, *self._links.get(key, ())):
                known = self._circle.get(each)
                if known is not None:
                    root = self._root(known)
                    round = max(round, self._latest[root] + 1) if root != circle else round
                    self._joined[root] = circle
                self._circle[each] = circle
        self._latest.append(round)
        return round

    def _root(self, circle: int) -> int:
        while self._joined[circle] != circle:
            self._joined[circle] = circle = self._joined[self._joined[circle]]
        return circle
