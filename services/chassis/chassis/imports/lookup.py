"""Which record a text means: by id, external id, e-mail or title, among those the importer may see.

Records of this service are looked up in its tables, users, teams and roles of others in the snapshot, everything
else in the local `ref` copy. Titles are compared without letter case.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from chassis import ids
from chassis.authz.organization import IN_SNAPSHOT, Organization
from chassis.authz.scope import owner_condition
from chassis.contract import resource_of
from chassis.database.connection import Transaction
from chassis.database.schema import external_ids, refs, sort_column
from chassis.resources.resource import Resource
from chassis.text import Candidates, fold, sort_key

_MOST_TITLES = 20_000
UNKNOWN = "UNKNOWN_REFERENCE"


@dataclass(slots=True)
class Found:
    """What a text means: a record, or the code of what is wrong with it."""

    target: uuid.UUID | None = None
    state: str = ""


@dataclass
class Lookup:
    """Looks up texts for one field's target type. `within` narrows titles: a stage's pipeline."""

    kind: str
    organization: Organization
    local: Mapping[str, Resource]
    within: Mapping[str, uuid.UUID] = field(default_factory=dict)
    _titles: Candidates | None = None

    def find(self, transaction: Transaction, texts: Sequence[str]) -> dict[str, Found]:
        """Text → record, for the texts that mean one or several; the others are missing."""
        if self.kind in self.local:
            return self._local(transaction, texts)
        if self.kind in IN_SNAPSHOT:
            return self._snapshot(texts)
        return self._foreign(transaction, texts)

    def suggest(self, transaction: Transaction, text: str) -> str:
        """The title of the record that was probably meant; empty when none is near."""
        if self._titles is None:
            self._titles = Candidates(self._all_titles(transaction))
        return self._titles.nearest(text) or ""

    # this service's own records

    def _conditions(self, transaction: Transaction, resource: Resource) -> list[sa.ColumnElement[bool]]:
        call, table = transaction.call, resource.table
        found = [table.c.org_id == call.org_id, *resource.share(), table.c.delete_time.is_(None)]
        if resource.owned:
            found.append(resource.reached(call, "view"))
        return found

    def _narrowed(self, resource: Resource) -> list[sa.ColumnElement[bool]]:
        return [resource.table.c[name] == value for name, value in self.within.items()]

    def _local(self, transaction: Transaction, texts: Sequence[str]) -> dict[str, Found]:
        resource = self.local[self.kind]
        table, title = resource.table, resource.contract.options.title
        conditions = self._conditions(transaction, resource)
        by_title = {sort_key(text): text for text in texts}
        key = table.c.get(sort_column(title))
        matching = key.in_(by_title) if key is not None else sa.func.casefold(table.c[title]).in_(map(fold, texts))
        order = [table.c[name] for name in ("position", "create_time") if name in table.c]
        narrowed = self._narrowed(resource)
        rows = transaction.execute(
            sa.select(table.c.id, table.c[title].label("title"))
            .where(*conditions, *narrowed, matching)
            .order_by(*order)
        )
        found = _by_title(texts, ((row.title, row.id) for row in rows))
        self._by_email(transaction, resource, conditions, texts, found)
        self._by_external(transaction, resource, conditions, texts, found)
        wanted = {target: text for text in texts if (target := ids.parse(text)) is not None}
        if wanted:
            for target in transaction.execute(
                sa.select(table.c.id).where(*conditions, table.c.id.in_(wanted))
            ).scalars():
                found[wanted[target]] = Found(target)
        return found

    def _by_email(
        self,
        transaction: Transaction,
        resource: Resource,
        conditions: list[sa.ColumnElement[bool]],
        texts: Sequence[str],
        found: dict[str, Found],
    ) -> None:
        addresses = {fold(text): text for text in texts if "@" in text}
        if not addresses or "email" not in resource.table.c:
            return
        column = resource.table.c.email
        rows = transaction.execute(
            sa.select(resource.table.c.id, column).where(*conditions, sa.func.lower(column).in_(addresses))
        )
        for row in rows:
            found.setdefault(addresses.get(fold(row.email), ""), Found(row.id))

    def _by_external(
        self,
        transaction: Transaction,
        resource: Resource,
        conditions: list[sa.ColumnElement[bool]],
        texts: Sequence[str],
        found: dict[str, Found],
    ) -> None:
        missing = [text for text in texts if text not in found]
        if not missing or "external_ids" not in resource.contract.fields:
            return
        table = resource.table
        rows = transaction.execute(
            sa.select(external_ids.c.external_id, external_ids.c.record_id)
            .join(table, sa.and_(table.c.org_id == external_ids.c.org_id, table.c.id == external_ids.c.record_id))
            .where(
                external_ids.c.org_id == transaction.call.org_id,
                external_ids.c.module == resource.module,
                external_ids.c.external_id.in_(missing),
                *conditions,
            )
        )
        for row in rows:
            _add(found, row.external_id, row.record_id)

    # others' records

    def _foreign(self, transaction: Transaction, texts: Sequence[str]) -> dict[str, Found]:
        call = transaction.call
        conditions = [refs.c.org_id == call.org_id, refs.c.resource == self.kind]
        contract = resource_of(self.kind)
        if contract.options.owned:
            conditions.append(owner_condition(call, contract.module, "view", refs.c.owner_id))
        keys = {sort_key(text) for text in texts}
        rows = transaction.execute(
            sa.select(refs.c.title, refs.c.id).where(
                *conditions, refs.c.delete_time.is_(None), refs.c.merged_into.is_(None), refs.c.title_key.in_(keys)
            )
        )
        found = _by_title(texts, ((row.title, row.id) for row in rows))
        wanted = {target: text for text in texts if (target := ids.parse(text)) is not None}
        if wanted:
            for target in transaction.execute(sa.select(refs.c.id).where(*conditions, refs.c.id.in_(wanted))).scalars():
                found[wanted[target]] = Found(target)
        return found

    def _snapshot(self, texts: Sequence[str]) -> dict[str, Found]:
        found = _by_title(texts, self._members())
        emails = {}
        if self.kind == "identity.User":
            emails = {fold(item.email): item.id for item in self.organization.message.members if not item.deleted}
        known = {str(target) for _, target in self._members()}
        for text in texts:
            target = text if text in known else emails.get(fold(text)) if "@" in text else None
            if target:
                found[text] = Found(uuid.UUID(target))
        return found

    def _members(self) -> list[tuple[str, uuid.UUID]]:
        items = self.organization.records(self.kind).items()
        return [(item.name, key) for key, item in items if not getattr(item, "deleted", False)]

    def _all_titles(self, transaction: Transaction) -> list[str]:
        if self.kind in self.local:
            resource = self.local[self.kind]
            title = resource.table.c[resource.contract.options.title]
            conditions = [*self._conditions(transaction, resource), *self._narrowed(resource), title.is_not(None)]
            statement = sa.select(title).where(*conditions)
        elif self.kind in IN_SNAPSHOT:
            return [name for name, _ in self._members()][:_MOST_TITLES]
        else:
            statement = sa.select(refs.c.title).where(
                refs.c.org_id == transaction.call.org_id, refs.c.resource == self.kind, refs.c.delete_time.is_(None)
            )
            contract = resource_of(self.kind)
            if contract.options.owned:
                statement = statement.where(owner_condition(transaction.call, contract.module, "view", refs.c.owner_id))
        return list(transaction.execute(statement.limit(_MOST_TITLES)).scalars())


def _by_title(texts: Sequence[str], records: Iterable[tuple[str, uuid.UUID]]) -> dict[str, Found]:
    """Records by their titles, letter case aside; a title that several bear is AMBIGUOUS."""
    wanted: dict[str, list[str]] = {}
    for text in texts:
        wanted.setdefault(fold(text.strip()), []).append(text)
    found: dict[str, Found] = {}
    for title, target in records:
        for text in wanted.get(fold((title or "").strip()), ()):
            _add(found, text, target)
    return found


def _add(found: dict[str, Found], text: str, target: uuid.UUID) -> None:
    known = found.get(text)
    if known is None:
        found[text] = Found(target)
    elif known.target != target:
        found[text] = Found(None, "AMBIGUOUS")
