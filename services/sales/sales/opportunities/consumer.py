"""The opportunities of converted leads: customers says in an event what they are to be, and under which id."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.call import Principal
from chassis.database.connection import Transaction
from chassis.database.schema import refs
from chassis.events.projections import records
from chassis.resources import Draft
from chassis.resources.drafting import apply, blank_draft, populated
from chassis.resources.records import Records
from chassis.resources.refs import keep, row_of
from guanxi.customers.v1 import leads_pb2
from guanxi.events.v1 import events_pb2
from guanxi.sales.v1 import opportunities_pb2
from sales.opportunities.resource import stages_of

ACCOUNT = "customers.Account"


class TooEarlyError(Exception):
    """What is to be taken back is not made yet; the event comes again."""


class Conversions:
    """Handles `customers.LeadConversion`. Who converted the lead made the opportunity; customers checked their rights."""

    def __init__(self, opportunities: Records) -> None:
        self._opportunities = opportunities

    def follow(self, transaction: Transaction, event: events_pb2.Event) -> None:
        """Make what is not there yet; take back what nobody has changed."""
        acting = _as_actor(transaction, event)
        for record in records(event, leads_pb2.LeadConversion):
            if record.after is None or not record.after.HasField("opportunity"):
                continue
            if event.verb == "made":
                self._make(acting, record.after)
            elif event.verb == "reverted":
                self._take_back(acting, uuid.UUID(record.after.opportunity.id))

    def _make(self, transaction: Transaction, told: leads_pb2.LeadConversion) -> None:
        if self._lock(transaction, [uuid.UUID(told.opportunity.id)]):
            return
        if told.HasField("account"):
            # The account's own event may still be on its way.
            keep(transaction, ACCOUNT, [row_of(ACCOUNT, told.account, int(told.account.etag))])
        resource = self._opportunities.resource
        message = _message(transaction, told)
        draft = blank_draft(transaction.call, resource, uuid.UUID(message.id))
        # A value whose own field is gone since is left out: the lead keeps it.
        apply(
            transaction.call,
            resource,
            draft,
            message,
            populated(resource, message),
            resource.definitions(transaction.call.organization),
        )
        draft.values["owner_id"] = ids.parse(told.opportunity.owner_id)
        self._opportunities.write(transaction, [draft])

    def _take_back(self, transaction: Transaction, wanted: uuid.UUID) -> None:
        rows = self._lock(transaction, [wanted])
        if not rows:
            raise TooEarlyError(str(wanted))
        untouched = [Draft.of(row) for row in rows if row["version"] == 1]
        if untouched:
            self._opportunities.remove(transaction, untouched)

    def _lock(self, transaction: Transaction, wanted: Sequence[uuid.UUID]) -> list[Any]:
        return list(self._opportunities.lock(transaction, wanted, None, deleted=True).values())


def _message(transaction: Transaction, told: leads_pb2.LeadConversion) -> opportunities_pb2.Opportunity:
    """The opportunity that is asked for; without an account that is gone since, and in the first pipeline instead of
    one that is.
    """
    wanted = told.opportunity
    message = opportunities_pb2.Opportunity(
        id=wanted.id, name=wanted.name, description=wanted.description, custom=wanted.custom
    )
    if told.HasField("account") and not _is_deleted(transaction, uuid.UUID(told.account.id)):
        message.account_id = told.account.id
    if any(str(stage.pipeline_id) == wanted.pipeline_id for stage in stages_of(transaction)):
        message.pipeline_id = wanted.pipeline_id
    if wanted.HasField("amount"):
        message.amount.CopyFrom(wanted.amount)
    if wanted.HasField("close_date"):
        message.close_date.CopyFrom(wanted.close_date)
    return message


def _is_deleted(transaction: Transaction, account_id: uuid.UUID) -> bool:
    row = transaction.execute(
        sa.select(refs.c.delete_time).where(
            refs.c.org_id == transaction.call.org_id, refs.c.resource == ACCOUNT, refs.c.id == account_id
        )
    ).first()
    return row is not None and row.delete_time is not None


def _as_actor(transaction: Transaction, event: events_pb2.Event) -> Transaction:
    """The same transaction, in which what is done is told as done by who converted the lead."""
    call = transaction.call
    principal = Principal(
        call.org_id, ids.parse(event.actor.user_id), event.actor.kind or "system", address=event.actor.address
    )
    return Transaction(replace(call, principal=principal), transaction.connection)
