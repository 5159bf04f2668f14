"""Which events a service takes, and what it does with them.

service.subscribe("reporting-facts", ["customers.Account", "sales.Opportunity"], follow)
"""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.contract import service_names
from chassis.database.connection import Transaction
from chassis.events.outbox import subject_of
from guanxi.events.v1 import events_pb2

Handler = Callable[[Transaction, events_pb2.Event], None]


@dataclass(frozen=True)
class Subscription:
    """A durable consumer: a name that never changes, the resources it takes (`customers.Account`, or `*` for all of
    every service), and a handler.

    The handler runs in one transaction under the event's organization, together with the inbox row that makes its
    database effect happen once. Events may come again, and late: apply a change only where its version is greater.
    """

    consumer: str
    resources: tuple[str, ...]
    handler: Handler

    def subjects(self) -> dict[str, list[str]]:
        """Stream → subjects to take from it."""
        found: dict[str, list[str]] = {}
        for resource in self.resources:
            if resource == "*":
                for service in service_names():
                    found[stream_of(service)] = [f"guanxi.{service}.>"]
                continue
            found.setdefault(stream_of(resource.partition(".")[0]), []).append(subject_of(resource, "*"))
        return found


def stream_of(service: str) -> str:
    """Name of a service's stream."""
    return f"GUANXI_{service.upper()}"
