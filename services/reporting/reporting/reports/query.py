"""A report as SQL: one SELECT with GROUPING SETS, so that rows and totals are of one moment."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from chassis.authz.scope import owner_condition
from chassis.authz.snapshots import Organization
from chassis.call import Call
from chassis.filter import Context, FieldSpec, compile_sql, parse
from reporting.facts.table import account_facts, opportunity_facts
from reporting.reports.definitions import Definition
from reporting.reports.layer import Dimension, Measure

_FILTER_KINDS = {"month": "text", "reference": "reference", "choice": "text", "text": "text"}


@dataclass(frozen=True)
class Question:
    """What is asked of a report."""

    definition: Definition
    group: Dimension
    measures: tuple[Measure, ...]
    first: date | None
    last: date | None
    filter: str


def allowed(call: Call, sources: Sequence[tuple[str, str]]) -> bool:
    """Whether the caller may view the modules of these fields, and none of the fields is hidden."""
    return all(
        call.access.scope(module, "view") is not None and name not in call.access.hidden(module)
        for module, name in sources
    )


def seen(call: Call, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An account's value where the account is in the caller's scope; nothing elsewhere."""
    inside = owner_condition(call, "accounts", "view", account_facts.c.owner_id)
    return sa.case((inside, expression), else_=sa.null())


def value_of(call: Call, dimension: Dimension) -> sa.ColumnElement[Any]:
    """What figures are grouped by, as far as the caller sees it."""
    return seen(call, dimension.value) if _of_accounts(call, dimension) else dimension.value


def _of_accounts(call: Call, dimension: Dimension) -> bool:
    return call.access.scope("accounts", "view") != "all" and any(
        module == "accounts" for module, _ in dimension.sources
    )


def filter_fields(call: Call, definition: Definition) -> Mapping[str, FieldSpec]:
    """What a report's filter may name."""
    fields = {
        item.name: FieldSpec(item.name, _FILTER_KINDS[item.kind], value_of(call, item))  # type: ignore[arg-type]
        for item in definition.groups
        if allowed(call, item.sources)
    }
    if definition.table is opportunity_facts:
        if allowed(call, (("opportunities", "stage_id"),)):
            fields["status"] = FieldSpec(
                "status", "choice", opportunity_facts.c.status, choices=("open", "won", "lost")
            )
        if allowed(call, (("opportunities", "amount"),)):
            fields["amount"] = FieldSpec("amount", "decimal", opportunity_facts.c.amount)
        if allowed(call, (("opportunities", "close_date"),)):
            fields["close_date"] = FieldSpec("close_date", "date", opportunity_facts.c.close_date)
    return fields


def select(call: Call, organization: Organization, question: Question) -> sa.Select[Any]:
    """Rows of (total?, group, title, currency, measures…), the totals first."""
    definition, group = question.definition, question.group
    table = definition.table
    currency = table.c.currency if table is opportunity_facts else sa.literal_column("''", sa.Text)
    conditions = [table.c.org_id == call.org_id, sa.not_(table.c.deleted), *_range(question)]
    conditions.append(owner_condition(call, definition.module, "view", table.c.owner_id))
    if group.name == "month":
        conditions.append(table.c.close_date.is_not(None))
    if definition.table is opportunity_facts:
        # Open ones have no part in any of these figures.
        conditions.append(table.c.status.in_(("won", "lost")))
    if question.filter.strip():
        context = Context(me=call.principal.user_id, zone=organization.time_zone)
        conditions.append(compile_sql(parse(question.filter), filter_fields(call, definition), context))
    money = sa.func.nullif(currency, "")
    value = value_of(call, group)
    title: sa.ColumnElement[Any] = group.title if group.title is not None else sa.literal_column("NULL", sa.Text)
    if group.title is not None and _of_accounts(call, group):
        title = seen(call, title)
    columns = [
        sa.func.grouping(value).label("is_total"),
        value.label("value"),
        sa.func.min(title).label("title"),
        sa.func.count(sa.distinct(money)).label("currencies"),
        sa.func.min(money).label("currency"),
        *(measure.value.label(measure.name) for measure in question.measures),
    ]
    order: sa.ColumnElement[Any] = sa.literal_column("value").asc()
    if definition.order and group.name != "month":
        names = [measure.name for measure in question.measures]
        if definition.order in names:
            order = sa.literal_column(definition.order).desc().nulls_last()
    return (
        sa.select(*columns)
        .select_from(definition.facts)
        .where(*conditions)
        .group_by(sa.func.grouping_sets(sa.tuple_(value), sa.text("()")))
        .order_by(sa.literal_column("is_total").desc(), order, sa.literal_column("value"))
    )


def _range(question: Question) -> list[sa.ColumnElement[bool]]:
    if not question.definition.ranged:
        return []
    day = opportunity_facts.c.close_date
    found = []
    if question.first is not None:
        found.append(day >= question.first)
    if question.last is not None:
        found.append(day <= question.last)
    return found


def titles_of(organization: Organization, group: Dimension, rows: Sequence[Any]) -> dict[Any, str]:
    """Value → what people read."""
    if group.reference == "identity.User":
        return {
            row.value: organization.members[row.value].name
            for row in rows
            if isinstance(row.value, uuid.UUID) and row.value in organization.members
        }
    return {row.value: row.title if group.title is not None else row.value for row in rows}
