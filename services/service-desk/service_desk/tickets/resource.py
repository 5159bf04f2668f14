"""Tickets: the standard methods; a new one is new, and of normal priority."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.resources import Draft, Hooks, Resource
from guanxi.service_desk.v1 import tickets_pb2
from service_desk.tickets.table import tickets


class TicketHooks(Hooks):
    """Defaults of tickets."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.values["status"] = draft.values["status"] or "new"
            draft.values["priority"] = draft.values["priority"] or "normal"


TICKETS = Resource(tickets_pb2.Ticket, tickets, TicketHooks())
