"""Accounts: the standard methods, the domain of the web site, and no chain of parents that leads back to itself."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.tree import refuse_cycles
from customers.accounts.table import accounts
from customers.duplicates.rules import site_domain
from customers.groups.membership import refuse_strangers
from guanxi.customers.v1 import accounts_pb2


class AccountHooks(Hooks):
    """Rules of accounts."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        refuse_cycles(transaction, accounts, drafts)
        refuse_strangers(transaction, "accounts", drafts)
        for draft in drafts:
            draft.values["domain"] = site_domain(draft.values["website"])

    @override
    def moving(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """The survivor, or what is above it, may have been below the account that ended."""
        try:
            refuse_cycles(transaction, accounts, drafts)
        except InvalidArgumentError:
            if len(drafts) > 1:
                for draft in drafts:
                    self.moving(transaction, [draft])
            else:
                drafts[0].values["parent_id"] = None


ACCOUNTS = Resource(accounts_pb2.Account, accounts, AccountHooks())
