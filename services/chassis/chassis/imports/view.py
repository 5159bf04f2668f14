"""Imports as messages, their texts in the caller's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.call import Call
from chassis.imports.lookup import UNKNOWN
from chassis.resources.kinds import to_timestamp
from chassis.resources.resource import Resource
from chassis.texts import known, text
from guanxi.imports.v1 import imports_pb2

MESSAGE_KEYS = ("rows", "valid", "invalid", "created", "updated", "unchanged", "skipped", "conflicts")


def import_message(service: str, row: Any, language: str) -> imports_pb2.Import:
    """An import as its job's row tells."""
    data: Mapping[str, Any] = row.data
    form = data["format"]
    counts = data.get("counts") or {}
    error = data.get("error") or ""
    message = imports_pb2.Import(
        id=f"{service}-{row.id}",
        module=row.module,
        file_name=data["file_name"],
        file_id=f"{service}-{data['file_id']}",
        state=row.state,
        format=imports_pb2.Format(
            kind=form["kind"],
            encoding=form["encoding"],
            delimiter=form["delimiter"],
            sheet=form["sheet"],
            sheets=form["sheets"],
            header=form["header"],
        ),
        columns=[imports_pb2.Column(**column) for column in data["columns"]],
        mappings=[imports_pb2.Mapping(**mapping) for mapping in data["mappings"]],
        mode=data["mode"],
        keys=data.get("keys") or (),
        counts=imports_pb2.Counts(**{key: counts.get(key, 0) for key in MESSAGE_KEYS}),
        done=data.get("done", 0),
        total=data.get("total", 0),
        rate=data.get("rate", 0.0),
        error=text(error, language, **data.get("error_values", {})) if error else "",
        create_time=to_timestamp(row.create_time),
        created_by=str(row.user_id or ""),
    )
    if isinstance(row.end_time, datetime):
        message.end_time.CopyFrom(to_timestamp(row.end_time))
    return message


def issue_message(labels: Mapping[str, str], issue: Any, language: str) -> imports_pb2.Issue:
    """A group of problems with its sentence."""
    return imports_pb2.Issue(
        field=issue.field,
        code=issue.code,
        value=issue.value,
        count=issue.count,
        suggestion=issue.suggestion,
        rows=issue.rows,
        message=sentence(labels, issue.field, issue.code, issue.value, issue.values, language),
    )


def sentence(
    labels: Mapping[str, str], field: str, code: str, value: str, values: Mapping[str, Any], language: str
) -> str:
    """What is wrong and what to do."""
    label = labels.get(field, field)
    if not known(code):
        code = "INVALID_VALUE"
    elif code == UNKNOWN and value:
        code, label = "NO_SUCH_RECORD", label[:1].lower() + label[1:]
    return text(code, language, **{**values, "field": label, "value": value[:80]})


def labels_of(call: Call, resource: Resource) -> dict[str, str]:
    """Field → its label in the caller's language."""
    found = {}
    own = resource.definitions(call.organization).values()
    contract = call.organization.contracts.get(resource.module, resource.contract)
    for field in (*(contract.fields[name] for name in resource.bindings), *own):
        label = field.options.label
        found[field.name] = (label.zh if call.language == "zh" else label.en) or field.name
    return found
