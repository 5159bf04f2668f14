"""What the contracts say of services, methods, resources and fields, read from the descriptors: for services and
gateway alike, so nothing here knows of databases.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from typing_extensions import override

import guanxi
from chassis.fieldcontract import CalledField, MessageField, label_of
from guanxi.identity.v1 import custom_modules_pb2
from guanxi.options.v1 import options_pb2

MessageClass = type[Message]
STANDARD_FIELDS = frozenset(
    ("id", "etag", "create_time", "update_time", "delete_time", "created_by", "external_ids", "custom")
)


def resource_options(message: Any) -> options_pb2.Resource:
    """`guanxi.options.v1.resource` of a message's descriptor."""
    extension: Any = options_pb2.resource
    found: options_pb2.Resource = message.GetOptions().Extensions[extension]
    return found


def method_options(method: MethodDescriptor) -> options_pb2.Method:
    """`guanxi.options.v1.method` of an RPC."""
    extension: Any = options_pb2.method
    found: options_pb2.Method = method.GetOptions().Extensions[extension]
    return found


def permission_of(method: MethodDescriptor) -> str:
    """The declared permission; empty when there is none, and then the method is denied."""
    extension: Any = options_pb2.permission
    return str(method.GetOptions().Extensions[extension])


def every_service(service: ServiceDescriptor) -> bool:
    """Whether each of our services implements this gRPC service, for its own modules."""
    extension: Any = options_pb2.every_service
    return bool(service.GetOptions().Extensions[extension])


def message_of(field: FieldDescriptor) -> Descriptor:
    """The message type of a field that has one."""
    found = field.message_type
    assert found is not None
    return found


@dataclass(frozen=True, eq=False)
class ResourceContract:
    """One resource: its message, and what its options say."""

    descriptor: Descriptor

    @cached_property
    def options(self) -> options_pb2.Resource:
        """What its options say."""
        return resource_options(self.descriptor)

    @property
    def type(self) -> str:
        """Such as `customers.Account`."""
        return self.options.type

    @property
    def module(self) -> str:
        """Such as `accounts`."""
        return self.options.module

    @property
    def service(self) -> str:
        """Such as `customers`."""
        return self.options.type.partition(".")[0]

    @property
    def collection(self) -> str:
        """The field of answers that holds the records, such as `accounts`; standard methods are named after it."""
        return resource_options(self.descriptor).module

    @property
    def plural_name(self) -> str:
        """Of the standard methods, such as `Accounts` in `ListAccounts`."""
        return "".join(part.capitalize() for part in self.collection.split("_"))

    @property
    def of_organization(self) -> bool:
        """Whether it is one of the modules that organizations make."""
        return False

    @cached_property
    def fields(self) -> dict[str, MessageField]:
        """Every field, by name."""
        return {field.name: MessageField(field) for field in self.descriptor.fields}

    @cached_property
    def message(self) -> MessageClass:
        """The generated class."""
        return message_factory.GetMessageClass(self.descriptor)

    @cached_property
    def grpc_service(self) -> ServiceDescriptor:
        """The service with the resource's standard methods, in the same file."""
        return self.descriptor.file.services_by_name[f"{self.descriptor.name}Service"]


