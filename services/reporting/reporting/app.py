"""Reporting, put together."""

from collections.abc import Mapping
from pathlib import Path

from chassis.config import ServiceConfig
from chassis.events.subscriptions import Subscription
from chassis.resources import refs
from chassis.service import IdentitySource, Service
from guanxi.reporting.v1 import reports_pb2
from reporting.cubes.cube import Report
from reporting.facts.handlers import follow
from reporting.facts.table import FACTS
from reporting.reports.definitions import REPORTS
from reporting.reports.servicer import ReportServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(
    config: ServiceConfig, identity: IdentitySource | None = None, reports: Mapping[str, Report] = REPORTS
) -> Service:
    """The service, ready to serve and to work."""
    subscriptions = [Subscription("reporting-facts", tuple(sorted(FACTS)), follow)]
    titled = tuple(sorted({kind for report in reports.values() for kind in report.cube.titled}))
    if titled:
        subscriptions.append(Subscription("reporting-references", titled, refs.follow))
    service = Service("reporting", config, subscriptions=subscriptions, identity=identity)
    service.mount(
        reports_pb2.DESCRIPTOR.services_by_name["ReportService"],
        ReportServicer(service.database, service.control_plane, reports),
    )
    return service.complete()
