"""`BoardService`: how many of a list's records have each value of a field, and what they are worth."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.errors import InvalidArgumentError, PermissionDeniedError
from chassis.fieldcontract import FieldContract
from chassis.parts import ServiceParts
from chassis.resources.kinds import to_money
from chassis.resources.resource import Resource
from guanxi.boards.v1 import boards_pb2

MOST_COLUMNS = 100
# Many fields have more values than anybody reads side by side; these have few.
_GROUPS = frozenset({"choice", "reference", "language"})


class BoardServicer:
    """Boards of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service

    def get_board(self, call: Call, request: boards_pb2.GetBoardRequest) -> boards_pb2.Board:
        """One column for each value, those without one among them."""
        records = self._service.records.find(call, request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:80])
        if call.access.scope(request.module, "view") is None:
            raise PermissionDeniedError
        resource = records.resource
        value = _value(call, resource, request.group_by)
        amount, currency = _amount(call, resource, request.sum) if request.sum else (sa.null(), sa.null())
        conditions = [
            *records.query.conditions(call, "view", deleted=False),
            *records.query.filter(call, request.filter),
        ]
        inside = (
            sa.select(value.label("value"), sa.cast(amount, sa.Numeric).label("amount"), currency.label("currency"))
            .select_from(resource.table)
            .where(*conditions)
            .subquery()
        )
        grouped = sa.select(
            inside.c.value,
            inside.c.currency,
            sa.func.count().label("number"),
            sa.func.sum(inside.c.amount).label("total"),
        ).group_by(inside.c.value, inside.c.currency)
        return boards_pb2.Board(columns=_columns(self._service.database.read(call, grouped)))


def _columns(rows: Iterable[Any]) -> list[boards_pb2.BoardColumn]:
    found: dict[str, boards_pb2.BoardColumn] = {}
    for row in rows:
        value = str(row.value or "")
        column = found.setdefault(value, boards_pb2.BoardColumn(value=value))
        column.count += row.number
        if row.total is not None and row.currency:
            column.sums.append(to_money(row.total, row.currency))
    for column in found.values():
        column.sums.sort(key=lambda money: money.currency_code)
    return sorted(found.values(), key=lambda column: (-column.count, column.value))[:MOST_COLUMNS]


def _field(call: Call, resource: Resource, name: str, parameter: str) -> FieldContract:
    """A field that the caller sees. Raises InvalidArgumentError."""
    group, _, key = name.partition(".")
    hidden = call.access.hidden(resource.module)
    binding = resource.bindings.get(name)
    found: FieldContract | None = binding.contract if binding is not None and binding.columns else None
    if group == "custom":
        found = resource.definitions(call.organization).get(key)
    if found is None or hidden & {name, group}:
        raise InvalidArgumentError.of(parameter, "UNKNOWN_FIELD")
    return found


def _value(call: Call, resource: Resource, name: str) -> sa.ColumnElement[Any]:
    field = _field(call, resource, name, "group_by")
    if field.kind not in _GROUPS:
        raise InvalidArgumentError.of("group_by", "FIELD_UNFIT")
    if name.startswith("custom."):
        held: sa.ColumnElement[Any] = resource.table.c.custom[name.removeprefix("custom.")].astext
        return held
    return resource.table.c[name]


def _amount(call: Call, resource: Resource, name: str) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Amount and currency of a field."""
    if _field(call, resource, name, "sum").kind != "money":
        raise InvalidArgumentError.of("sum", "FIELD_UNFIT")
    if name.startswith("custom."):
        held = resource.table.c.custom[name.removeprefix("custom.")]
        return held["amount"].astext, held["currency"].astext
    amount, currency = resource.bindings[name].columns
    return resource.table.c[amount], resource.table.c[currency]
