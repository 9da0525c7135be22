"""People's names."""


def split(full: str) -> tuple[str | None, str | None]:
    """Part a full name into first and last name.

    By the comma where there is one (“Rossi, Mario”), else the last word is the last name; one
    word alone is a first name.

    >>> split("Anna Maria Rossi")
    ('Anna Maria', 'Rossi')
    """
    last, comma, first = full.partition(",")
    if not comma:
        first, _, last = " ".join(full.split()).rpartition(" ")
        if not first:
            first, last = last, ""
    return " ".join(first.split()) or None, " ".join(last.split()) or None
