"""Which entries of the log a reader asks for, and how much of each they see."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.call import Call
from chassis.contract import OWN_PREFIX, find_module, find_resource, own_modules, service_names
from chassis.errors import InvalidArgumentError
from chassis.plain import plain_values, seen_json
from chassis.text import escape_like, search_patterns
from identity.audit.table import audit_entries

# What is no module's, and shown to every reader of the log: log-ins, exports. By what a filter calls it.
_OWN = {
    "sessions": ("identity.Session",),
    "passwords": ("identity.Password",),
    "second_factors": ("identity.SecondFactor",),
    "api_tokens": ("identity.ApiToken",),
    "access_tokens": ("identity.AccessToken",),
    "exports": tuple(f"{service}.Export" for service in service_names()),
}
# Of an export: what was taken is told by values of its module.
_OF_MODULE = frozenset({"filter"})
_ANY_OWN = escape_like(f"{own_modules().service}.{OWN_PREFIX}") + "%"


@dataclass(frozen=True)
class Wanted:
    """What is asked for; empty where it does not matter."""

    resource: str = ""
    record_id: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    actor_id: str = ""
    verb: str = ""
    module: str = ""
    address: str = ""
    query: str = ""

    @classmethod
    def of(cls, request: Any) -> "Wanted":
        """From a ListAuditEntriesRequest. Raises InvalidArgumentError."""
        return cls(
            resource=request.resource,
            record_id=_id("record_id", request.record_id),
            start_time=_time(request, "start_time"),
            end_time=_time(request, "end_time"),
            actor_id=_id("actor_id", request.actor_id),
            verb=request.verb,
            module=request.module,
            address=request.address,
            query=request.query,
        )

    @classmethod
    def read(cls, text: str) -> "Wanted":
        """From what `write` wrote."""
        values = json.loads(text) if text else {}
        for name in ("start_time", "end_time"):
            if name in values:
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values)

    def write(self) -> str:
        """As JSON, of what is asked for."""
        return json.dumps({name: str(value) for name, value in vars(self).items() if value}, ensure_ascii=False)

    def conditions(self, call: Call) -> list[sa.ColumnElement[bool]]:
        """As SQL, for this reader."""
        entries = audit_entries.c
        found = [entries.org_id == call.org_id]
        texts = {name: getattr(self, name) for name in ("resource", "verb", "address")}
        found += [entries[name] == value for name, value in texts.items() if value]
        keys = {name: ids.parse(getattr(self, name)) for name in ("record_id", "actor_id")}
        found += [entries[name] == value for name, value in keys.items() if value]
        if self.module:
            found.append(entries.resource.in_(_types(self.module)))
        if self.start_time:
            found.append(entries.time >= self.start_time)
        if self.end_time:
            found.append(entries.time < self.end_time)
        if self.query.strip():
            found += [entries.search_text.like(pattern) for pattern in search_patterns(self.query)]
            found.append(_shows(call, self.query))
        return found


def _id(name: str, value: str) -> str:
    if value and ids.parse(value) is None:
        raise InvalidArgumentError.of(name, "INVALID_ID")
    return value


def _time(request: Any, name: str) -> datetime | None:
    if not request.HasField(name):
        return None
    try:
        found: datetime = getattr(request, name).ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidArgumentError.of(name, "INVALID_DATE") from error
    return found


def _types(module: str) -> list[str]:
    """Types of what a module's records are; custom modules keep theirs under one type."""
    contract = find_module(module)
    return [*([contract.type] if contract else ()), *_OWN.get(module, ())]


def _shows(call: Call, query: str) -> sa.ColumnElement[bool]:
    """That the words are in values which this reader sees: nobody finds out by searching what they may not read."""
    narrowed, parts = [*_OWN["exports"]], []
    whole = sorted(module for module in call.organization.contracts if _views_whole(call, module))
    of_whole = audit_entries.c.after["module"].astext.in_(whole)
    beside = sa.and_(*_found_beside(_OF_MODULE, query))
    parts.append(sa.and_(audit_entries.c.resource.in_(_OWN["exports"]), sa.or_(of_whole, beside)))
    for contract in call.organization.contracts.values():
        kind, hidden = contract.type, call.access.hidden(contract.module)
        seen = call.access.scope(contract.module, "view") == "all"
        if seen and hidden:
            parts.append(sa.and_(audit_entries.c.resource == kind, *_found_beside(hidden, query)))
        if hidden or not seen:
            narrowed.append(kind)
    # Modules that the organization does not have any more are nobody's to search.
    kept = sorted(contract.type for contract in call.organization.modules.values())
    gone = sa.and_(audit_entries.c.resource.like(_ANY_OWN), audit_entries.c.resource.not_in(kept))
    return sa.or_(sa.and_(audit_entries.c.resource.not_in(sorted(narrowed)), sa.not_(gone)), *parts)


def _views_whole(call: Call, module: str) -> bool:
    """Whether the reader sees every value of a module's records."""
    return call.access.scope(module, "view") == "all" and not call.access.hidden(module)


def _found_beside(hidden: frozenset[str], query: str) -> list[sa.ColumnElement[bool]]:
    """Each word stands in the values that are left without the hidden fields."""
    sides = []
    for column in (audit_entries.c.before, audit_entries.c.after):
        left: Any = column
        for name in sorted(hidden):
            left = left.op("#-")(sa.literal(name.split(".", 1), sa.ARRAY(sa.Text)))
        sides.append(sa.func.lower(sa.cast(left, sa.Text)))
    words = query.lower().split()
    return [sa.or_(*(side.like(f"%{escape_like(word)}%") for side in sides)) for word in words]


def shown_values(call: Call, row: Mapping[str, Any]) -> tuple[list[str], str, str]:
    """Names of the changed fields, and the values before and after as JSON, as far as the reader sees them.

    What no contract knows is no module's: a log-in, an export, whose filter is for who sees all of its module. Of records, those out of scope are not told apart here:
    their values are for who views all of them.
    """
    resource = row["resource"]
    contract = find_resource(resource)
    module = contract.module if contract else ""
    hidden = call.access.hidden(module)
    if resource in _OWN["exports"] and not _views_whole(call, str(row["after"].get("module", ""))):
        hidden = _OF_MODULE
    shown = contract is None or call.access.scope(module, "view") == "all"
    fields = [path for path in row["changed_fields"] if not {path, path.partition(".")[0]} & hidden]
    if not shown:
        return fields, "{}", "{}"
    before, after = (seen_json(plain_values(contract, row[side]), hidden) for side in ("before", "after"))
    return fields, before, after
