"""The tree a filter is parsed to: small, frozen, free of any resource's fields.

Node   = And | Or | Not | Comparison | Search | Condition
Value  = Literal | Call
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A text as written, split at its unescaped `*`: `("foo", "")` is `foo*`."""

    parts: tuple[str, ...]
    quoted: bool
    position: int

    @property
    def text(self) -> str:
        """As written, without quotes and escapes."""
        return "*".join(self.parts)

    @property
    def is_pattern(self) -> bool:
        """It has a wildcard."""
        return len(self.parts) > 1

    @property
    def is_star(self) -> bool:
        """It is a wildcard and nothing else: presence."""
        return self.parts == ("", "")


@dataclass(frozen=True, slots=True)
class Shift:
    """A signed number of `s m h d w mo y` added to a date or time."""

    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function and, for a date, what is added to it: `today() - 30d`."""

    name: str
    arguments: "tuple[Value, ...]"
    shifts: tuple[Shift, ...]
    position: int


Value = Literal | Call


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, one of `= != < <= > >= :`, and what it is compared with."""

    path: tuple[str, ...]
    operator: str
    value: Value
    position: int

    @property
    def field(self) -> str:
        """The name as the resource gives it: `external_ids.erp`."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Search:
    """A bare word: it may stand in any searched field."""

    value: Literal


@dataclass(frozen=True, slots=True)
class Condition:
    """A function that is true or false of a record: `search("张伟")`."""

    call: Call


@dataclass(frozen=True, slots=True)
class Not:
    """True where `part` is not."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """True where all parts are; without parts, always."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """True where any part is."""

    parts: "tuple[Node, ...]"


Node = And | Or | Not | Comparison | Search | Condition
EVERYTHING = And(())
"""The tree of an empty filter."""
