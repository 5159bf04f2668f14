"""The contracts: every RPC says who may call it, where it is in REST, and every visible field what it is called."""

import re

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor

from chassis.authz.access import OPERATIONS
from chassis.contract import ResourceContract, all_methods, all_resources, load_contracts, own_modules, permission_of
from chassis.errors import InvalidArgumentError
from chassis.texts import LANGUAGES, known, text
from identity.roles.rules import AREAS

SPECIAL = {"public", "self", "person", "service"}
# Reached through the gateway's own paths, or by services.
WITHOUT_ROUTE = {"FileService", "SearchService", "MessageService", "ControlPlaneService"}
METHODS = list(all_methods())


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_permission(method: MethodDescriptor) -> None:
    """Every RPC declares its permission: a module that exists with an operation that exists, or a special one."""
    permission = permission_of(method)
    if permission in SPECIAL:
        return
    module, _, operation = permission.partition(".")
    modules = {contract.module for contract in all_resources().values()} | AREAS.keys()
    if method.containing_service is own_modules().grpc_service:
        modules = {"{module}"}  # whichever of its own the organization has
    assert module in modules
    assert operation in OPERATIONS


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_route(method: MethodDescriptor) -> None:
    """Every RPC that programs call has a REST path below /api/v1."""
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    path = rule.get or rule.post or rule.patch or rule.delete
    if not path and (permission_of(method) == "service" or method.containing_service.name in WITHOUT_ROUTE):
        return
    assert re.match(r"/api/v1/([a-z_]+|\{module\})", path), method.full_name


@pytest.mark.parametrize(
    "contract", [*all_resources().values(), own_modules()], ids=lambda contract: str(contract.type)
)
def test_labels(contract: ResourceContract) -> None:
    """Every resource and each of its own fields has a name in Chinese and in English."""
    kind = contract.type
    labels = [contract.options.label, contract.options.plural]
    labels += [field.options.label for name, field in contract.fields.items() if field.descriptor.number >= 16]
    for label in labels:
        assert label.zh, kind
        assert label.en, kind
    for field in contract.fields.values():
        for choice in field.options.choices:
            assert choice.label.zh
            assert choice.label.en


def test_references() -> None:
    """Every reference names a resource that exists, and every title a field."""
    for contract in all_resources().values():
        assert contract.options.title in contract.fields
        for field in contract.fields.values():
            assert not field.reference or field.reference in all_resources(), field.name


def test_conditions() -> None:
    """What a field is asked for by is a choice of its resource, and the choices named are of it."""
    asked = [(contract, field) for contract in all_resources().values() for field in contract.fields.values()]
    found = [
        (contract.fields[field.options.when.field], field) for contract, field in asked if field.options.when.field
    ]
    assert {"url", "sender"} <= {field.name for _, field in found}
    for chosen, field in found:
        assert field.options.when.values, field.name
        assert set(field.options.when.values) <= set(chosen.choices), field.name


def test_modules_are_distinct() -> None:
    """No two resources share a module, and every generated file was found."""
    modules = [contract.module for contract in all_resources().values()]
    assert len(modules) == len(set(modules))
    assert len(load_contracts()) > 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts(language: str) -> None:
    """An error says what is wrong in the caller's language, with the field's name in it."""
    error = InvalidArgumentError.of("phone", "INVALID_PHONE")
    assert known("INVALID_PHONE")
    assert "phone" in error.describe(language)
    assert text("INVALID_PHONE", "zh", field="x") != text("INVALID_PHONE", "en", field="x")
