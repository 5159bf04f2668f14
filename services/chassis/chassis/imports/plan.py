"""The mapping of an import, checked and compiled: what fills each field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from chassis.authz.organization import Definitions
from chassis.call import Call
from chassis.errors import InvalidArgumentError, Violation
from chassis.fieldcontract import FieldContract
from chassis.resources.resource import Resource
from chassis.text import DateOrder

MODES = ("upsert", "create", "update")
_KEY_KINDS = frozenset({"text", "email", "phone", "url", "date"})


@dataclass(frozen=True, slots=True)
class Source:
    """What fills one field."""

    path: str
    column: int
    constant: str = ""
    factor: Decimal | None = None
    create_missing: bool = False
    field: FieldContract | None = None
    """None for ids and external ids."""

    @property
    def kind(self) -> str:
        """Kind of the field; empty for ids and external ids."""
        return self.field.kind if self.field else ""

    @property
    def reference(self) -> str:
        """Type of record it refers to; empty for other fields."""
        return self.field.reference if self.field else ""


@dataclass(frozen=True)
class Plan:
    """A compiled mapping."""

    resource: Resource
    sources: tuple[Source, ...]
    mode: str
    keys: tuple[str, ...]
    definitions: Definitions
    currency: str
    time_zone: ZoneInfo
    width: int
    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    """Fields whose column proves the order of its dates."""

    @cached_property
    def references(self) -> list[Source]:
        """Sources whose texts name other records."""
        return [source for source in self.sources if source.reference]


def compile_plan(call: Call, resource: Resource, data: Mapping[str, Any], local: frozenset[str]) -> Plan:
    """The plan of a job's data. Raises InvalidArgumentError naming every mapping that cannot be.

    `local` are the types whose records this service owns and can create.
    """
    organization = call.organization
    definitions = resource.definitions(organization)
    denied = call.access.read_only(resource.module)
    width = len(data["columns"])
    problems: list[Violation] = []
    sources: dict[str, Source] = {}
    for mapping in data["mappings"]:
        path = mapping["field"]
        if not path:
            continue
        reason = _wrong(resource, definitions, mapping, path, width, denied, local)
        if path in sources:
            reason = ("MAPPING_TWICE", {})
        if reason:
            problems.append(Violation(path[:80], reason[0], reason[1]))
            continue
        factor = mapping.get("factor") or ""
        sources[path] = Source(
            path,
            mapping["column"],
            (mapping.get("constant") or "").strip(),
            Decimal(factor) if factor else None,
            bool(mapping.get("create_missing")),
            field_at(resource, definitions, path),
        )
    keys = tuple(data.get("keys") or default_keys(resource, sources))
    problems += [
        Violation("keys", "MAPPING_KEY", {"value": key[:80]})
        for key in keys
        if key not in sources or not is_key(resource, key)
    ]
    if not sources and not problems:
        problems.append(Violation("mappings", "MAPPING_EMPTY"))
    if data["mode"] not in MODES:
        problems.append(Violation("mode", "MAPPING_MODE"))
    if problems:
        raise InvalidArgumentError(violations=problems)
    return Plan(
        resource,
        tuple(sources.values()),
        data["mode"],
        keys,
        definitions,
        organization.currency,
        organization.time_zone,
        width,
    )


def _wrong(
    resource: Resource,
    definitions: Definitions,
    mapping: Mapping[str, Any],
    path: str,
    width: int,
    denied: frozenset[str],
    local: frozenset[str],
) -> tuple[str, dict[str, Any]] | None:
    name, _, key = path.partition(".")
    field = field_at(resource, definitions, path)
    known = (
        path == "id"
        or field is not None
        or (name == "external_ids" and bool(key) and len(key) <= 60 and name in resource.contract.fields)
    )
    if not known or denied & {path, name}:
        return "UNKNOWN_FIELD", {}
    if field is not None and (field.output_only or field.input_only or field.kind in ("object", "lines", "files")):
        return "OUTPUT_ONLY", {}
    if not -1 <= mapping["column"] < width:
        return "MAPPING_COLUMN", {"value": mapping["column"] + 1}
    if "\0" in mapping.get("constant", ""):
        return "NUL", {}
    if mapping.get("create_missing") and (field is None or field.reference not in local):
        return "MAPPING_CREATE", {}
    if mapping.get("factor"):
        try:
            valid = Decimal(mapping["factor"]).is_finite() and len(mapping["factor"]) <= 30
        except InvalidOperation:
            valid = False
        if not valid:
            return "INVALID_NUMBER", {}
    return None


def field_at(resource: Resource, definitions: Definitions, path: str) -> FieldContract | None:
    """The field at a path, the organization's own among them."""
    binding = resource.bindings.get(path)
    if binding is not None:
        return binding.contract
    return definitions.get(path.removeprefix("custom.")) if path.startswith("custom.") else None


def default_keys(resource: Resource, mapped: Mapping[str, Any] | Sequence[str]) -> list[str]:
    """What identifies a record, best first: its own id, an external id, else the first declared key that is mapped."""
    if "id" in mapped:
        return ["id"]
    external = [path for path in mapped if path.startswith("external_ids.")]
    if external:
        return external[:1]
    return [key for key in resource.contract.options.keys if key in mapped][:1]


def is_key(resource: Resource, path: str) -> bool:
    """Whether records can be found by this field."""
    if path == "id" or path.startswith("external_ids."):
        return True
    binding = resource.bindings.get(path)
    return binding is not None and binding.kind in _KEY_KINDS and not binding.contract.reference
