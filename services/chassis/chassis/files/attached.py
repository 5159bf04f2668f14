"""Attachments: files that records hold the ids of. Who sees such a record may load them."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis import ids
from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.database.schema import files
from chassis.errors import InvalidArgumentError, NotFoundError, Violation
from chassis.resources.resource import Draft, Resource

if TYPE_CHECKING:
    from chassis.resources.records import Records


def file_fields(call: Call, resource: Resource) -> list[str]:
    """Fields that hold ids of files, the organization's own among them."""
    own = resource.definitions(call.organization).values()
    fields = (*(binding.contract for binding in resource.bindings.values()), *own)
    return [field.name for field in fields if field.kind == "files"]


def refuse_foreign(transaction: Transaction, resource: Resource, drafts: Sequence[Draft]) -> None:
    """Raise InvalidArgumentError where a record came to hold a file that is not complete, or not the caller's own upload.

    Nobody makes a stranger's file readable by attaching it.
    """
    call = transaction.call
    added = [(name, file_id) for name in file_fields(call, resource) for file_id in _added(name, drafts)]
    if not added:
        return
    named = {file_id: ids.parse(file_id.partition("-")[2]) for _, file_id in added}
    known = {
        f"{resource.contract.service}-{row.id}"
        for row in transaction.execute(
            sa.select(files.c.id).where(
                files.c.org_id == call.org_id,
                files.c.id.in_({found for found in named.values() if found is not None}),
                files.c.complete,
                files.c.module == "",
                files.c.created_by == call.principal.user_id,
            )
        )
    }
    problems = {name: Violation(name, "UNKNOWN_FILE") for name, file_id in added if file_id not in known}
    if problems:
        raise InvalidArgumentError(violations=list(problems.values()))


def _added(name: str, drafts: Sequence[Draft]) -> Iterator[str]:
    for draft in drafts:
        before = _held(draft.before, name) if draft.before else ()
        yield from (file_id for file_id in _held(draft.values, name) if file_id not in before)


def _held(row: Mapping[str, Any], name: str) -> Sequence[str]:
    group, _, key = name.partition(".")
    held: Sequence[str] = (row[group] or {}).get(key, ()) if key else row[group]
    return held


def attached_file(
    database: Database, call: Call, records: "Mapping[str, Records]", file_id: uuid.UUID, name: str
) -> Any:
    """The row of a file that a record in the caller's sight holds. Raises NotFoundError."""
    for one in records.values():
        resource, access = one.resource, call.access
        for field in file_fields(call, resource):
            group, _, key = field.partition(".")
            hidden = access.hidden(resource.module)
            if not access.allows(f"{resource.module}.view") or hidden & {field, group}:
                continue
            held_there = resource.table.c[group].contains({key: [name]} if key else [name])
            held = sa.select(sa.literal(1)).where(*one.query.conditions(call, "view", deleted=False), held_there)
            wanted = sa.select(files).where(files.c.org_id == call.org_id, files.c.id == file_id, held.exists())
            if rows := database.read(call, wanted):
                return rows[0]
    raise NotFoundError
