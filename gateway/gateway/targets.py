"""Which service answers. A resource's own RPCs: the service of their package. Contracts that every service
implements for its own resources (imports, exports, changes, files, search): this table.
"""

from typing import Any

from google.protobuf.message import Message

from gateway.errors import RefusedError, RequestError, Violation
from gateway.transcoding.bindings import Binding
from gateway.transcoding.catalog import SERVICES, SHARED, Catalog, service_of
from gateway.transcoding.options import resource_of

# Field of the request that names the module. Every other RPC of a shared contract goes by its id, `<service>-<uuid>`.
BY_MODULE = {
    "guanxi.changes.v1.ChangeService.ListChanges": "module",
    "guanxi.exports.v1.ExportService.CreateExport": "module",
    "guanxi.imports.v1.ImportService.CreateImport": "module",
    "guanxi.imports.v1.ImportService.ListImports": "module",
}
# Asked of all services when they name no module; see fanout.py.
EVERYWHERE = frozenset({"guanxi.imports.v1.ImportService.ListImports"})


class Targets:
    """The table, with what the contracts say of modules."""

    def __init__(self, catalog: Catalog) -> None:
        self._owners = catalog.owners
        self.searching = tuple(sorted(set(self._owners.values())))
        self.importing = tuple(
            sorted(
                {
                    self._owners[module]
                    for module, message in catalog.resources.items()
                    if resource_of(message).importable
                }
            )
        )

    def of(self, binding: Binding, request: Message) -> str:
        """The service; raises RequestError or RefusedError when the request names none."""
        service = service_of(binding.method.containing_service.file.package)
        if service not in SHARED:
            return service
        field = BY_MODULE.get(binding.method.full_name)
        if field is not None:
            return self.of_module(getattr(request, field), field)
        return of_id(str(getattr(request, "id")))  # noqa: B009 - the field is there by contract, not by type

    def of_module(self, module: str, field: str = "module") -> str:
        """The owner of a module."""
        if not module:
            raise RequestError(Violation(field, "REQUIRED"))
        if module not in self._owners:
            raise RequestError(Violation(field, "UNKNOWN_MODULE", {"name": module[:100]}))
        return self._owners[module]

    def of_modules(self, modules: Any) -> tuple[str, ...]:
        """The owners of several modules; everybody when there are none."""
        if not modules:
            return self.searching
        return tuple(sorted({self.of_module(module, "modules") for module in modules}))


def of_id(identifier: str) -> str:
    """`service_desk-0190…` → `service_desk`; an id that names no service is not found."""
    service = identifier.partition("-")[0]
    if service not in SERVICES:
        raise RefusedError(404, "UNKNOWN_JOB")
    return service
