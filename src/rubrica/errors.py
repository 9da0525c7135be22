"""Everything that may be refused, and why.

An error says what went wrong in the words of the domain. It knows nothing of HTTP:
`rubrica.web.problems` turns a kind into a status, the command line into an exit code.

    Refused
      Invalid      it cannot be right, whatever is already there
      NotFound     there is no such thing, or none you may see
      Conflict     it contradicts what is already there
      Forbidden    it is right, but not for you
      Unknown      we do not know who you are
      Gone         it was there, and its time is over
      Stale        you have seen an older version
      TooLarge     there is more of it than we take
      Unsupported  it is not of a kind that we read
      TooMany      you ask too often
      Unready      not now: something that is needed does not answer
"""

from collections.abc import Sequence
from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """One field that is wrong: its path (`contacts[3].email`), a stable code, a sentence."""

    field: str
    code: str
    message: str


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """The request was understood and will not be carried out.

    The docstring of a subclass is what the user reads as its title, `code` what their program
    reads. `detail` says what is wrong here and how to mend it; `about` travels with the answer.
    """

    code: str = "refused"

    def __init__(
        self, detail: str | None = None, *, errors: Sequence[FieldError] = (), **about: Any
    ) -> None:
        self.title = (self.__doc__ or "").strip().splitlines()[0]
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)
        self.about = about


class Invalid(Refused):
    """It cannot be right."""

    code = "invalid"


class NotFound(Refused):
    """There is no such thing."""

    code = "not_found"


class Conflict(Refused):
    """It contradicts what is already there."""

    code = "conflict"


class Forbidden(Refused):
    """It is not yours to do."""

    code = "forbidden"


class Unknown(Refused):
    """We do not know who is asking."""

    code = "unauthorized"


class Gone(Refused):
    """It was there, and its time is over."""

    code = "gone"


class Stale(Refused):
    """It has changed since you read it."""

    code = "stale"


class TooLarge(Refused):
    """It is larger than what is accepted."""

    code = "too_large"


class Unsupported(Refused):
    """It is not of a kind that is read here."""

    code = "unsupported"


class TooMany(Refused):
    """Too many requests."""

    code = "too_many_requests"


class Unready(Refused):
    """Something that is needed does not answer just now."""

    code = "unavailable"
