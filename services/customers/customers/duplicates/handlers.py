"""What a search for duplicates answers with."""

from typing import Any

from chassis.call import Call
from chassis.resources.records import Records
from customers.duplicates.finder import Finder, Match, Sought
from guanxi.customers.v1 import duplicates_pb2


class Duplicates:
    """Answers who may be there already."""

    def __init__(self, finder: Finder, accounts: Records, contacts: Records) -> None:
        self._finder = finder
        self._accounts = accounts
        self._contacts = contacts

    def answer(self, call: Call, sought: Sought) -> duplicates_pb2.FindDuplicatesResponse:
        """Accounts and contacts that may be who is sought, as the caller may see them."""
        accounts, contacts = self._finder.find(call, sought)
        found: Any = duplicates_pb2.FindDuplicatesResponse()
        for match in accounts:
            found.accounts.add(account=self._accounts.shown(call, match.row), reasons=_reasons(match))
        for match in contacts:
            found.contacts.add(contact=self._contacts.shown(call, match.row), reasons=_reasons(match))
        return found  # type: ignore[no-any-return]


def _reasons(match: Match) -> list[str]:
    return [f"DUPLICATE_REASON_{reason.name}" for reason in match.reasons]