OWN_PREFIX = "c_"
OWN_MODULE = re.compile(r"c_[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True, eq=False)
class OwnModule(ResourceContract):
    """A module that an organization made. Its name is all that it has in common with another's of the same name."""

    definition: custom_modules_pb2.CustomModule

    @cached_property
    @override
    def options(self) -> options_pb2.Resource:
        given, found = self.definition, options_pb2.Resource()
        found.CopyFrom(resource_options(self.descriptor))
        found.module = f"{OWN_PREFIX}{given.key}"
        found.type = f"{found.type.partition('.')[0]}.{found.module}"
        found.label.CopyFrom(label_of(given.label_zh, given.label_en, given.key))
        found.plural.CopyFrom(label_of(given.label_zh, given.plural_en or given.label_en, given.key))
        found.own_modules = False
        return found

    @cached_property
    @override
    def fields(self) -> dict[str, MessageField]:
        given = self.definition
        title = label_of(given.title_zh or "名称", given.title_en or "Name", "")
        return {
            field.name: CalledField(field, title) if field.name == self.options.title else MessageField(field)
            for field in self.descriptor.fields
        }

    @property
    @override
    def of_organization(self) -> bool:
        return True


@cache
def own_modules() -> ResourceContract:
    """What all modules that organizations make are of."""
    messages = (message for file in load_contracts() for message in file.message_types_by_name.values())
    return next(_contract(message.full_name) for message in messages if resource_options(message).own_modules)


def own_module(definition: custom_modules_pb2.CustomModule) -> OwnModule:
    """The module that an organization defined."""
    return OwnModule(own_modules().descriptor, definition)


@lru_cache(2000)
def _own_module(module: str) -> OwnModule:
    """One of this name, whoever's it is: without what it is called."""
    return own_module(custom_modules_pb2.CustomModule(key=module.removeprefix(OWN_PREFIX)))


def is_own_module(module: str) -> bool:
    """Whether a name is one of modules that organizations make; whether there is one, only they know."""
    return OWN_MODULE.fullmatch(module) is not None


def own_type(module: str) -> str:
    """`customers.c_project` for `c_project`."""
    return f"{own_modules().service}.{module}"


def find_module(module: str) -> ResourceContract | None:
    """The contract of a module's records, ours or one that organizations make (see `Organization.contract`)."""
    return _own_module(module) if is_own_module(module) else all_modules().get(module)


def find_resource(kind: str) -> ResourceContract | None:
    """The contract of a type: `customers.Account`, or `customers.c_project`."""
    service, _, name = kind.partition(".")
    if is_own_module(name):
        return _own_module(name) if service == own_modules().service else None
    return all_resources().get(kind)


def resource_of(kind: str) -> ResourceContract:
    """The same. Raises LookupError for a type that there is not."""
    found = find_resource(kind)
    if found is None:
        raise LookupError(kind)
    return found


def contract_of(message: MessageClass) -> ResourceContract:
    """The contract of a resource's message class."""
    return _contract(message.DESCRIPTOR.full_name)


@cache
def _contract(full_name: str) -> ResourceContract:
    return ResourceContract(descriptor_pool.Default().FindMessageTypeByName(full_name))


@cache
def load_contracts() -> tuple[Any, ...]:
    """Import every generated module; returns their file descriptors."""
    names = [info.name for info in pkgutil.walk_packages(guanxi.__path__, "guanxi.") if info.name.endswith("_pb2")]
    found = [importlib.import_module(name).DESCRIPTOR for name in names]
    return tuple(sorted(found, key=lambda file: str(file.name)))


@cache
def all_resources() -> dict[str, ResourceContract]:
    """Type → contract of every resource of ours, in every service."""
    found = {}
    for file in load_contracts():
        for descriptor in file.message_types_by_name.values():
            if descriptor.GetOptions().HasExtension(options_pb2.resource):
                contract = _contract(descriptor.full_name)
                found[contract.type] = contract
    return {kind: contract for kind, contract in found.items() if not contract.options.own_modules}


@cache
def all_modules() -> dict[str, ResourceContract]:
    """Module → contract of its records."""
    return {contract.module: contract for contract in all_resources().values()}


def all_methods() -> Iterator[MethodDescriptor]:
    """Every RPC of every service."""
    for file in load_contracts():
        for service in file.services_by_name.values():
            yield from service.methods


def service_of(package: str) -> str:
    """`guanxi.customers.v1` → `customers`."""
    return package.split(".")[1]


@cache
def shared_packages() -> frozenset[str]:
    """Packages of the contracts that every service implements, such as `imports`."""
    services = (service for file in load_contracts() for service in file.services_by_name.values())
    return frozenset(service_of(service.file.package) for service in services if every_service(service))


@cache
def service_names() -> tuple[str, ...]:
    """Every service, in alphabetical order, such as `service_desk`: the packages that hold RPCs of their own. Streams,
    addresses and databases are called after it.
    """
    packages = {service_of(file.package) for file in load_contracts() if file.services_by_name}
    return tuple(sorted(packages - shared_packages()))


def snake(name: str) -> str:
    """`BatchGetAccounts` → `batch_get_accounts`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


@cache
def grpc_service_of(full_name: str) -> ServiceDescriptor:
    """A gRPC service by its full name, such as `guanxi.sales.v1.OpportunityService`. Raises LookupError."""
    for file in load_contracts():
        for service in file.services_by_name.values():
            if service.full_name == full_name:
                found: ServiceDescriptor = service
                return found
    raise LookupError(full_name)
