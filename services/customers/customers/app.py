"""Customers, put together."""

from pathlib import Path

from chassis.authz.identity import Identity
from chassis.config import ServiceConfig
from chassis.service import Service
from customers.accounts.resource import ACCOUNTS
from customers.contacts.resource import CONTACTS
from customers.groups.resource import GROUPS

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: ServiceConfig, identity: Identity | None = None) -> Service:
    """The service, ready to serve and to work."""
    return Service("customers", config, resources=[ACCOUNTS, CONTACTS, GROUPS], identity=identity).complete()
