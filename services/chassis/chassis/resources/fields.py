"""A field of a resource, bound to its columns: between message and row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from google.protobuf.message import Message

from chassis.database.schema import currency_column, sort_column
from chassis.fieldcontract import MessageField
from chassis.resources import lines
from chassis.resources.kinds import KINDS, Kind
from chassis.text import sort_key

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Binding:
    """One field of a resource, bound to its columns."""

    contract: MessageField

    @property
    def name(self) -> str:
        """Its name."""
        return self.contract.name

    @property
    def kind(self) -> str:
        """The contract's kind."""
        return self.contract.kind

    @property
    def rules(self) -> Kind:
        """What holds for fields of its kind."""
        return KINDS[self.kind]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns that hold the value, the value's own first; keys derived from it are not among them."""
        if self.contract.input_only:
            return ()
        return (self.name, currency_column(self.name)) if self.kind == "money" else (self.name,)

    @cached_property
    def sort_column(self) -> str | None:
        """Column with the ordering key of a sortable text."""
        is_text = self.contract.descriptor.type == self.contract.descriptor.TYPE_STRING
        plain = is_text and not self.contract.reference and not self.contract.descriptor.is_repeated
        return sort_column(self.name) if plain and self.contract.options.sortable else None

    def is_set(self, message: Message) -> bool:
        """Whether the message carries a value: present, or not the default where presence is not tracked."""
        if self.contract.descriptor.has_presence:
            return message.HasField(self.name)
        return bool(getattr(message, self.name))

    def read(self, message: Message) -> dict[str, Any]:
        """The columns' values from a message. Raises InvalidValue."""
        value = getattr(message, self.name) if self._given(message) else None
        if self.kind == "lines":
            return self.check(lines.read(self.contract, value))
        return self.check(self.rules.read(self.contract, value))

    def _given(self, message: Message) -> bool:
        return not self.contract.descriptor.has_presence or message.HasField(self.name)

    def check(self, value: Any) -> dict[str, Any]:
        """Column values for a Python value (money: an (amount, currency) pair), normalised. Raises InvalidValue."""
        if value is None:
            if self.kind == "money":
                return dict.fromkeys(self.columns)
            return {self.name: self._absent()}
        if self.kind == "lines":
            return {self.name: lines.check(self.contract, value)}
        if self.kind == "money":
            return dict(zip(self.columns, self.rules.check(self.contract, value), strict=True))
        return {self.name: self.rules.check(self.contract, value)}

    def _absent(self) -> Any:
        if self.contract.descriptor.is_repeated:
            return []
        if self.kind == "boolean":
            return False
        if self.kind in ("integer", "percent") and not self.contract.descriptor.has_presence:
            return 0
        return None

    def derived(self, row: Row) -> dict[str, Any]:
        """The ordering key, where the field has one."""
        return {self.sort_column: sort_key(row.get(self.name))} if self.sort_column else {}

    def texts(self, row: Row) -> Iterable[str]:
        """What is searched of a row."""
        value = row.get(self.name)
        if not value:
            return ()
        return lines.texts(self.contract, value) if self.kind == "lines" else (value,)

    def is_empty(self, row: Row) -> bool:
        """Whether a row holds no value; 0 and false are values."""
        return row.get(self.name) in (None, "", [])
