"""Each field and parameter of each route refuses what it cannot hold, and is named in the refusal."""

import json
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from gateway.errors import RequestError
from gateway.transcoding.bindings import Binding, Incoming
from gateway.transcoding.catalog import Catalog

BINDINGS = {f"{one.rule.http_method} {one.rule.template.public}": one for one in Catalog().bindings}
ANY_TEXT = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
WRONG: list[Any] = [{"x": 1}, [[1]], True, "☃", 1.5, 10**23]
FITS = 2  # of these at most that many are a value of any one type: a number is a decimal, too


def violations(binding: Binding, query: bytes = b"", body: bytes = b"") -> list[str]:
    """Fields that the request is refused for; none when it is taken."""
    values = tuple("x" for _ in binding.rule.template.variables)
    try:
        binding.request(Incoming(values, query, body))
    except RequestError as error:
        return [one.field for one in error.violations]
    return []


@pytest.mark.parametrize("route", [name for name, binding in BINDINGS.items() if binding.rule.body])
def test_a_value_of_another_type_is_refused(route: str) -> None:
    """Whatever a field takes, objects, lists, flags, texts and numbers that it does not take are 400 at its path."""
    binding = BINDINGS[route]
    assert binding.body_type is not None
    for field in binding.body_type.fields:
        if field.name in binding.rule.template.variables:
            continue
        found = [violations(binding, body=json.dumps({field.name: one}).encode()) for one in WRONG]
        refused = [paths for paths in found if paths]
        assert len(refused) >= len(WRONG) - FITS, (field.name, found)
        for paths in refused:
            assert all(path.startswith(field.name) for path in paths), (field.name, paths)


@pytest.mark.parametrize("route", BINDINGS)
def test_a_parameter_of_another_type_is_refused(route: str) -> None:
    """A text where a number, a flag or a choice is expected is 400, and so is a parameter that nobody knows."""
    binding = BINDINGS[route]
    for name, field in binding.query.fields.items():
        mask = field.message_type is not None and field.message_type.name == "FieldMask"
        if field.type not in ANY_TEXT and not mask:
            assert violations(binding, query=f"{name}=%E2%98%83".encode()) == [name]
    assert violations(binding, query=b"no_such_parameter=1") == ["no_such_parameter"]
