"""Reporting, put together."""

from collections.abc import Mapping
from pathlib import Path

from chassis.authz.identity import Identity
from chassis.config import ServiceConfig
from chassis.resources import refs
from chassis.service import Service
from reporting.cubes.cube import Report
from reporting.facts.handlers import follow
from reporting.facts.table import FACTS
from reporting.reports.definitions import REPORTS
from reporting.reports.servicer import ReportServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: ServiceConfig, identity: Identity | None = None, reports: Mapping[str, Report] = REPORTS) -> Service:
    """The service, ready to serve and to work."""
    service = Service("reporting", config, identity=identity)
    service.subscribe("reporting-facts", sorted(FACTS), follow)
    titled = sorted({kind for report in reports.values() for kind in report.cube.titled})
    if titled:
        service.subscribe("reporting-references", titled, refs.follow)
    service.mount("ReportService", ReportServicer(service.database, reports))
    return service.complete()
