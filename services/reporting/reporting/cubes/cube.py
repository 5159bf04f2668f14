"""What a cube is: facts, the dimensions they may be grouped by, and the measures that may be computed of them.

The terms are those of Cube.dev and other semantic layers: a dimension of time has a granularity, a measure is an
aggregate, a join is many-to-one. What the contracts say is not said again: labels, choices and references come from the
fields, the module to ask permission of and the owner from the resource, and a measure or dimension goes when one of
the fields it is computed from is hidden from the caller. That is how hidden fields stay out of totals.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from chassis.authz.organization import IN_SNAPSHOT
from chassis.contract import all_resources
from chassis.database.schema import refs
from chassis.fieldcontract import MessageField
from reporting.facts.table import contract_of, fields_of

# Granularity → how a day is written at it.
GRANULARITIES = {"month": "YYYY-MM"}
Names = tuple[str, str]
# (module, field) that must not be hidden.
Source = tuple[str, str]


@dataclass(frozen=True)
class Dimension:
    """What measures are grouped and filtered by. `path` is a field of the facts, or `reference.field` of a join; the
    dimension's own name unless given. `label` is zh and en, the field's own unless given.
    """

    name: str
    path: str = ""
    label: Names | None = None
    # Of a date: how far days are put together.
    granularity: str = ""


@dataclass(frozen=True)
class Measure:
    """A figure, computed of a group of facts. `kind` is `integer`, `money` or `percent`."""

    name: str
    label: Names
    kind: str
    value: sa.ColumnElement[Any]
    # Of money: the facts whose amounts are in it.
    where: sa.ColumnElement[bool] = field(default_factory=sa.true)


def count(name: str, label: Names, where: sa.ColumnElement[bool] | None = None) -> Measure:
    """How many facts there are, or how many of those for which `where` holds."""
    return Measure(name, label, "integer", _count(where))


def total(name: str, label: Names, amount: sa.Column[Any], where: sa.ColumnElement[bool] | None = None) -> Measure:
    """The sum of an amount of money."""
    value = sa.func.coalesce(_filtered(sa.func.sum(amount), where), 0)
    return Measure(name, label, "money", value, _priced(amount, where))


def average(name: str, label: Names, amount: sa.Column[Any], where: sa.ColumnElement[bool] | None = None) -> Measure:
    """The mean of an amount of money, to the cent; absent amounts do not count."""
    value = sa.func.round(_filtered(sa.func.avg(amount), where), 2)
    return Measure(name, label, "money", value, _priced(amount, where))


def percentage(name: str, label: Names, part: sa.ColumnElement[bool], of: sa.ColumnElement[bool]) -> Measure:
    """How many of a hundred facts for which `of` holds are such that `part` holds; nothing where there are none."""
    share = 100 * _count(sa.and_(part, of)) / sa.func.nullif(_count(of), 0).cast(sa.Numeric)
    return Measure(name, label, "percent", sa.func.round(share, 2))


def _count(where: sa.ColumnElement[bool] | None) -> Any:
    return _filtered(sa.func.count(), where)


def _filtered(aggregate: Any, where: sa.ColumnElement[bool] | None) -> Any:
    return aggregate if where is None else aggregate.filter(where)


def _priced(amount: sa.Column[Any], where: sa.ColumnElement[bool] | None) -> sa.ColumnElement[bool]:
    priced = amount.is_not(None)
    return priced if where is None else sa.and_(priced, where)


@dataclass(frozen=True)
class Attribute:
    """Where a path leads: a field, the column that holds it, and how the caller's scope limits it."""

    field: MessageField
    column: sa.ColumnElement[Any]
    sources: tuple[Source, ...]
    # (module, owner) of a joined record that data scopes apply to: out of scope it is as if there were none.
    scopes: tuple[tuple[str, sa.ColumnElement[Any]], ...] = ()
    # What people read, where the value is an id and the title is not in the snapshot.
    title: sa.ColumnElement[Any] | None = None


