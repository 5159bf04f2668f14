"""What one caller may do: their roles' grants united, for one organization.

A grant names a module, an operation and a scope. Several roles unite: the widest scope wins, and a field is hidden or
read-only only where every role that may view the module says so.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from chassis.contract import all_modules

SCOPES = ("own", "team", "tree", "all")
OPERATIONS = ("view", "create", "edit", "delete", "import", "export", "assign", "merge", "administer")


@dataclass(frozen=True)
class Access:
    """Grants of one caller. Build it with `of` or `everything`."""

    grants: dict[tuple[str, str], str] = field(default_factory=dict)
    hidden_fields: frozenset[tuple[str, str]] = frozenset()
    read_only_fields: frozenset[tuple[str, str]] = frozenset()
    teams: tuple[uuid.UUID, ...] = ()
    unlimited: bool = False
    # Version of the snapshot that this was made from.
    version: int = 0
    # The modules that the organization made.
    own_modules: tuple[str, ...] = ()
    # Of a program: what of the grants it may use, as `<module>.<operation>` with `*` for any; each narrows further.
    narrowings: tuple[frozenset[str], ...] = ()

    @classmethod
    def everything(cls) -> "Access":
        """The system's own access."""
        return cls(unlimited=True)

    @classmethod
    def nothing(cls) -> "Access":
        """The access of somebody unknown."""
        return cls()

    @classmethod
    def of(
        cls,
        roles: Iterable[tuple[Iterable[tuple[str, str, str]], Iterable[tuple[str, str, str]]]],
        teams: Iterable[uuid.UUID],
        version: int,
        own_modules: Iterable[str] = (),
    ) -> "Access":
        """Unite roles, each given as its grants (module, operation, scope) and field rules (module, field, access)."""
        grants: dict[tuple[str, str], str] = {}
        ruled: list[tuple[dict[tuple[str, str], str], set[str]]] = []
        for role_grants, rules in roles:
            viewed = set()
            for module, operation, scope in role_grants:
                key = (module, operation)
                if scope in SCOPES and SCOPES.index(scope) >= SCOPES.index(grants.get(key, "own")):
                    grants[key] = scope
                if operation in ("view", "*"):
                    viewed.add(module)
            ruled.append(({(module, name): access for module, name, access in rules}, viewed))
        hidden, read_only = set(), set()
        for key in {key for rules_of, _ in ruled for key in rules_of}:
            verdicts = [rules_of.get(key, "") for rules_of, viewed in ruled if viewed & {key[0], "*"}]
            if verdicts and all(verdict == "hidden" for verdict in verdicts):
                hidden.add(key)
            elif verdicts and all(verdicts):
                read_only.add(key)
        return cls(
            grants,
            frozenset(hidden),
            frozenset(read_only),
            tuple(teams),
            version=version,
            own_modules=tuple(own_modules),
        )

    def narrowed(self, permissions: Iterable[str]) -> "Access":
        """The same, of these permissions alone; no narrowing where there are none."""
        named = frozenset(permissions)
        return replace(self, narrowings=(*self.narrowings, named)) if named else self

    def scope(self, module: str, operation: str) -> str | None:
        """How far an operation reaches: `own`, `team`, `tree`, `all`, or None where it is not allowed."""
        if self.unlimited:
            return "all"
        for named in self.narrowings:
            if named.isdisjoint((f"{module}.{operation}", f"{module}.*", f"*.{operation}", "*.*")):
                return None
        found = [
            self.grants[key]
            for key in ((module, operation), (module, "*"), ("*", operation), ("*", "*"))
            if key in self.grants
        ]
        return max(found, key=SCOPES.index) if found else None

    def allows(self, permission: str) -> bool:
        """Whether `<module>.<operation>` is allowed at all."""
        module, _, operation = permission.partition(".")
        return self.scope(module, operation) is not None

    def reaches(self, module: str, operation: str) -> bool:
        """Whether what its maker did with a module is open to them: to a program that was narrowed only by that right."""
        return not self.narrowings or self.scope(module, operation) is not None

    @cached_property
    def modules_reached(self) -> list[str]:
        """Of a program that was narrowed: the modules that it views. Of anybody else none are named."""
        if not self.narrowings:
            return []
        return sorted(module for module in (*all_modules(), *self.own_modules) if self.reaches(module, "view"))

    def mark(self, module: str) -> str:
        """Changes when what the caller sees of a module may have: part of page tokens and cursors.

        Who sees own or all records sees the same whatever else changes; a team's view follows every change of teams.
        """
        scope = self.scope(module, "view")
        changing = str(self.version) if scope in ("team", "tree") else ""
        text = "\0".join([str(scope), changing, *sorted(self.hidden(module))])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def hidden(self, module: str) -> frozenset[str]:
        """Fields of a module that the caller does not see."""
        return frozenset(name for of, name in self.hidden_fields if of == module)

    def read_only(self, module: str) -> frozenset[str]:
        """Fields of a module that the caller does not change; the hidden ones are among them."""
        return self.hidden(module) | {name for of, name in self.read_only_fields if of == module}
