"""Imports: a file's rows become records, checked before, repairable between, and undone as a whole after.

Every service mounts this room for its own resources; see docs for what a person does, `run` for how it is done.
"""

from chassis.imports.room import Room
from chassis.imports.run import ImportJob
from chassis.imports.servicer import ImportServicer
from chassis.jobs import Job, JobHandler
from chassis.parts import ServiceParts


def run_import(service: ServiceParts) -> JobHandler:
    """The handler of a service's import jobs."""
    room = Room(service)

    def handle(job: Job) -> None:
        ImportJob(room, job).work()

    return handle


__all__ = ["ImportServicer", "run_import"]
