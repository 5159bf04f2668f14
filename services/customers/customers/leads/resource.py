"""Leads: the standard methods, and what follows from their status."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PreconditionError
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

    @override
    def merging(self, transaction: Transaction, survivor: Draft, others: Sequence[Mapping[str, Any]]) -> None:
        if survivor.values["convert_time"] is None and any(row["convert_time"] is not None for row in others):
            raise PreconditionError("LEAD_MERGE_CONVERTED")
        # The status says whether a lead is converted, which no other lead's does for it.
        if survivor.before and "converted" in (survivor.before["status"], survivor.values["status"]):
            survivor.values["status"] = survivor.before["status"]


LEADS = Resource(leads_pb2.Lead, leads, LeadHooks())
