"""Repairs: what a person corrected, put into rows in the order in which it was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.imports.staging import Staging
from chassis.imports.tables import import_repairs, import_rows


@dataclass(frozen=True)
class Repairs:
    """Repairs of one job, in order."""

    items: Sequence[Any]

    @classmethod
    def load(cls, transaction: Transaction, staging: Staging, *, after: int = 0) -> Self:
        """All repairs, or those after the one with an id."""
        table = import_repairs
        statement = sa.select(table).where(*staging.of(table), table.c.id > after).order_by(table.c.id)
        return cls(list(transaction.execute(statement)))

    @property
    def last(self) -> int:
        """The newest repair's id; 0 when there is none."""
        return self.items[-1].id if self.items else 0

    def apply(self, number: int, raw: dict[str, str]) -> tuple[dict[str, str], bool]:
        """A row with its repairs, and whether it is left out."""
        skip = False
        for item in self.items:
            if item.row not in (0, number):
                continue
            if item.row == 0 and raw.get(item.field, "") != item.value:
                continue
            if item.skip:
                skip = True
            elif item.replacement:
                raw[item.field] = item.replacement
            else:
                raw.pop(item.field, None)
        return raw, skip

    def affected(self, transaction: Transaction, staging: Staging) -> list[Any]:
        """Staged rows that a repair is for. A chain of repairs is followed: its values are all asked for."""
        rows = import_rows
        wanted = [rows.c.number.in_([item.row for item in self.items if item.row])]
        fields: dict[str, set[str]] = {}
        for item in self.items:
            if not item.row:
                fields.setdefault(item.field, set()).add(item.value)
        for field, values in fields.items():
            text = sa.func.coalesce(rows.c.raw.op("->>")(field), "")
            wanted.append(text.in_(values))
        statement = sa.select(rows.c.number, rows.c.raw, rows.c.skip, rows.c.problems)
        return list(transaction.execute(statement.where(*staging.of(rows), sa.or_(*wanted)).order_by(rows.c.number)))
