"""Many writes at once, of which some may be refused."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import DataError, IntegrityError

from chassis.database.connection import Transaction
from chassis.errors import DeadlineError, ExhaustedError, ServiceError, UnavailableError, Violation

_PASSING = (UnavailableError, DeadlineError, ExhaustedError)
T = TypeVar("T")


def in_halves(
    transaction: Transaction, items: Sequence[T], attempt: Callable[[Sequence[T]], object]
) -> list[tuple[T, Exception]]:
    """Do it to all at once; where that is refused, to each half by itself, down to the items that are wrong.

    Returns those, each with what refused it. What may pass by itself refuses nothing, and is raised.
    """
    if not items:
        return []
    try:
        with transaction.connection.begin_nested():
            attempt(items)
    except _PASSING:
        raise
    except (ServiceError, IntegrityError, DataError) as error:
        if len(items) == 1:
            return [(items[0], error)]
        middle = len(items) // 2
        halves = (items[:middle], items[middle:])
        return [refused for half in halves for refused in in_halves(transaction, half, attempt)]
    return []


def violation_of(error: Exception) -> Violation:
    """What is wrong, in one violation."""
    if isinstance(error, ServiceError):
        if error.violations:
            return error.violations[0]
        return Violation("", error.reason, dict(error.values))
    return Violation("", "REFUSED")
