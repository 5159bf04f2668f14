"""The contracts' comments, where the contracts' package brings them.

Generated Python modules hold no comments; `guanxi/contracts.binpb`, a FileDescriptorSet with source information,
does. Without it descriptions come from labels alone.
"""

from importlib.resources import files

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

# Field numbers that paths of SourceCodeInfo are made of (google/protobuf/descriptor.proto).
_FILE_MESSAGE, _FILE_SERVICE = 4, 6
_MESSAGE_FIELD, _MESSAGE_NESTED = 2, 3
_SERVICE_METHOD = 2

Comments = dict[str, str]


def load() -> Comments:
    """Comment by full name of a service, method, message or field."""
    resource = files("guanxi") / "contracts.binpb"
    if not resource.is_file():
        return {}
    found: Comments = {}
    for file in FileDescriptorSet.FromString(resource.read_bytes()).file:
        if file.package.startswith("guanxi."):
            _of_file(file, found)
    return found


def _of_file(file: FileDescriptorProto, found: Comments) -> None:
    texts = {
        tuple(location.path): " ".join(location.leading_comments.split())
        for location in file.source_code_info.location
        if location.leading_comments.strip()
    }
    for index, service in enumerate(file.service):
        path = (_FILE_SERVICE, index)
        name = f"{file.package}.{service.name}"
        found[name] = texts.get(path, "")
        for number, method in enumerate(service.method):
            found[f"{name}.{method.name}"] = texts.get((*path, _SERVICE_METHOD, number), "")
    for index, message in enumerate(file.message_type):
        _of_message(f"{file.package}.{message.name}", message, (_FILE_MESSAGE, index), texts, found)


def _of_message(
    name: str, message: DescriptorProto, path: tuple[int, ...], texts: dict[tuple[int, ...], str], found: Comments
) -> None:
    found[name] = texts.get(path, "")
    for number, field in enumerate(message.field):
        found[f"{name}.{field.name}"] = texts.get((*path, _MESSAGE_FIELD, number), "")
    for number, inner in enumerate(message.nested_type):
        _of_message(f"{name}.{inner.name}", inner, (*path, _MESSAGE_NESTED, number), texts, found)
