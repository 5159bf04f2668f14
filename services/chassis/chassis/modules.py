"""A service's records by module, and its resources by type: ours, and those of modules that organizations make.

Those of organizations share one table and one contract, so whatever is compiled for a module of theirs is compiled by its
name: two organizations with a module of one name have it in common, and their rows and fields never are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from typing_extensions import override

from chassis.call import Call
from chassis.contract import OwnModule, find_resource, is_own_module, own_type
from chassis.resources.records import Records
from chassis.resources.resource import Resource

# Compiled modules that are kept; whichever was asked for longest ago goes, and is compiled again when it is needed.
MOST_KEPT = 500


class Types(Mapping[str, Resource]):
    """Type → resource. Iterated over, and counted, are our own types; `of` has the organization's, too."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        known = list(resources)
        self._ours = {resource.type: resource for resource in known if not resource.contract.options.own_modules}
        # What all modules that organizations make are of; None in services that keep no records of theirs.
        self.shared = next((resource for resource in known if resource.contract.options.own_modules), None)
        self._own = lru_cache(MOST_KEPT)(self._made)

    @override
    def __getitem__(self, kind: str) -> Resource:
        """By its name, whether or not the caller's organization has it."""
        return self._ours[kind] if kind in self._ours else self._own(kind)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._ours)

    @override
    def __len__(self) -> int:
        return len(self._ours)

    def of(self, call: Call) -> dict[str, Resource]:
        """All types that the caller's organization has in this service."""
        own = call.organization.modules.values() if self.shared is not None else ()
        return {**self._ours, **{contract.type: self._own(contract.type) for contract in own}}

    def _made(self, kind: str) -> Resource:
        contract = find_resource(kind) if self.shared is not None else None
        if self.shared is None or not isinstance(contract, OwnModule):
            raise KeyError(kind)
        return replace(self.shared, own=contract)


class Modules(Mapping[str, Records]):
    """Module → records of the same types."""

    def __init__(self, types: Types, records_of: Callable[[Resource], Records]) -> None:
        self._ours = {resource.module: records_of(resource) for resource in types.values()}
        self.shared = records_of(types.shared) if types.shared is not None else None
        self._own = lru_cache(MOST_KEPT)(lambda module: records_of(types[own_type(module)]))

    @override
    def __getitem__(self, module: str) -> Records:
        """By name, whether or not the caller's organization has it: see `find`."""
        if self.shared is not None and is_own_module(module):
            return self._own(module)
        return self._ours[module]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._ours)

    @override
    def __len__(self) -> int:
        return len(self._ours)

    def find(self, call: Call, module: str) -> Records | None:
        """The records of a module that the caller's organization has."""
        if is_own_module(module) and module not in call.organization.modules:
            return None
        return self.get(module)

    def of(self, call: Call) -> dict[str, Records]:
        """All modules that the caller's organization has in this service."""
        own = call.organization.modules if self.shared is not None else ()
        return {**self._ours, **{module: self._own(module) for module in own}}
