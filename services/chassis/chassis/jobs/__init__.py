"""Background jobs: long work in steps that any worker can take up where another fell.

A row says what there is to do (`step`). A worker leases it for 10 s and renews the lease while it works; when it dies
the lease runs out and another goes on from what the handler saved. A handler's own writes carry `Job.save` in their
transaction, so that checkpoint and effect are one.
"""

from chassis.jobs.job import Job, JobHandler, JobKind, JobLost
from chassis.jobs.own import OwnJobs
from chassis.jobs.runner import JobRunner

__all__ = ["Job", "JobHandler", "JobKind", "JobLost", "JobRunner", "OwnJobs"]
