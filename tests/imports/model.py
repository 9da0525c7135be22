"""The rules of matching and writing, said once more and as plainly as can be: one row at a time.

Written from the contract, without the code it checks: numbers and addresses are looked up in
small tables, contacts are a list.
"""

from copy import deepcopy
from dataclasses import dataclass, field

BAD = object()
IT_1, IT_2, FIXED, INVALID = "+393471234567", "+393481234567", "+390612345678", "+391111111111"
NUMBERS = {
    "347 1234567": IT_1,
    "+39 347 123 4567": IT_1,
    "0039 347/1234567": IT_1,
    IT_2: IT_2,
    "348-1234567": IT_2,
    "06 12345678": FIXED,
    "+39 111 1111111": INVALID,
    "12": BAD,
}
TYPES = {IT_1: "MOBILE", IT_2: "MOBILE", FIXED: "FIXED_LINE", INVALID: "UNKNOWN"}
COUNTRIES = {IT_1: "IT", IT_2: "IT", FIXED: "IT", INVALID: None}
ADDRESSES = {
    "a@example.com": "a@example.com",
    " A@Example.COM": "a@example.com",
    "b@example.com": "b@example.com",
    "c@example.com": "c@example.com",
    "not an address": BAD,
}
ONES = {"a": "a", "b": "b"}
FLAGS = {"yes": True, "no": False, "perhaps": BAD}
VALUES = {
    "phoneNumber": NUMBERS,
    "email": ADDRESSES,
    "externalId": {"x1": "x1", "x2": "x2", "x3": "x3"},
    "firstName": ONES,
    "lastName": ONES,
    "fullName": {"a b": ("a", "b"), "b, a": ("a", "b"), "b": ("b", None)},
    "gender": {"F": "FEMALE", "maschio": "MALE", "?": BAD},
    "birthDate": {"2001-02-03": "2001-02-03", "--02-29": "--02-29", "soon": BAD},
    "company": ONES,
    "notes": ONES,
    "isTest": FLAGS,
    "isValid": FLAGS,
    "communicationSupported": {
        "RCS": ["RCS"], "whatsapp, SMS": ["WHATSAPP"], "SMS": [], "PIGEON": BAD,
    },
    "tags": {"a": ["a"], "b;a": ["b", "a"], "c|d": ["c", "d"], ";": []},
    "customFields.city": ONES,
    "customFields.score": {"12": 12, "1.5": 1.5, "many": BAD},
}  # fmt: skip
CODES = {"phoneNumber": "invalid_phone", "email": "invalid_email"}
NEVER_CLEARED = {"phoneNumber", "email", "id", "isTest", "isValid"}
EMPTY = {"tags": (), "communicationSupported": ()}


@dataclass
class Contact:
    """A person. `values` has the fields that hold something."""

    values: dict = field(default_factory=dict)
    lists: set = field(default_factory=set)
    id: int | None = None
    named: bool = False
    """Whether a row of this import means it, be it one that was skipped or refused."""
    seen: bool = False
    """Whether a row of this import has written it, or would have without changing anything."""

    def get(self, name):
        return self.values.get(name)

    def put(self, name, value):
        if value in (None, []):
            self.values.pop(name, None)
        else:
            self.values[name] = value


@dataclass
class Rules:
    """What a confirmation says: `lines` are pairs of field and policy, one for each column."""

    lines: list
    mode: str = "CREATE_UPDATE"
    match_by: list = field(default_factory=lambda: ["phoneNumber", "email"])
    blanks: str = "KEEP"
    on_bad_value: str = "SKIP_CELL"
    tags: list = field(default_factory=list)
    lists: set = field(default_factory=set)
    mirror: bool = False
    erased: set = field(default_factory=set)
    """Numbers and addresses of people who were erased."""

    @property
    def policies(self):
        found = {}
        for name, policy in self.lines:
            for each in ("firstName", "lastName") if name == "fullName" else (name,):
                found.setdefault(each, policy)
        return found


class Refused(Exception):  # noqa: N818 - the contract's word
    """A row that does not come in, and what could be read of it."""

    def __init__(self, code, values=None):
        super().__init__(code)
        self.values = values or {}


