"""A question of a cube, and its answer in SQL: one SELECT with GROUPING SETS, so that rows and totals are of one moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import sqlalchemy as sa

from chassis.authz.organization import IN_SNAPSHOT
from chassis.authz.scope import owner_condition
from chassis.call import Call
from chassis.filter import Context, FieldSpec, compile_sql, parse
from reporting.cubes.cube import GRANULARITIES, Attribute, Cube, Dimension, Measure, Source
from reporting.facts.table import freshness

_FILTER_KINDS = {"choice": "choice", "reference": "reference", "date": "date", "money": "decimal"}


@dataclass(frozen=True)
class Query:
    """Measures by one dimension, of the facts in a range of days (both included, open where None) that a filter
    leaves. It holds what the caller may see and nothing else: make it of `visible_dimensions` and `visible_measures`.
    """

    cube: Cube
    dimension: Dimension
    measures: tuple[Measure, ...]
    first: date | None = None
    last: date | None = None
    filter: str = ""


def allowed(call: Call, sources: Iterable[Source]) -> bool:
    """Whether the caller may view the modules of these fields, and none of the fields is hidden."""
    return all(
        call.access.scope(module, "view") is not None and name not in call.access.hidden(module)
        for module, name in sources
    )


def visible_dimensions(call: Call, cube: Cube, dimensions: Iterable[Dimension]) -> dict[str, Dimension]:
    """Those whose fields the caller sees, by name."""
    return {item.name: item for item in dimensions if allowed(call, cube.attributes[item.name].sources)}


def visible_measures(call: Call, cube: Cube, measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """Those that are computed from fields the caller sees, of facts chosen by fields the caller sees."""
    return tuple(item for item in measures if allowed(call, cube.sources(item.value, cube.where)))


def ranged(call: Call, cube: Cube) -> bool:
    """Whether the caller may ask for a range of days."""
    return bool(cube.time) and allowed(call, cube.sources(cube.facts.c[cube.time]))


def statement(call: Call, query: Query) -> sa.Select[Any]:
    """Rows of (is_total, value, title, currencies, currency, as_of, figure_0…), the totals first."""
    cube, attribute = query.cube, query.cube.attributes[query.dimension.name]
    value = _value(call, query.dimension, attribute)
    title = sa.null() if attribute.title is None else _in_scope(call, attribute, attribute.title)
    currencies, currency = _currencies(query)
    figures = [measure.value.label(f"figure_{number}") for number, measure in enumerate(query.measures)]
    as_of = sa.select(freshness.c.time).where(freshness.c.org_id == call.org_id).scalar_subquery()
    first: sa.ColumnElement[Any] = sa.literal_column("value").asc()
    if figures and not query.dimension.granularity:
        first = sa.literal_column(figures[0].name).desc().nulls_last()
    return (
        sa.select(
            sa.func.grouping(value).label("is_total"),
            value.label("value"),
            sa.func.min(sa.cast(title, sa.Text)).label("title"),
            currencies.label("currencies"),
            currency.label("currency"),
            as_of.label("as_of"),
            *figures,
        )
        .select_from(cube.tables)
        .where(*_conditions(call, query))
        .group_by(sa.func.grouping_sets(sa.tuple_(value), sa.text("()")))
        .order_by(sa.literal_column("is_total").desc(), first, sa.literal_column("value"))
    )


def titles_of(call: Call, attribute: Attribute, rows: Sequence[Any]) -> Mapping[Any, str]:
    """Value → what people read."""
    if attribute.field.reference in IN_SNAPSHOT:
        return call.organization.titles(attribute.field.reference)
    return {row.value: row.value if attribute.title is None else row.title for row in rows}


def _currencies(query: Query) -> tuple[sa.ColumnElement[int], sa.ColumnElement[str]]:
    """In how many currencies the amounts of a group are, and one of them."""
    priced = [measure.where for measure in query.measures if measure.kind == "money"]
    if not priced or not query.cube.currency:
        return sa.literal_column("0", sa.Integer), sa.literal_column("NULL", sa.Text)
    of = sa.func.nullif(query.cube.facts.c[query.cube.currency], "")
    where = sa.or_(*priced)
    return sa.func.count(sa.distinct(of)).filter(where), sa.func.min(of).filter(where)


def _conditions(call: Call, query: Query) -> list[sa.ColumnElement[bool]]:
    cube, facts = query.cube, query.cube.facts.c
    found = [facts.org_id == call.org_id, sa.not_(facts.deleted), cube.where]
    if cube.owner is not None:
        found.append(owner_condition(call, cube.module, "view", cube.owner))
    if query.dimension.granularity:
        found.append(cube.attributes[query.dimension.name].column.is_not(None))
    if query.first is not None:
        found.append(facts[cube.time] >= query.first)
    if query.last is not None:
        found.append(facts[cube.time] <= query.last)
    if query.filter.strip():
        context = Context(me=call.principal.user_id, zone=call.organization.time_zone)
        found.append(compile_sql(parse(query.filter), _filter_fields(call, cube), context))
    return found


def _filter_fields(call: Call, cube: Cube) -> Mapping[str, FieldSpec]:
    """What a filter may name."""
    dimensions = {item.name: item for item in cube.dimensions}
    found = {}
    for name, attribute in cube.attributes.items():
        if allowed(call, attribute.sources):
            dimension = dimensions.get(name, Dimension(name))
            found[name] = FieldSpec(
                name,
                _filter_kind(dimension, attribute),  # type: ignore[arg-type]
                _value(call, dimension, attribute),
                choices=attribute.field.choices,
            )
    return found


def _filter_kind(dimension: Dimension, attribute: Attribute) -> str:
    is_text = dimension.granularity or isinstance(attribute.column.type, sa.Text)
    kind = _FILTER_KINDS.get(attribute.field.kind, "text")
    return "text" if is_text and kind != "choice" else kind


def _value(call: Call, dimension: Dimension, attribute: Attribute) -> sa.ColumnElement[Any]:
    """What measures are grouped by, as far as the caller sees it."""
    column = attribute.column
    if dimension.granularity:
        column = sa.func.to_char(column, sa.literal_column(f"'{GRANULARITIES[dimension.granularity]}'"))
    return _in_scope(call, attribute, column)


def _in_scope(call: Call, attribute: Attribute, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An expression where the joined record is in the caller's scope; nothing elsewhere."""
    limits = [(module, owner) for module, owner in attribute.scopes if call.access.scope(module, "view") != "all"]
    return reduce(
        lambda found, limit: sa.case((owner_condition(call, limit[0], "view", limit[1]), found), else_=sa.null()),
        limits,
        expression,
    )
