"""A resource's declaration, and what is compiled from it once at start-up."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.authz.organization import Definitions, Organization
from chassis.authz.scope import owner_condition
from chassis.call import Call
from chassis.contract import STANDARD_FIELDS, OwnModule, ResourceContract, contract_of
from chassis.database.connection import Transaction
from chassis.resources.fields import Binding
from chassis.text import search_text


@dataclass
class Draft:
    """A row about to be written. Hooks may change `values`; the engine finds out what differs from `before`."""

    id: uuid.UUID
    # Column → value of the whole row as it is to be.
    values: dict[str, Any]
    # The row as it was; None when it is new.
    before: Mapping[str, Any] | None = None
    # Fields the caller set, by name; `custom.<key>` for custom ones.
    given: frozenset[str] = frozenset()
    # Values of INPUT_ONLY fields, which have no column.
    inputs: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Draft":
        """A row that is there, before anything of it is changed."""
        values = dict(row)
        for name in ("external_ids", "custom"):
            if name in values:
                values[name] = dict(values[name] or {})
        return cls(row["id"], values, row)

    @property
    def is_new(self) -> bool:
        """Whether there was no row before."""
        return self.before is None

    def changed(self, column: str) -> bool:
        """Whether the column's value is another than before."""
        return self.before is None or self.before[column] != self.values.get(column)


class Hooks:
    """What is special about a resource. Every hook takes a list: imports write hundreds of rows at once."""

    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Defaults and rules, before the rows are written. Raise InvalidArgumentError or PreconditionError."""

    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """What must follow in the same transaction; the rows are written."""

    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Before rows are marked deleted. Raise PreconditionError to refuse."""

    def merging(self, transaction: Transaction, survivor: Draft, others: Sequence[Mapping[str, Any]]) -> None:
        """Before records become one; the survivor holds what it will. Raise PreconditionError to refuse."""

    def moving(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Before rows that referred to a merged record refer to its survivor: settle what cannot stand beside it."""

    def reach(self, call: Call) -> list[sa.ColumnElement[bool]]:
        """What beside the data scope limits the rows that a caller reaches, whatever the operation.

        Statements are compiled once: the caller is in it by `caller_…` names alone (`chassis.authz.scope`), and
        constants are written out.
        """
        return []

    def reach_shape(self, call: Call) -> tuple[object, ...]:
        """What the form of `reach` depends on."""
        return ()


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource: `Resource(accounts_pb2.Account, accounts)` is a complete declaration."""

    kind: type[Message]
    table: sa.Table
    hooks: Hooks = field(default_factory=Hooks)
    # Order of lists where the caller names none.
    default_order: str = "create_time desc"
    # Of a module that organizations make: its contract, and its records' share of the table.
    own: OwnModule | None = None

    @cached_property
    def contract(self) -> ResourceContract:
        """The contract."""
        return self.own or contract_of(self.kind)

    def share(self, table: sa.FromClause | None = None) -> list[sa.ColumnElement[bool]]:
        """Which rows of its table (or of an alias) are its records: all, but where modules share a table."""
        columns = (self.table if table is None else table).c
        # Written out, since statements are compiled once; the name is of letters, digits and `_` alone.
        return [columns.module == sa.literal_column(f"'{self.module}'", sa.Text)] if self.own else []

    @property
    def module(self) -> str:
        """Such as `accounts`."""
        return self.contract.module

    @property
    def type(self) -> str:
        """Such as `customers.Account`."""
        return self.contract.type

    @property
    def owned(self) -> bool:
        """Whether records belong to users."""
        return self.contract.options.owned

    @property
    def has_custom(self) -> bool:
        """Whether organizations add fields."""
        return self.contract.options.custom_fields

    @cached_property
    def shared_with(self) -> list[str]:
        """Fields whose users count as the owner does."""
        return list(self.contract.options.shared_with)

    def reached(self, call: Call, operation: str) -> sa.ColumnElement[bool]:
        """The rows of an owned resource that an operation reaches for this caller."""
        columns = self.table.c
        shared = [columns[name] for name in self.shared_with]
        return owner_condition(call, self.module, operation, columns.owner_id, shared)

    @cached_property
    def bindings(self) -> dict[str, Binding]:
        """The resource's own fields (with `owner_id`), by name; standard ones are the engine's."""
        return {
            name: Binding(contract) for name, contract in self.contract.fields.items() if name not in STANDARD_FIELDS
        }

    def definitions(self, organization: Organization) -> Definitions:
        """The organization's own fields of this resource, by key."""
        return organization.definitions(self.module) if self.has_custom else {}

    @cached_property
    def _empty(self) -> dict[str, Any]:
        values: dict[str, Any] = {"delete_time": None, "version": 1, "created_by": None}
        for binding in self.bindings.values():
            values |= binding.check(None) if binding.columns else {}
        return values

    def empty_row(self) -> dict[str, Any]:
        """The columns of a new record with nothing in them."""
        values = {name: list(value) if isinstance(value, list) else value for name, value in self._empty.items()}
        values["external_ids"] = {}
        if self.has_custom:
            values["custom"] = {}
        if self.own:
            values["module"] = self.module
        return values

    @cached_property
    def columns(self) -> list[sa.Column[Any]]:
        """Columns of a whole record: all but those the engine derives."""
        derived = {"search_text", "org_id", "field_versions"} | {
            binding.sort_column for binding in self.bindings.values()
        }
        return [column for column in self.table.columns if column.name not in derived]

    @cached_property
    def stored(self) -> list[tuple[str, tuple[str, ...]]]:
        """Fields that have columns, each with them."""
        return [(name, binding.columns) for name, binding in self.bindings.items() if binding.columns]

    @cached_property
    def references(self) -> dict[str, str]:
        """Field → type it refers to."""
        return {name: found.contract.reference for name, found in self.bindings.items() if found.contract.reference}

    @cached_property
    def line_references(self) -> dict[str, str]:
        """`<field>.<field of its lines>` → type it refers to."""
        return {
            f"{name}.{inner.name}": inner.reference
            for name, binding in self.bindings.items()
            for inner in binding.contract.lines.values()
            if inner.reference
        }

    @cached_property
    def searched(self) -> list[str]:
        """Names of the fields whose text is searched."""
        return [name for name, found in self.bindings.items() if found.contract.options.searchable]

    @cached_property
    def _sorted(self) -> list[Binding]:
        return [found for found in self.bindings.values() if found.sort_column]

    def derived(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """`search_text` and the ordering keys of a row."""
        found: dict[str, Any] = {"search_text": search_text(self.searched_texts(row))}
        for binding in self._sorted:
            found.update(binding.derived(row))
        return found

    def searched_texts(self, row: Mapping[str, Any]) -> Iterator[str]:
        """What the search finds a row by."""
        for name in self.searched:
            yield from self.bindings[name].texts(row)

    def title(self, row: Mapping[str, Any]) -> str:
        """What names the row to a person."""
        return str(row.get(self.contract.options.title) or "")
