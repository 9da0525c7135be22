"""Write `docs/reference/errors.md`: every code that a refusal may carry, from the code itself.

Run by `make reference`; a test compares the page with what the program would refuse with.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import rubrica
from rubrica.errors import Refused
from rubrica.imports.model import WORDS
from rubrica.web.problems import STATUS, TITLES

FILE = Path(__file__).parent / "reference" / "errors.md"
OWN_PROGRAMS = ("rubrica.cli", "rubrica.supervisor", "rubrica.embedded", "rubrica.settings")
"""Where refusals are met on the command line, never over HTTP."""
HEAD = """\
# Error codes

Made by `make reference` from the code: every refusal is a class with a `code` and a title.

An answer that refuses is `application/problem+json` (RFC 9457):

```json
{
  "type": "urn:rubrica:problem:contact_exists",
  "title": "There is a contact with this number or address already.",
  "status": 409,
  "detail": "Contact 1 has +393471234567 already.",
  "code": "contact_exists",
  "errors": [],
  "requestId": "1b7c…",
  "contactId": 1
}
```

Programs read `code`, which does not change. People read `title` and `detail`, which may. Where
fields are wrong, `errors` names each: `{"field", "code", "message"}`. The log tells more under
`requestId`.
"""
BY_HTTP = """
## Over HTTP

| code | status | what it says |
|---|---|---|
"""
BEFORE = """
## Before any code of ours runs

| code | status | what it says |
|---|---|---|
"""
ON_COMMAND_LINE = """
## On the command line

Each ends the command with exit code 1 and one line on standard error.

| code | what it says |
|---|---|
"""
OF_ROWS = """
## Of rows

What the ledger of an import (`GET /imports/{id}/rows`) and the results of a batch say of a row,
beside the codes of single values: `invalid_phone`, `invalid_email`, `invalid_value`.

| code | what it says |
|---|---|
"""


def page() -> str:
    """Return the page."""
    found = sorted(set(_refusals()))
    over_http = [
        f"| `{code}` | {status} | {title} |\n" for code, status, title, own in found if not own
    ]
    own_programs = [f"| `{code}` | {title} |\n" for code, _, title, own in found if own]
    before = [f"| `{code}` | {status} | {title} |\n" for status, (code, title) in TITLES.items()]
    before.append("| `refused` | such as 416 | What the status says. |\n")
    before.append("| `invalid_value` | 400 | A value cannot be stored. |\n")
    before.append("| `unavailable` | 503 | The database does not answer just now. |\n")
    before.append("| `internal_error` | 500 | Something went wrong on our side. |\n")
    of_rows = [f"| `{code}` | {words} |\n" for code, words in WORDS.items()]
    parts = [HEAD, BY_HTTP, *over_http, BEFORE, *before]
    return "".join([*parts, OF_ROWS, *of_rows, ON_COMMAND_LINE, *own_programs])


def _refusals() -> Iterator[tuple[str, int, str, bool]]:
    """Yield code, status, title, and whether it is met on the command line only."""
    for module in pkgutil.walk_packages(rubrica.__path__, "rubrica."):
        importlib.import_module(module.name)
    for kind in _below(Refused):
        if not kind.__module__.startswith("rubrica."):
            continue
        status = next(status for ancestor, status in STATUS.items() if issubclass(kind, ancestor))
        title = (kind.__doc__ or "").strip().splitlines()[0]
        yield kind.code, status, title, kind.__module__.startswith(OWN_PROGRAMS)


def _below(kind: type[Refused]) -> Iterator[type[Refused]]:
    for child in kind.__subclasses__():
        if child.__module__ != Refused.__module__:
            yield child
        yield from _below(child)


def main() -> None:
    """Write the page."""
    FILE.write_text(page())


if __name__ == "__main__":
    main()
