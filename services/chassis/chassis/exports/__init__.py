"""Exports: what a list shows, as a file that an import reads back."""

from chassis.exports.run import ExportJob
from chassis.exports.servicer import ExportServicer
from chassis.jobs import Job, JobHandler
from chassis.parts import ServiceParts


def run_export(service: ServiceParts) -> JobHandler:
    """The handler of a service's export jobs."""

    def handle(job: Job) -> None:
        ExportJob(service, job).work()

    return handle


__all__ = ["ExportServicer", "run_export"]
