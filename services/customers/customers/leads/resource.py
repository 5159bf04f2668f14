"""Leads: the standard methods, and what follows from their status."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from customers.groups.membership import refuse_strangers
from customers.leads.rules import settle
from customers.leads.table import leads
from guanxi.customers.v1 import leads_pb2


class LeadHooks(Hooks):
    """Rules of leads."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if problem := settle(draft.values, draft.before):
                raise InvalidArgumentError(violations=[problem])
        refuse_strangers(transaction, "leads", drafts)


LEADS = Resource(leads_pb2.Lead, leads, LeadHooks())
