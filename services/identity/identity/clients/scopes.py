"""Scopes of programs: `<module>.<operation>`, with `*` for any. They narrow what roles allow, and never add to it."""

from collections.abc import Iterable
from functools import cache

from chassis.authz.access import OPERATIONS
from chassis.contract import all_modules, is_own_module
from chassis.errors import Violation
from identity.roles.rules import AREAS

MOST = 200


@cache
def _modules() -> frozenset[str]:
    return frozenset(all_modules().keys() | AREAS.keys() | {"*"})


def is_scope(text: str) -> bool:
    """Whether a text names permissions that there are."""
    module, dot, operation = text.partition(".")
    return bool(dot) and (module in _modules() or is_own_module(module)) and operation in {*OPERATIONS, "*"}


def covers(scopes: Iterable[str], wanted: str) -> bool:
    """Whether one of these scopes contains all of another."""
    module, _, operation = wanted.partition(".")
    return not {wanted, f"{module}.*", f"*.{operation}", "*.*"}.isdisjoint(scopes)


def wrong_scopes(scopes: Iterable[str]) -> list[Violation]:
    """What is no scope."""
    listed = list(scopes)
    if len(listed) > MOST:
        return [Violation("scopes", "TOO_MANY", {"maximum": MOST})]
    return [
        Violation(f"scopes[{number}]", "UNKNOWN_SCOPE", {"value": text[:60]})
        for number, text in enumerate(listed)
        if not is_scope(text)
    ]
