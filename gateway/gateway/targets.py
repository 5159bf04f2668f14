"""Which services answer: the one whose contract it is or, of a contract that every service implements, the ones that
the request names by module or id. The contract says which field does (`guanxi.options.v1.method`).
"""

from collections.abc import Iterable

from google.protobuf.message import Message

from chassis.contract import resource_options, service_names
from gateway.errors import RefusedError, RequestError, Violation
from gateway.transcoding.bindings import Binding
from gateway.transcoding.catalog import Catalog


class Targets:
    """What the contracts say of modules and their owners."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._importing = {
            catalog.owners[module]
            for module, message in catalog.resources.items()
            if resource_options(message).importable
        }

    def of(self, binding: Binding, request: Message) -> str:
        """The service; raises RequestError or RefusedError when the request names none."""
        if binding.service:
            return binding.service
        field = binding.options.module_field
        return self.of_module(getattr(request, field), field) if field else of_id(request.id)  # type: ignore[attr-defined]

    def of_module(self, module: str, field: str = "module") -> str:
        """The owner of a module."""
        if not module:
            raise RequestError(Violation(field, "REQUIRED"))
        owner = self._catalog.owner(module)
        if owner is None:
            raise RequestError(Violation(field, "UNKNOWN_MODULE", {"value": module[:100]}))
        return owner

    def of_modules(self, modules: Iterable[str], field: str) -> tuple[str, ...]:
        """The owners of several modules."""
        return tuple(sorted({self.of_module(module, field) for module in modules}))

    def concerned(self, binding: Binding) -> tuple[str, ...]:
        """Whom a question without a module is put to."""
        owners = self._importing if binding.options.fan_out.importable else set(self._catalog.owners.values())
        return tuple(sorted(owners))


def of_id(identifier: str) -> str:
    """`service_desk-0190…` → `service_desk`; an id that names no service is not found."""
    service = identifier.partition("-")[0]
    if service not in service_names():
        raise RefusedError(404, "UNKNOWN_JOB")
    return service
