"""Get, List, BatchGet and Search of a resource: one SELECT each, in the caller's scope."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from chassis.authz.scope import caller, organization_condition, shape
from chassis.call import Call
from chassis.database.connection import Compiled, Database, mapping
from chassis.errors import NotFoundError
from chassis.resources.filtering import Filtering
from chassis.resources.paging import MOST_COUNTED, Key, Page, Pager, after, key_values, order_keys, page_size
from chassis.resources.resource import Resource
from chassis.resources.valued import ValueOrder


@dataclass(frozen=True)
class ListQuery:
    """What a list asks for, as the request has it."""

    filter: str = ""
    order_by: str = ""
    page_size: int = 0
    page_token: str = ""
    show_deleted: bool = False
    skip_total: bool = False


@dataclass(frozen=True)
class ListAnswer:
    """A page of rows."""

    rows: list[Mapping[str, Any]]
    next_page_token: str
    total: int


class Query:
    """Reads one resource."""

    def __init__(self, resource: Resource, database: Database, pager: Pager) -> None:
        self.resource = resource
        self._database = database
        self._pager = pager
        self._filtering = Filtering(resource)
        # Get's statements by their form: compiling one costs more than running it.
        self._compiled: dict[Any, Compiled] = {}

    def get(
        self, call: Call, record_id: uuid.UUID, *, operation: str = "view", deleted: bool = False
    ) -> Mapping[str, Any]:
        """One row in scope. Raises NotFoundError, the same for a row that is not there and one out of scope."""
        further = self.resource.hooks.reach_shape(call)
        form = (shape(call, self.resource.module, operation), operation, deleted, further)
        if form not in self._compiled:
            wanted = self.resource.table.c.id == sa.bindparam("wanted_id", type_=sa.Uuid)
            statement = sa.select(*self.resource.columns).where(
                *self.conditions(call, operation, deleted=deleted), wanted
            )
            self._compiled[form] = self._database.compile(statement)
        rows = self._database.run(call, self._compiled[form], {**caller(call), "wanted_id": record_id})
        if not rows:
            raise NotFoundError
        return rows[0]

    def batch(
        self, call: Call, record_ids: Sequence[uuid.UUID], *, deleted: bool = False, skip_missing: bool = False
    ) -> list[Mapping[str, Any]]:
        """Rows in scope, in the order of the ids. Raises NotFoundError when one is not among them, or leaves it out."""
        statement = sa.select(*self.resource.columns).where(
            *self.conditions(call, "view", deleted=deleted), self.resource.table.c.id.in_(record_ids)
        )
        found = {row.id: mapping(row) for row in self._database.read(call, statement)}
        if len(found) != len(set(record_ids)) and not skip_missing:
            raise NotFoundError
        return [found[record_id] for record_id in record_ids if record_id in found]

    def page(self, call: Call, query: ListQuery) -> ListAnswer:
        """A page. The first page counts, to 10,001; the later ones carry that number on."""
        hidden = call.access.hidden(self.resource.module)
        keys = order_keys(self.resource, self.resource.definitions(call.organization), query.order_by, hidden)
        matching = [
            *self.conditions(call, "view", deleted=query.show_deleted),
            *self.filter(call, query.filter),
        ]
        mark = call.access.mark(self.resource.module)
        identity = f"{self.resource.type}\0{mark}\0{query.filter}\0{query.order_by}\0{query.show_deleted}"
        size = page_size(query.page_size)
        page = self._pager.read(call, identity, query.page_token) if query.page_token else None
        counted: sa.ColumnElement[Any] = sa.literal(page.total if page else 0)
        if page is None and not query.skip_total:
            some = sa.select(sa.literal(1)).select_from(self.resource.table).where(*matching).limit(MOST_COUNTED)
            counted = sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery()
        selected = [*self.resource.columns, counted.label("total_")]
        by_value = ValueOrder.of(self.resource, self.resource.definitions(call.organization), query.order_by)
        if by_value is not None:
            read, start = partial(self._database.read, call), page.values if page else None
            rows = by_value.rows(read, selected, matching, start, size + 1)
        else:
            rows = self._database.read(call, _ordered(selected, matching, keys, page).limit(size + 1))
        total = rows[0].total_ if rows else 0
        token = ""
        if len(rows) > size:
            rows = rows[:size]
            token = self._pager.token(call, identity, key_values(rows[-1], len(keys)), total)
        return ListAnswer([mapping(row) for row in rows], token, total)

    def search(self, call: Call, words: str, limit: int) -> list[Mapping[str, Any]]:
        """The newest rows that hold all the words."""
        statement = (
            sa.select(*self.resource.columns)
            .where(*self.conditions(call, "view", deleted=False), self._filtering.words(call, words))
            .order_by(self.resource.table.c.create_time.desc())
            .limit(limit)
        )
        return [mapping(row) for row in self._database.read(call, statement)]

    def conditions(self, call: Call, operation: str | None, *, deleted: bool) -> list[sa.ColumnElement[bool]]:
        """Organization, scope and reach of the operation if any and, unless deleted ones are wanted, not deleted."""
        table = self.resource.table
        found: list[sa.ColumnElement[bool]] = [organization_condition(call, table.c.org_id), *self.resource.share()]
        if operation and self.resource.owned and call.access.scope(self.resource.module, operation) != "all":
            found.append(self.resource.reached(call, operation))
        if operation:
            found += self.resource.hooks.reach(call)
        if not deleted:
            found.append(table.c.delete_time.is_(None))
        return found

    def filter(self, call: Call, text: str) -> list[sa.ColumnElement[bool]]:
        """The condition of a filter; none for an empty one. Raises FilterError."""
        return self._filtering.conditions(call, text)


def _ordered(
    selected: Sequence[Any], matching: Sequence[sa.ColumnElement[bool]], keys: Sequence[Key], page: Page | None
) -> sa.Select[Any]:
    return (
        sa.select(*selected, *(key.expression for key in keys))
        .where(*matching, *([after(list(keys), page.values)] if page else []))
        .order_by(*(key.expression.desc() if key.descending else key.expression.asc() for key in keys))
    )
