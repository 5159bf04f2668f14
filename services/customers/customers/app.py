"""Customers, put together."""

from pathlib import Path

from chassis.authz.identity import Identity
from chassis.config import ServiceConfig
from chassis.service import Service
from customers.accounts.resource import ACCOUNTS
from customers.contacts.resource import CONTACTS
from customers.duplicates.finder import Finder
from customers.duplicates.handlers import Duplicates
from customers.groups.resource import GROUPS
from customers.leads.resource import LEADS
from customers.leads.servicer import LeadServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: ServiceConfig, identity: Identity | None = None) -> Service:
    """The service, ready to serve and to work."""
    service = Service("customers", config, resources=[ACCOUNTS, CONTACTS, LEADS, GROUPS], identity=identity)
    accounts, contacts = service.records["accounts"], service.records["contacts"]
    duplicates = Duplicates(Finder(service.database, accounts, contacts), accounts, contacts)
    service.mount("LeadService", LeadServicer(service.records, duplicates))
    return service.complete()
