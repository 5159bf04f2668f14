"""What was said to a lead and is to be done for it goes with it, when it becomes a contact, and comes back."""

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.resources import Draft
from chassis.resources.records import Records

_MODULES = ("interactions", "tasks")
# Column → column of the lead with what it became.
_SIDES = {"contact_id": "converted_contact_id", "account_id": "converted_account_id"}

Ids = Mapping[str, uuid.UUID | None]


def follow(transaction: Transaction, of_module: Mapping[str, Records], lead_id: uuid.UUID, became: Ids) -> None:
    """Let what names the lead alone name what it became, too. `became` has the lead's columns."""
    for module in _MODULES:
        records = of_module[module]
        drafts = _of_lead(transaction, records, lead_id)
        for draft in drafts:
            if draft.values["contact_id"] is None:
                draft.values["contact_id"] = became["converted_contact_id"]
                draft.values["account_id"] = draft.values["account_id"] or became["converted_account_id"]
        records.write(transaction, drafts)


def come_back(transaction: Transaction, of_module: Mapping[str, Records], lead_id: uuid.UUID, became: Ids) -> None:
    """Let what names the lead no longer name what it became."""
    for module in _MODULES:
        records = of_module[module]
        drafts = _of_lead(transaction, records, lead_id)
        for draft in drafts:
            for column, source in _SIDES.items():
                if draft.values[column] == became[source]:
                    draft.values[column] = None
        records.write(transaction, drafts)


def _of_lead(transaction: Transaction, records: Records, lead_id: uuid.UUID) -> list[Draft]:
    """All that names the lead, locked, whoever may see it."""
    table = records.resource.table
    named = sa.select(table.c.id).where(
        table.c.org_id == transaction.call.org_id, table.c.lead_id == lead_id, table.c.delete_time.is_(None)
    )
    found = list(transaction.execute(named).scalars())
    return [Draft.of(row) for row in records.lock(transaction, found, None).values()] if found else []