class Book:
    """An account's contacts."""

    def __init__(self, contacts, ids=None):
        self.contacts = deepcopy(contacts)
        self.ids = ids or {}

    def apply(self, cells, rules):
        """Import one row; return outcome, code and the contact it was about."""
        values = {}
        try:
            values = self.read(cells, rules)
            return self.write(values, rules)
        except Refused as refusal:
            self.sight(values or refusal.values, rules.match_by)
            return "REJECTED", str(refusal), None

    def sight(self, values, match_by):
        """Take note of everybody whom a refused row may mean."""
        for key in match_by:
            for contact in self.contacts:
                mine = contact.id if key == "id" else contact.get(key)
                apart = key == "email" and values.get("phoneNumber") and contact.get("phoneNumber")
                if mine is not None and mine == values.get(key) and not apart:
                    contact.named = True

    def leavers(self, rules):
        """Return who is in a mirrored list and in no row."""
        return [
            (contact, number)
            for contact in self.contacts
            for number in contact.lists & rules.lists
            if not contact.named and not contact.seen
        ]

    def read(self, cells, rules):
        """Return the values of a row: None empties a field, what is absent leaves it alone."""
        values, bad = {}, []
        columns = list(zip(rules.lines, cells, strict=True))
        for (name, _), cell in sorted(columns, key=lambda column: column[0][0] == "fullName"):
            if not cell.strip():
                continue
            if name == "fullName" and not {"firstName", "lastName"} & values.keys():
                values["firstName"], values["lastName"] = VALUES[name][cell]
            if name == "fullName" or (name in values and name not in EMPTY):
                continue
            value = self.ids.get(cell, BAD) if name == "id" else VALUES[name][cell]
            if value is BAD:
                bad.append(name)
            elif name == "communicationSupported":
                values[name] = sorted({*values.get(name, []), *value})
            elif name != "tags":
                values[name] = value
            elif value:
                values["tags"] = united(values.get("tags", []), value)
        identities = [name for name in bad if name in ("phoneNumber", "email", *rules.match_by)]
        worst = next(iter(identities or bad), None)
        if bad and rules.on_bad_value == "REJECT_ROW":
            raise Refused(CODES.get(worst, "invalid_value"), values)
        if (
            not {"phoneNumber", "email", *({"externalId", "id"} & {*rules.match_by})}
            & values.keys()
        ):
            raise Refused(CODES.get(worst, "invalid_value") if identities else "no_identity")
        for (name, policy), _ in sorted(columns, key=lambda column: column[0][0] != "fullName"):
            clears = policy == "CLEAR" or (policy == "OVERWRITE" and rules.blanks == "CLEAR")
            blank = all(not cell.strip() for (other, _), cell in columns if other == name)
            if not clears or not blank or name in NEVER_CLEARED:
                continue
            if name != "fullName":
                values.setdefault(name, [] if name in EMPTY else None)
            elif not {"firstName", "lastName"} & values.keys():
                values["firstName"] = values["lastName"] = None
        return values

    def write(self, values, rules):
        """Match and write what a row says."""
        found = self.match(values, rules.match_by)
        if found is None and rules.mode == "UPDATE":
            return "SKIPPED", None, None
        if found is None and rules.erased & {values.get("phoneNumber"), values.get("email")}:
            raise Refused("erased")
        if found is not None and rules.mode == "CREATE":
            found.named = True
            return ("DUPLICATE" if found.seen else "SKIPPED"), None, found
        after = self.new(values) if found is None else self.changed(found, values, rules.policies)
        after.put("tags", united(after.get("tags") or [], rules.tags))
        self.check(after, found)
        if found is None:
            outcome = "CREATED"
            found = after
            self.contacts.append(found)
        elif found.seen:
            outcome = "DUPLICATE"
        else:
            outcome = "UNCHANGED" if after.values == found.values else "UPDATED"
        found.values = after.values
        found.lists |= rules.lists
        found.seen = True
        return outcome, None, found

    def match(self, values, match_by):
        for key in match_by:
            wanted = values.get(key)
            if wanted is None:
                continue
            if key == "id":
                hits = [c for c in self.contacts if c.id == wanted]
            else:
                hits = [c for c in self.contacts if c.get(key) == wanted]
            if key == "email" and values.get("phoneNumber"):
                hits = [c for c in hits if not c.get("phoneNumber")]
            if len(hits) > 1:
                raise Refused("ambiguous_match")
            if hits:
                return hits[0]
        return None

    def new(self, values):
        new = Contact(
            {"isTest": False, "isValid": TYPES.get(values.get("phoneNumber")) != "UNKNOWN"}
        )
        for name, value in values.items():
            if name != "id":
                new.put(name, value)
        return new

    def changed(self, found, values, policies):
        after = Contact(dict(found.values), id=found.id)
        for name in sorted(values, key=lambda name: name != "phoneNumber"):
            policy, value, mine = policies.get(name), values[name], found.get(name)
            if name == "id" or policy == "NEVER":
                continue
            if policy == "FILL" and mine is not None and name == "communicationSupported":
                mine = after.get(name)  # a new number has taken them away
            if policy == "FILL" and mine is not None:
                continue
            if policy == "APPEND":
                value = united(mine or [], value)
            after.put(name, value)
            if name == "phoneNumber" and value != mine:
                after.put("isValid", TYPES[value] != "UNKNOWN")
                after.put("communicationSupported", [])
        return after

    def check(self, after, before):
        others = [c for c in self.contacts if c is not before]
        phone, email, external_id = map(after.get, ("phoneNumber", "email", "externalId"))
        if not phone and not email:
            raise Refused("no_identity")
        if phone and any(c.get("phoneNumber") == phone for c in others):
            raise Refused("phone_taken")
        if external_id and any(c.get("externalId") == external_id for c in others):
            raise Refused("external_id_taken")
        alone = (c for c in others if not c.get("phoneNumber"))
        if not phone and any(c.get("email") == email for c in alone):
            raise Refused("email_taken")


def united(some, more):
    return list(dict.fromkeys([*some, *more]))
