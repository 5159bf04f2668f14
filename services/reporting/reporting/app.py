"""Reporting, put together."""

from pathlib import Path

from chassis.config import ServiceConfig
from chassis.events.subscriptions import Subscription
from chassis.service import IdentitySource, Service
from guanxi.reporting.v1 import reports_pb2
from reporting.facts.handlers import FACTS, follow
from reporting.reports.servicer import ReportServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: ServiceConfig, identity: IdentitySource | None = None) -> Service:
    """The service, ready to serve and to work."""
    service = Service(
        "reporting",
        config,
        subscriptions=[Subscription("reporting-facts", tuple(sorted(FACTS)), follow)],
        identity=identity,
    )
    service.mount(
        reports_pb2.DESCRIPTOR.services_by_name["ReportService"],
        ReportServicer(service.database, service.control_plane),
    )
    return service.complete()
