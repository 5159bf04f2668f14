"""Everything the installed contracts say: bindings of all RPCs, and which service owns which module.

This is the one table that routes, OpenAPI and the shared services are made from.
"""

from functools import cached_property

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor

from chassis.contract import (
    is_own_module,
    load_contracts,
    own_modules,
    permission_of,
    resource_options,
    service_of,
)
from gateway.transcoding.bindings import Binding, Rpc, Rule
from gateway.transcoding.decode import Decoders
from gateway.transcoding.encode import Encoders
from gateway.transcoding.routes import Template, TemplateError

_VERBS = ("get", "put", "post", "delete", "patch")


class Catalog:
    """The contracts, compiled. Building it takes some 100 ms; there is one a process."""

    def __init__(self) -> None:
        self.encoders = Encoders()
        self.decoders = Decoders()
        self.files = list(load_contracts())
        self.methods: list[MethodDescriptor] = [
            method for file in self.files for service in file.services_by_name.values() for method in service.methods
        ]
        self.bindings: list[Binding] = [binding for method in self.methods for binding in self._bindings(method)]

    @cached_property
    def by_method(self) -> dict[str, Binding]:
        """The first binding of each RPC that has a route, by full name."""
        found: dict[str, Binding] = {}
        for binding in self.bindings:
            found.setdefault(binding.method.full_name, binding)
        return found

    def _bindings(self, method: MethodDescriptor) -> list[Binding]:
        options = method.GetOptions()
        if not options.HasExtension(annotations_pb2.http):
            return []
        permission = permission_of(method)
        if not permission or permission == "service":
            return []  # undeclared is denied; what only services may call has no business here
        rule = options.Extensions[annotations_pb2.http]
        return [
            Binding(method, _rule(one), permission, self.encoders, self.decoders)
            for one in (rule, *rule.additional_bindings)
        ]

    @cached_property
    def resources(self) -> dict[str, Descriptor]:
        """Resource messages by module, such as `accounts`."""
        found: dict[str, Descriptor] = {}
        for file in self.files:
            for message in file.message_types_by_name.values():
                options = resource_options(message)
                if options.module and not options.own_modules:
                    found[options.module] = message
        return found

    @cached_property
    def owners(self) -> dict[str, str]:
        """Service by module: `accounts` → `customers`. Whose the modules are that organizations make, `owner` knows."""
        return {module: service_of(message.file.package) for module, message in self.resources.items()}

    def owner(self, module: str) -> str | None:
        """The service of a module, ours or one that an organization may have made; None where there can be none."""
        return own_modules().service if is_own_module(module) else self.owners.get(module)

    @cached_property
    def modules(self) -> dict[str, str]:
        """Module by the type of its records: `customers.Account` → `accounts`."""
        return {resource_options(message).type: module for module, message in self.resources.items()}

    @cached_property
    def _rpcs(self) -> dict[str, Rpc]:
        return {method.full_name: Rpc.of(method) for method in self.methods}

    def rpc(self, full_name: str) -> Rpc:
        """By full name, such as `guanxi.search.v1.SearchService.Search`."""
        return self._rpcs[full_name]


def _rule(rule: http_pb2.HttpRule) -> Rule:
    verb = rule.WhichOneof("pattern")
    if verb not in _VERBS or rule.response_body:
        raise TemplateError(f"unsupported HTTP rule: {rule}")
    return Rule(verb.upper(), Template.parse(getattr(rule, verb)), rule.body)
