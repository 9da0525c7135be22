"""Let the database refuse, and say it in our own words."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from psycopg.errors import IntegrityError

from rubrica.errors import Refused

P = ParamSpec("P")
T = TypeVar("T")


def refuses(
    **by_constraint: type[Refused],
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Turn a broken constraint into the refusal named for it.

    No query looks before it leaps: the constraint is the rule, and this names it.
    """

    def around(query: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(query)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await query(*args, **kwargs)
            except IntegrityError as broken:
                refusal = by_constraint.get(broken.diag.constraint_name or "")
                if refusal is None:
                    raise
                raise refusal from broken

        return guarded

    return around
