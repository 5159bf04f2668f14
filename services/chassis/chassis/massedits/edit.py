"""What a mass edit does to a record, compiled from its request."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.call import Call
from chassis.errors import InvalidArgumentError, PermissionDeniedError, Violation
from chassis.fieldcontract import CustomField, FieldContract, MessageField
from chassis.resources.custom import given, stored
from chassis.resources.drafting import missing, refuse_denied
from chassis.resources.fields import Binding
from chassis.resources.kinds import KINDS, InvalidValue, checked_decimal
from chassis.resources.lines import as_stored
from chassis.resources.resource import Draft, Resource
from guanxi.massedits.v1 import mass_edits_pb2
from guanxi.type.v1 import value_pb2

Put = Callable[[Draft], None]
_SEVERAL = frozenset({"choices", "references"})
_STRUCTURED = frozenset({"lines", "object", "map"})


@dataclass(frozen=True)
class Edit:
    """One change of many records of a resource."""

    resource: Resource
    changes: Sequence[mass_edits_pb2.FieldChange]
    delete: bool
    puts: Sequence[Put]

    @property
    def paths(self) -> frozenset[str]:
        """The fields it changes."""
        return frozenset(change.field for change in self.changes)

    @property
    def operations(self) -> tuple[str, ...]:
        """What must be allowed on each record."""
        if self.delete:
            return ("delete",)
        return ("edit", "assign") if "owner_id" in self.paths else ("edit",)

    def refuse_denied(self, call: Call) -> None:
        """Raise PermissionDeniedError without the operations, InvalidArgumentError for fields the caller may not change."""
        if any(call.access.scope(self.resource.module, operation) is None for operation in self.operations):
            raise PermissionDeniedError
        refuse_denied(call, self.resource, sorted(self.paths))

    def apply(self, call: Call, draft: Draft) -> list[Violation]:
        """Change a draft; what a record does not hold after it though it must."""
        draft.given = self.paths
        try:
            for put in self.puts:
                put(draft)
        except InvalidValue as error:
            return [error.violation]
        return missing(self.resource, draft, self.resource.definitions(call.organization))


def compile_edit(
    call: Call, resource: Resource, changes: Iterable[mass_edits_pb2.FieldChange], *, delete: bool
) -> Edit:
    """The edit of a request. Raises InvalidArgumentError naming every change that cannot be, PermissionDeniedError."""
    wanted = list(changes)
    puts: list[Put] = []
    problems: list[Violation] = []
    if delete == bool(wanted):
        problems.append(Violation("changes", "MASS_EDIT_CHANGES"))
    if len({change.field for change in wanted}) < len(wanted):
        problems.append(Violation("changes", "MAPPING_TWICE"))
    for change in wanted:
        try:
            puts.append(_put(call, resource, change))
        except InvalidValue as error:
            problems.append(error.violation)
    if problems:
        raise InvalidArgumentError(violations=problems)
    edit = Edit(resource, wanted, delete, puts)
    edit.refuse_denied(call)
    return edit


def _put(call: Call, resource: Resource, change: mass_edits_pb2.FieldChange) -> Put:
    name, _, key = change.field.partition(".")
    if name == "custom" and resource.has_custom:
        field = resource.definitions(call.organization).get(key)
        if field is None:
            raise InvalidValue(change.field[:60], "UNKNOWN_FIELD")
        if field.output_only:
            raise InvalidValue(field.name, "OUTPUT_ONLY")
        return _put_custom(field, change)
    binding = resource.bindings.get(change.field)
    if binding is None or change.field in call.access.hidden(resource.module):
        raise InvalidValue(change.field[:60], "UNKNOWN_FIELD")
    contract = binding.contract
    if contract.output_only or not binding.columns or binding.kind in _STRUCTURED:
        raise InvalidValue(binding.name, "OUTPUT_ONLY")
    if contract.immutable:
        raise InvalidValue(binding.name, "IMMUTABLE")
    return _put_field(binding, change)


def _put_field(binding: Binding, change: mass_edits_pb2.FieldChange) -> Put:
    name = binding.name
    if change.add or change.remove:
        add, remove = _items(binding.contract, change)

        def join(draft: Draft) -> None:
            draft.values.update(binding.check(_joined(draft.values[name], add, remove)))

        return join
    values = binding.check(_read(binding.contract, change.value))
    return lambda draft: draft.values.update(values)


def _put_custom(field: CustomField, change: mass_edits_pb2.FieldChange) -> Put:
    if change.add or change.remove:
        add, remove = map(as_stored, _items(field, change))
        return lambda draft: _store(
            draft, field, stored(field, _joined(draft.values["custom"].get(field.key), add, remove))
        )
    value = stored(field, given(field, change.value))
    return lambda draft: _store(draft, field, value)


def _store(draft: Draft, field: CustomField, value: Any) -> None:
    if value is None:
        draft.values["custom"].pop(field.key, None)
    else:
        draft.values["custom"][field.key] = value


def _items(field: FieldContract, change: mass_edits_pb2.FieldChange) -> tuple[list[Any], list[Any]]:
    """What comes to a field of several, and what goes."""
    if field.kind not in _SEVERAL:
        raise InvalidValue(field.name, "NOT_SEVERAL")
    kind = KINDS[field.kind]
    add, remove = (kind.check(field, kind.read(field, list(items))) for items in (change.add, change.remove))
    return add, remove


def _joined(held: Any, add: Sequence[Any], remove: Sequence[Any]) -> list[Any]:
    kept = [item for item in held or () if item not in remove]
    return [*kept, *(item for item in add if item not in kept)]


def _read(field: MessageField, value: value_pb2.Value) -> Any:
    """A value for a field of the message, as Python has it. Raises InvalidValue."""
    carried = value.WhichOneof("kind")
    if carried is None:
        return None
    if field.kind == "references" and carried in ("texts", "text"):
        texts = list(value.texts.values) if carried == "texts" else [value.text]
        return KINDS["references"].read(field, texts)
    if field.kind in ("integer", "percent") and carried in ("decimal", "text"):
        number = checked_decimal(field.name, value.decimal or value.text)
        if number != number.to_integral_value() or abs(number) >= 2**31:
            raise InvalidValue(field.name, "INVALID_NUMBER")
        return int(number)
    return given(field, value)
