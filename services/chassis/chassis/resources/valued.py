"""Lists in the order of one of the organization's own fields, read along its typed index.

Values are kept beside the records, so no index of theirs has the order: a page walks the values, each with its record,
and those without a value come after all others, whichever way the list runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.authz.organization import Definitions
from chassis.database.schema import custom_values
from chassis.fieldcontract import CustomField
from chassis.resources.custom import NUMBERS
from chassis.resources.paging import Key, after
from chassis.resources.resource import Resource

Read = Callable[[sa.Select[Any]], Sequence[Any]]
Conditions = Sequence[sa.ColumnElement[bool]]


@dataclass(frozen=True)
class ValueOrder:
    """The order of one field. Rows end with its value, which is None for those that have none, and the id."""

    resource: Resource
    field: CustomField
    descending: bool

    @classmethod
    def of(cls, resource: Resource, definitions: Definitions, order_by: str) -> "ValueOrder | None":
        """The order that a list asks for, where it is that of one such field alone."""
        name, _, direction = order_by.strip().partition(" ")
        field = definitions.get(name.removeprefix("custom.")) if name.startswith("custom.") else None
        if field is None or not field.ranged or direction.strip() not in ("", "asc", "desc"):
            return None
        return cls(resource, field, direction.strip() == "desc")

    def rows(
        self,
        read: Read,
        selected: Sequence[Any],
        matching: Conditions,
        start: tuple[Any, ...] | None,
        size: int,
    ) -> list[Any]:
        """The first `size` rows after `start`, the value and id of a row. Two statements where values end within them."""
        found: list[Any] = []
        if start is None or start[0] is not None:
            found, start = list(read(self._valued(selected, matching, start).limit(size))), None
        if len(found) < size:
            found += read(self._valueless(selected, matching, start).limit(size - len(found)))
        return found

    def _valued(self, selected: Sequence[Any], matching: Conditions, start: tuple[Any, ...] | None) -> sa.Select[Any]:
        table, held = self.resource.table, custom_values.alias("ordering")
        value = held.c.number if self.field.kind in NUMBERS else held.c.text
        keys = [Key(value, self.descending), Key(held.c.record_id, self.descending)]
        joined = table.join(held, sa.and_(held.c.org_id == table.c.org_id, held.c.record_id == table.c.id))
        return (
            sa.select(*selected, value, held.c.record_id)
            .select_from(joined)
            .where(
                *self._of_field(held),
                value.is_not(None),
                *matching,
                *([after(keys, start)] if start is not None else ()),
            )
            .order_by(*(key.expression.desc() if key.descending else key.expression.asc() for key in keys))
        )

    def _valueless(
        self, selected: Sequence[Any], matching: Conditions, start: tuple[Any, ...] | None
    ) -> sa.Select[Any]:
        table, held = self.resource.table, custom_values.alias("ordering")
        keys = [Key(table.c.id, self.descending)]
        values = sa.select(sa.literal(1)).where(
            held.c.org_id == table.c.org_id, *self._of_field(held), held.c.record_id == table.c.id
        )
        [key] = keys
        return (
            sa.select(*selected, sa.null(), table.c.id)
            .where(*matching, ~values.exists(), *([after(keys, start[1:])] if start is not None else ()))
            .order_by(key.expression.desc() if key.descending else key.expression.asc())
        )

    def _of_field(self, held: sa.FromClause) -> Conditions:
        return held.c.module == self.resource.module, held.c.key == self.field.key
