"""The service desk, put together."""

from pathlib import Path

from chassis.authz.identity import Identity
from chassis.service import Service
from service_desk.config import Config
from service_desk.tickets.resource import TICKETS

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config, identity: Identity | None = None) -> Service:
    """The service, ready to serve and to work."""
    return Service(
        "service_desk",
        config,
        resources=[TICKETS],
        identity=identity,
        addresses={"customers": config.customers_address},
    ).complete()
