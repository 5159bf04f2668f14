"""Groups: the standard methods; a dynamic group's filter is one that its module's lists take."""

from collections.abc import Iterator, Sequence

from typing_extensions import override

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.filter import FilterError
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.filtering import Filtering
from customers.accounts.resource import ACCOUNTS
from customers.contacts.resource import CONTACTS
from customers.groups.table import groups
from customers.leads.resource import LEADS
from guanxi.customers.v1 import groups_pb2

DYNAMIC = "dynamic"


MEMBERS = {resource.module: Filtering(resource) for resource in (ACCOUNTS, CONTACTS, LEADS)}


class GroupHooks(Hooks):
    """Rules of groups."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        problems = [item for draft in drafts for item in _wrong(transaction.call, draft)]
        if problems:
            raise InvalidArgumentError(violations=problems)


def _wrong(call: Call, draft: Draft) -> Iterator[Violation]:
    """A filter that its module's lists do not take, or that nobody asks for."""
    text = draft.values["filter"]
    if draft.values["kind"] != DYNAMIC:
        if text:
            yield Violation("filter", "FILTER_OF_STATIC")
    elif not text:
        yield Violation("filter", "REQUIRED")
    elif draft.values["module"] in MEMBERS:
        try:
            MEMBERS[draft.values["module"]].conditions(call, text)
        except FilterError as error:
            yield from error.violations


GROUPS = Resource(groups_pb2.Group, groups, GroupHooks(), default_order="name")
