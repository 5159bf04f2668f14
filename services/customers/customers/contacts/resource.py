"""Contacts: the standard methods, and groups that contacts can be in."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.resources import Draft, Hooks, Resource
from customers.contacts.table import contacts
from customers.groups.membership import refuse_strangers
from guanxi.customers.v1 import contacts_pb2


class ContactHooks(Hooks):
    """Rules of contacts."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        refuse_strangers(transaction, "contacts", drafts)


CONTACTS = Resource(contacts_pb2.Contact, contacts, ContactHooks())
