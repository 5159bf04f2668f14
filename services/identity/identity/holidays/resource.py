"""Holidays: the standard methods; hours are kept in one form, and only where the day is worked."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.calendar import HoursError, parse_hours, write_hours
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources import Draft, Hooks, Resource
from guanxi.identity.v1 import holidays_pb2
from identity.holidays.table import holidays
from identity.organizations.resource import bump_policy


class HolidayHooks(Hooks):
    """Rules of holidays."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        problems = [problem for draft in drafts if (problem := _settle(draft))]
        if problems:
            raise InvalidArgumentError(violations=problems)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        bump_policy(transaction)


def _settle(draft: Draft) -> Violation | None:
    """Bring the hours into their one form; what is wrong with them."""
    hours = draft.values["hours"]
    if not hours:
        return None
    if not draft.values["working"]:
        return Violation("hours", "HOURS_WHEN_OFF")
    try:
        draft.values["hours"] = write_hours(parse_hours(hours)) or None
    except HoursError as error:
        return Violation("hours", error.reason)
    return None


HOLIDAYS = Resource(holidays_pb2.Holiday, holidays, HolidayHooks(), default_order="date")
