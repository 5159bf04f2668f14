"""What stands in the way of taking a conversion back: changes of what it made, and records that refer to that."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.contract import ResourceContract, all_resources
from chassis.database.connection import Transaction
from chassis.database.schema import refs
from chassis.resources import Draft, Resource
from chassis.resources.records import Records

MOST_NAMED = 5
OPPORTUNITY = "sales.Opportunity"
# What the system keeps about a record is no change of it.
_BY_ITSELF = {"last_interaction_time"}


def changed_since(
    transaction: Transaction,
    of_module: Mapping[str, Records],
    lead: Mapping[str, Any],
    made: Mapping[str, Sequence[Draft]],
) -> list[str]:
    """What was changed or is referred to, as a person reads it; empty when nothing is in the way.

    `made` holds what the conversion made, by module. Of the opportunity counts what events have told so far; sales
    leaves it alone where it knows of a later change.
    """
    found = list(_changed(transaction.call, of_module, made))
    if "opportunities" in lead["conversion"]["made"]:
        found += _opportunity(transaction, lead["converted_opportunity_id"])
    own = {lead["id"], *(draft.id for drafts in made.values() for draft in drafts)}
    for module, drafts in made.items():
        for draft in drafts:
            found += _referring(transaction, of_module, of_module[module].resource.type, draft.id, own)
    return list(dict.fromkeys(found))[:MOST_NAMED]


def _changed(call: Call, of_module: Mapping[str, Records], made: Mapping[str, Sequence[Draft]]) -> Iterator[str]:
    for module, drafts in made.items():
        for draft in drafts:
            row = draft.values
            if row["delete_time"] is not None or row["field_versions"].keys() - _BY_ITSELF:
                yield _named(call, of_module[module].resource, draft.values)


def _opportunity(transaction: Transaction, wanted: uuid.UUID) -> Iterator[str]:
    row = transaction.execute(
        sa.select(refs.c.title, refs.c.owner_id).where(
            refs.c.org_id == transaction.call.org_id,
            refs.c.resource == OPPORTUNITY,
            refs.c.id == wanted,
            refs.c.version > 1,
        )
    ).first()
    if row is not None:
        yield _told(transaction.call, all_resources()[OPPORTUNITY], row.title, row.owner_id)


def _referring(
    transaction: Transaction, of_module: Mapping[str, Records], kind: str, wanted: uuid.UUID, own: set[uuid.UUID]
) -> Iterator[str]:
    """Records of this service, other than those of the conversion, that refer to one that it made."""
    for records in of_module.values():
        resource = records.resource
        table = resource.table
        fields = [table.c[name] for name, target in resource.references.items() if target == kind and name in table.c]
        if not fields:
            continue
        refers = [column.any(wanted) if isinstance(column.type, sa.ARRAY) else column == wanted for column in fields]
        statement = sa.select(*resource.columns).where(
            table.c.org_id == transaction.call.org_id,
            table.c.delete_time.is_(None),
            table.c.id.not_in(own),
            sa.or_(*refers),
        )
        for row in transaction.execute(statement.limit(MOST_NAMED)).mappings():
            yield _named(transaction.call, resource, dict(row))


def _named(call: Call, resource: Resource, row: Mapping[str, Any]) -> str:
    return _told(call, resource.contract, resource.title(row), row.get("owner_id"))


def _told(call: Call, contract: ResourceContract, title: str, owner_id: uuid.UUID | None) -> str:
    """Kind and title of a record; the kind alone for who may not see the record, or its title."""
    options, scope = contract.options, call.access.scope(contract.module, "view")
    label = str(options.label.zh if call.language == "zh" else options.label.en)
    is_seen = scope == "all" or (scope is not None and owner_id is not None and owner_id == call.principal.user_id)
    return f"{label} {title}" if is_seen and options.title not in call.access.hidden(contract.module) else label
