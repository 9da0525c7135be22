"""What a header means, by the tables of `headers`."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from rubrica.imports.suggesting import headers
from rubrica.imports.suggesting.words import fold, unaccented

LONGEST = 200
"""Characters of a header that are looked at."""
IN_ANY_ORDER = frozenset(
    {"phoneNumber", "email", headers.NAME, "firstName", "lastName", "fullName", "gender",
     "birthDate", "company"}
)  # fmt: skip
"""Fields whose words are also known in another order or among fillers (“Phone (mobile) *”)."""

ELSEWHERE: Mapping[str, str] = {
    "a fax": "fax telefax telecopie faxnummer faxnr telefaxnr",
    "a pager or a telex": "pager cercapersone beeper telex isdn tty tdd funkruf bip",
    "somebody else": "assistant assistants assistente assistentin asistente adjoint manager "
    "managers spouse coniuge conyuge partner conjoint children figli kinder enfants hijos owner "
    "referred presentato agent agente emergency emergenza notfall parent genitore mother father",
    "an office that answers for many": "callback switchboard centralino zentrale",
    "a postal code": "zip zipcode cap plz postleitzahl postal postcode cp postale",
    "a tax or bank number": "vat iva piva fiscale fisc fiscal tax iban bic siret siren nif cif "
    "steuernummer ustid ssn",
    "an amount": "amount importo betrag montant importe total totale price prezzo preis prix "
    "precio balance saldo revenue fatturato spent quantity quantita menge qty",
    "an order or a document": "order orders ordine bestellung commande pedido invoice fattura "
    "rechnung facture factura",
    "a place on the map or on the net": "latitude longitude latitudine longitudine ip url website",
    "when or whence it was recorded": "created updated modified optin timestamp confirm expires",
}
"""Single words that tell that a column is not about how to reach the person."""

FILLERS = """
    the of your s my a an what is please enter required optional and primary
    di del della il la tuo e obbligatorio facoltativo n
    der die das von und ihr ihre pflichtfeld nr
    de du des le les d l et votre obligatoire
    el los su y obligatorio o no num number numero nummer van en uw
    contact customer client billing shipping member cliente contatto kunde kunden
"""
"""Words that do not change what a header means."""

COMPANY_PHONES = frozenset(
    {
        ("company", "phone"),
        ("organization", "phone"),
        ("telefono", "societa"),
        ("telefono", "azienda"),
        ("telefon", "firma"),
        ("telephone", "societe"),
        ("telefono", "organizacion"),
        ("telefono", "empresa"),
    }
)
"""Pairs of words of the number that a whole company answers."""


FILLING = frozenset(FILLERS.split())


class Word(NamedTuple):
    """What a header's words say of its column."""

    field: str
    rank: int
    language: str
    weak: bool = False


def tokens(header: str) -> list[str]:
    """Return the folded words of a header.

    >>> tokens("MobilePhone 2")
    ['mobile', 'phone', '2']
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)", " ", header[:LONGEST])
    plain = re.sub(r"\be[\W_]?mail", "email", unaccented(parted))
    return re.findall(r"[^\W\d_]+|\d+", plain)


def significant(header: str) -> frozenset[str]:
    """Return the words of a header that bear its meaning, in no order."""
    return frozenset(t for t in tokens(header) if t not in FILLING and not t.isdigit())


def words_of(table: tuple[tuple[str, int, str, str], ...], *, weak: bool) -> dict[str, Word]:
    """Return every phrase of a table with its meaning; the first of equal ones wins."""
    found: dict[str, Word] = {}
    for field, rank, language, phrases in table:
        for phrase in phrases.split(","):
            found.setdefault(phrase.strip(), Word(field, rank, language, weak))
    return found


STRONG = words_of(headers.TABLE, weak=False)
WEAK = words_of(headers.WEAK, weak=True)
BY_KEY = {fold(phrase): word for phrase, word in reversed([*STRONG.items(), *WEAK.items()])}
BY_MEANING = {
    significant(phrase): word
    for phrase, word in reversed(STRONG.items())
    if word.field in IN_ANY_ORDER and significant(phrase)
}
OWN = {fold(name): name for name in headers.OWN}
READ_ONLY = {fold(name): name for name in headers.READ_ONLY}
THING = {word: thing for thing, words in ELSEWHERE.items() for word in words.split()}


def find(header: str) -> Word | None:
    """Return what a header is usually meant for, if it is a known one.

    A number in it (“Phone 2”, “E-mail 2 - Value”) counts against it: 2 serves less well than 1.
    """
    words = tokens(header)
    bare = "".join(word for word in words if not word.isdigit())
    known = (
        BY_KEY.get(fold(header[:LONGEST]))
        or BY_KEY.get(bare)
        or BY_MEANING.get(significant(header))
    )
    if known is None:
        return None
    number = next((int(w) for w in words if w.isascii() and w.isdigit() and len(w) == 1), 1)
    return known._replace(rank=10 * known.rank + max(number - 1, 0))


def elsewhere(header: str) -> str | None:
    """Return what a header speaks of, where that is no way to reach the person."""
    words = tokens(header)
    if any(set(pair) <= set(words) for pair in COMPANY_PHONES):
        return "a whole company's number"
    return next((THING[word] for word in words if word in THING), None)