@dataclass(frozen=True, eq=False)
class Cube:
    """Measures by dimensions over one table of facts. Whoever may view its module may ask, of the records in scope."""

    facts: sa.Table
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    # Reference → the facts of what is referred to, whose fields paths may name.
    joins: Mapping[str, sa.Table] = field(default_factory=dict)
    # Facts that count; all unless given.
    where: sa.ColumnElement[bool] = field(default_factory=sa.true)
    # The day that a time range is about; there is none where it is empty.
    time: str = ""
    # The column that says which currency amounts are in.
    currency: str = ""
    # More fields that a filter may name.
    filters: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """The module whose viewers may ask."""
        return contract_of(self.facts).module

    @cached_property
    def owner(self) -> sa.ColumnElement[Any] | None:
        """Who owns a fact; None where data scopes do not apply."""
        return _owner(self.facts)

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Dimensions and filters by name. Fails at a path that leads nowhere: a cube is read when the service starts."""
        paths = {item.name: item.path or item.name for item in self.dimensions}
        paths |= {name: name for name in self.filters}
        return {name: self._attribute(path) for name, path in paths.items()}

    @cached_property
    def tables(self) -> sa.FromClause:
        """The facts with everything that dimensions need beside them. Joins are many-to-one on primary keys, so
        PostgreSQL leaves out those that a query does not use.
        """
        return reduce(lambda found, join: found.outerjoin(*join), self._joined(), self.facts)

    @cached_property
    def titled(self) -> tuple[str, ...]:
        """Resources whose titles are taken from `ref`: a subscription must follow them."""
        kinds = (self.attributes[item.name].field.reference for item in self._references())
        return tuple(sorted(set(kinds)))

    def sources(self, *expressions: sa.ColumnElement[Any]) -> tuple[Source, ...]:
        """The fields that expressions over the facts are computed from."""
        columns = {column for item in expressions for column in visitors.iterate(item) if isinstance(column, sa.Column)}
        return tuple(sorted({(self.module, name) for column in columns for name in fields_of(column)}))

    @cached_property
    def _aliases(self) -> dict[str, sa.FromClause]:
        return {name: table.alias(name) for name, table in self.joins.items()}

    @cached_property
    def _refs(self) -> dict[str, sa.FromClause]:
        return {item.name: refs.alias(f"{item.name}_ref") for item in self._references()}

    def _references(self) -> Iterator[Dimension]:
        """Dimensions whose titles only `ref` knows."""
        fields = contract_of(self.facts).fields
        for item in self.dimensions:
            path = item.path or item.name
            kind = fields[path].reference if path in fields else ""
            if kind and kind not in IN_SNAPSHOT and path not in self.joins:
                yield item

    def _joined(self) -> Iterator[tuple[sa.FromClause, sa.ColumnElement[bool]]]:
        facts = self.facts.c
        for name, table in self._aliases.items():
            yield table, sa.and_(table.c.org_id == facts.org_id, table.c.id == facts[name])
        for name, table in self._refs.items():
            attribute = self.attributes[name]
            kind: sa.ColumnElement[str] = sa.literal_column(f"'{attribute.field.reference}'")
            same = (table.c.org_id == facts.org_id, table.c.resource == kind, table.c.id == attribute.column)
            yield table, sa.and_(*same)

    def _attribute(self, path: str) -> Attribute:
        reference, _, name = path.rpartition(".")
        if reference:
            joined = self._aliases[reference]
            column = joined.c[name]
            sources = ((self.module, reference), *_sources(joined, column))
            return Attribute(contract_of(joined).fields[fields_of(column)[0]], column, sources, _scopes(joined))
        column = self.facts.c[path]
        found = contract_of(self.facts).fields[fields_of(column)[0]]
        own = _sources(self.facts, column)
        if not found.reference or found.reference in IN_SNAPSHOT:
            return Attribute(found, column, own)
        target = all_resources()[found.reference]
        sources = (*own, (target.module, target.options.title))
        if path in self.joins:
            joined = self._aliases[path]
            return Attribute(found, column, sources, _scopes(joined), joined.c[target.options.title])
        known = next(self._refs[item.name] for item in self._references() if (item.path or item.name) == path)
        scopes = ((target.module, known.c.owner_id),) if target.options.owned else ()
        return Attribute(found, column, sources, scopes, known.c.title)


@dataclass(frozen=True)
class Report:
    """A question of a cube that has a name: measures by one dimension, which the caller may change."""

    id: str
    label: Names
    about: Names
    # `bar`, `line` or `pie`.
    chart: str
    cube: Cube
    # What it is grouped by unless the caller chooses.
    dimension: str
    # Ordered by the first of them, largest first.
    measures: tuple[str, ...]

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What it may be grouped by, its own first."""
        return tuple(sorted(self.cube.dimensions, key=lambda item: item.name != self.dimension))

    @cached_property
    def figures(self) -> tuple[Measure, ...]:
        """Its measures."""
        known = {item.name: item for item in self.cube.measures}
        return tuple(known[name] for name in self.measures)


def by_id(*groups: Iterable[Report]) -> dict[str, Report]:
    """Reports by id, in this order. Raises ValueError where one is declared twice or asks for what its cube lacks."""
    found: dict[str, Report] = {}
    for report in (report for group in groups for report in group):
        if report.id in found or report.dimensions[0].name != report.dimension:
            raise ValueError(report.id)
        assert report.figures
        assert report.cube.attributes
        found[report.id] = report
    return found


def _owner(table: sa.FromClause) -> sa.ColumnElement[Any] | None:
    return table.c.owner_id if contract_of(table).options.owned else None


def _sources(table: sa.FromClause, column: sa.ColumnElement[Any]) -> tuple[Source, ...]:
    return tuple((contract_of(table).module, name) for name in fields_of(column))


def _scopes(table: sa.FromClause) -> tuple[tuple[str, sa.ColumnElement[Any]], ...]:
    owner = _owner(table)
    return () if owner is None else ((contract_of(table).module, owner),)
