"""Headers that mean something only in the export of a known program."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rubrica.imports.suggesting.headers import HOME, WORK
from rubrica.imports.suggesting.words import fold


class Product(NamedTuple):
    """A program's export: headers that together are only its own, and what some of them mean.

    A meaning is the field and how well the column serves for it, as in `headers.TABLE`, or, where
    there is no field for it, what it is.
    """

    name: str
    signature: frozenset[str]
    columns: Mapping[str, tuple[str, int] | str]


def product(name: str, signature: str, columns: Mapping[str, tuple[str, int] | str]) -> Product:
    """Fold the headers of a product, the signature's being parted by commas."""
    return Product(
        name,
        frozenset(fold(header) for header in signature.split(",")),
        {fold(header): meaning for header, meaning in columns.items()},
    )


PRODUCTS = (
    product(
        "Outlook",
        "Cellulare, Abitazione, Ufficio",
        {
            "Ufficio": ("phoneNumber", 10 * WORK),
            "Ufficio 2": ("phoneNumber", 10 * WORK + 1),
            "Abitazione": ("phoneNumber", 10 * HOME),
            "Abitazione 2": ("phoneNumber", 10 * HOME + 1),
            "Telefono principale società": "the number of a whole company",
        },
    ),
    product("Outlook", "Business Phone, Company Main Phone", {"Account": "the name of an account"}),
    product("Salesforce", "LastName, AccountId, Id", {"Id": ("externalId", 0)}),
    product(
        "Mailchimp",
        "EUID, LEID",
        dict.fromkeys(("EUID", "LEID", "CC", "REGION", "MEMBER_RATING"), "a record of its own"),
    ),
    product(
        "Thunderbird",
        "Birth Year, Birth Month, Birth Day",
        dict.fromkeys(("Birth Year", "Birth Month", "Birth Day"), "a part of the birth date"),
    ),
    product("Brevo", "EMAIL, SMS, EXT_ID", {"LANDLINE_NUMBER": ("phoneNumber", 10 * HOME)}),
)


def recognise(header: Iterable[str]) -> Product | None:
    """Return the program that wrote this header, if it is known here."""
    keys = {fold(cell[:200]) for cell in header}
    return next((known for known in PRODUCTS if known.signature <= keys), None)
