"""What a resource's lists may be filtered by, and the conditions that filters make."""

from functools import cached_property
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.schema import custom_values, external_ids
from chassis.filter import Context, FieldSpec, compile_sql, parse, search_condition
from chassis.personal.tables import stars
from chassis.resources.custom import NUMBERS
from chassis.resources.kinds import KINDS
from chassis.resources.lines import as_stored
from chassis.resources.resource import Resource

# Kinds of lists that organizations add → what is in them.
_ELEMENTS: dict[str, Any] = {"choices": "choice", "references": "reference"}


class Filtering:
    """The filters of one resource."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource

    def words(self, call: Call, words: str) -> sa.ColumnElement[bool]:
        """Rows that hold all the words, in fields that the caller sees.

        The index holds all searched fields together. For a caller from whom one of them is hidden, what the index finds
        must be found again in the others as they are written.
        """
        columns = self.resource.table.c
        indexed = search_condition(columns.search_text, words)
        hidden = call.access.hidden(self.resource.module)
        seen = [columns[name] for name in self.resource.searched if name not in hidden]
        if len(seen) == len(self.resource.searched):
            return indexed
        texts = [sa.cast(column, sa.Text) for column in seen]
        written = [sa.or_(*(text.icontains(word, autoescape=True) for text in texts)) for word in words.split()]
        return sa.and_(indexed, *written) if seen else sa.false()

    def conditions(self, call: Call, text: str) -> list[sa.ColumnElement[bool]]:
        """The condition of a filter; none for an empty one. Raises FilterError."""
        if not text.strip():
            return []
        hidden = call.access.hidden(self.resource.module)
        fields = {name: spec for name, spec in self._fields.items() if name not in hidden}
        fields |= self._custom_fields(call, hidden)
        fields["starred"] = FieldSpec("starred", "boolean", self._starred(call))
        context = Context(
            me=call.principal.user_id,
            zone=call.organization.time_zone,
            search=lambda words: self.words(call, words),
        )
        return [compile_sql(parse(text), fields, context)]

    def _starred(self, call: Call) -> sa.ColumnElement[bool]:
        """Records that the caller has marked."""
        table = self.resource.table
        mine = sa.exists().where(
            stars.c.org_id == table.c.org_id,
            stars.c.user_id == sa.literal(call.principal.user_id, sa.Uuid),
            stars.c.module == self.resource.module,
            stars.c.record_id == table.c.id,
        )
        return mine

    @cached_property
    def _fields(self) -> dict[str, FieldSpec]:
        columns = self.resource.table.c
        specs = {
            "id": FieldSpec("id", "uuid", columns.id),
            "create_time": FieldSpec("create_time", "timestamp", columns.create_time),
            "update_time": FieldSpec("update_time", "timestamp", columns.update_time),
            "created_by": FieldSpec("created_by", "uuid", columns.created_by),
            "external_ids": FieldSpec("external_ids", "map", columns.external_ids, entry=self._external),
        }
        for name, binding in self.resource.bindings.items():
            kind = binding.rules.filter
            if kind is None or not binding.contract.options.filterable:
                continue
            specs[name] = FieldSpec(
                name,
                kind,  # type: ignore[arg-type]
                columns[name],
                sort_column=columns[binding.sort_column] if binding.sort_column else None,
                choices=binding.contract.choices,
                element="reference" if binding.kind == "references" else "text",
            )
        return specs

    def _custom_fields(self, call: Call, hidden: frozenset[str]) -> dict[str, FieldSpec]:
        if not self.resource.has_custom or "custom" in hidden:
            return {}
        specs = {}
        for key, field in call.organization.definitions(self.resource.module).items():
            if field.name in hidden:
                continue
            kind = "decimal" if field.kind in NUMBERS else KINDS[field.kind].filter
            if kind is None:
                continue
            specs[field.name] = FieldSpec(
                field.name,
                kind,  # type: ignore[arg-type]
                self.resource.table.c.custom,
                choices=field.choices,
                element=_ELEMENTS.get(field.kind, "text"),
                key=key,
                stored=_amount if field.kind == "money" else as_stored,
                range=self._range(key, "number" if field.kind in NUMBERS else "text") if field.ranged else None,
            )
        return specs

    def _external(self, system: str, value: str) -> sa.ColumnElement[bool]:
        """By the table beside, whose key it is; the document has no index."""
        table, names = self.resource.table, external_ids
        return table.c.id.in_(
            sa.select(names.c.record_id).where(
                names.c.org_id == table.c.org_id,
                names.c.module == self.resource.module,
                names.c.system == system,
                names.c.external_id == value,
            )
        )

    def _range(self, key: str, column: str) -> Any:
        table, values = self.resource.table, custom_values
        held = values.c[column]

        def condition(operator: str, value: Any) -> sa.ColumnElement[bool]:
            wanted = value if column == "number" else str(as_stored(value))
            compared = {"<": held < wanted, "<=": held <= wanted, ">": held > wanted, ">=": held >= wanted}
            return table.c.id.in_(
                sa.select(values.c.record_id).where(
                    values.c.org_id == table.c.org_id,
                    values.c.module == self.resource.module,
                    values.c.key == key,
                    compared[operator],
                )
            )

        return condition


def _amount(value: Any) -> dict[str, Any]:
    """Amounts are compared, in whichever currency."""
    return {"amount": as_stored(value)}
