"""The other services: channels to them, and the few calls every service makes to identity and to owners of references."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from typing_extensions import override

from chassis.authz.identity import Identity
from chassis.call import Call
from chassis.contract import ResourceContract, grpc_service_of, resource_of
from chassis.errors import NotFoundError, ServiceError, UnauthenticatedError, UnavailableError
from guanxi.changes.v1 import changes_pb2
from guanxi.identity.v1 import control_plane_pb2

TIMEOUT = 3.0
# An organization of thousands is a megabyte.
POLICY_TIMEOUT = 10.0
SNAPSHOT_TIMEOUT = 30.0
# Records asked of their owner in one request.
MOST_ASKED = 500
_OPTIONS = [
    ("grpc.service_config", '{"loadBalancingConfig":[{"round_robin":{}}]}'),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
]
SERVICE_TOKEN_KEY = "x-guanxi-service-token"  # noqa: S105 - a header's name


class Peers(Identity):
    """Calls by method descriptor, so that no service needs another's stubs."""

    def __init__(self, addresses: Mapping[str, str], service_token: str) -> None:
        self._addresses = addresses
        self._service_token = service_token
        self._channels: dict[str, grpc.Channel] = {}

    def call(
        self, service: str, full_method: str, request: Message, *, token: str = "", timeout: float = TIMEOUT
    ) -> Any:
        """Call `guanxi.identity.v1.ControlPlaneService/GetSnapshot`. Raises UnavailableError or grpc.RpcError."""
        method = _method(full_method)
        answer = message_factory.GetMessageClass(method.output_type)
        invoke = self._channel(service).unary_unary(
            f"/{full_method}", request_serializer=_serialized, response_deserializer=answer.FromString
        )
        if token:
            metadata: tuple[tuple[str, str | bytes], ...] = (("authorization", f"Bearer {token}"),)
        else:
            metadata = ((SERVICE_TOKEN_KEY, self._service_token),)
        try:
            return invoke(request, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:
            raise _translated(error) from error

    @override
    def signing_keys(self) -> dict[str, bytes]:
        """Key id → public key."""
        request = control_plane_pb2.ListSigningKeysRequest()
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/ListSigningKeys", request)
        return {key.id: key.public_key for key in answer.keys}

    @override
    def snapshot(self, org_id: uuid.UUID, known_version: int) -> control_plane_pb2.Snapshot | None:
        """The organization's snapshot when it is newer than the known one."""
        request = control_plane_pb2.GetSnapshotRequest(organization_id=str(org_id), known_version=known_version)
        method = "guanxi.identity.v1.ControlPlaneService/GetSnapshot"
        answer = self.call("identity", method, request, timeout=POLICY_TIMEOUT)
        return answer.snapshot if answer.HasField("snapshot") else None

    @override
    def revocations(self) -> set[str]:
        """Sessions that ended within the last 10 minutes."""
        request = control_plane_pb2.ListRevocationsRequest()
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/ListRevocations", request)
        return set(answer.session_ids)

    @override
    def exchange(self, token: str) -> tuple[str, int]:
        """An access token for an API token, and the seconds it lasts."""
        request = control_plane_pb2.ExchangeApiTokenRequest(token=token)
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/ExchangeApiToken", request)
        return answer.access_token, answer.expires_in

    def organization_ids(self) -> list[uuid.UUID]:
        """Every organization there is."""
        request = control_plane_pb2.ListOrganizationIdsRequest()
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/ListOrganizationIds", request)
        return [uuid.UUID(org_id) for org_id in answer.organization_ids]

    def records(self, kind: str, org_id: uuid.UUID) -> Iterator[list[Any]]:
        """Every record of a type in an organization, deleted ones too, from its owner, page by page."""
        contract = resource_of(kind)
        request = changes_pb2.ListSnapshotRequest(organization_id=str(org_id), module=contract.module)
        while True:
            method = "guanxi.changes.v1.ChangeService/ListSnapshot"
            answer = self.call(contract.service, method, request, timeout=SNAPSHOT_TIMEOUT)
            page = [contract.message() for _ in answer.records]
            for packed, record in zip(answer.records, page, strict=True):
                packed.Unpack(record)
            yield page
            request.page_token = answer.next_page_token
            if not request.page_token:
                return

    def ask(self, call: Call, kind: str, wanted: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
        """Rows for `ref` from a reference's owner, as the caller may see them; absent ones are left out.

        Raises UnavailableError when the owner is away.
        """
        from chassis.resources.refs import row_of

        contract = resource_of(kind)
        name = next(method.name for method in contract.grpc_service.methods if method.name.startswith("BatchGet"))
        method = f"{contract.grpc_service.full_name}/{name}"
        request_class = message_factory.GetMessageClass(_method(method).input_type)
        ids = [str(record_id) for record_id in wanted]
        which = {"module": contract.module} if contract.of_organization else {}
        rows = []
        for start in range(0, len(ids), MOST_ASKED):
            request = request_class(ids=ids[start : start + MOST_ASKED], skip_missing=True, **which)
            answer = self.call(contract.service, method, request, token=call.token)
            rows += [row_of(kind, item, int(item.etag)) for item in getattr(answer, contract.collection)]
        return rows

    def ensure(
        self, kind: str, org_id: uuid.UUID, user_id: uuid.UUID, named: Mapping[uuid.UUID, str]
    ) -> dict[uuid.UUID, dict[str, Any]]:
        """Records of these names at their owner, made in a user's name where there are none: id asked for → row for `ref`.

        Raises LookupError for a type whose owner makes none by name.
        """
        from chassis.resources.refs import row_of

        contract = resource_of(kind)
        method = ensuring(contract)
        if method is None:
            raise LookupError(kind)
        title = contract.options.title
        wanted = [{"id": str(future), title: name} for future, name in named.items()]
        request = message_factory.GetMessageClass(method.input_type)(
            organization_id=str(org_id), user_id=str(user_id), **{contract.module: wanted}
        )
        answer = self.call(contract.service, f"{contract.grpc_service.full_name}/{method.name}", request)
        rows = [row_of(kind, item, int(item.etag)) for item in getattr(answer, contract.module)]
        return dict(zip(named, rows, strict=True))

    def close(self) -> None:
        """Close every channel."""
        for channel in self._channels.values():
            channel.close()

    def _channel(self, service: str) -> grpc.Channel:
        if service not in self._channels:
            address = self._addresses.get(service)
            if not address:
                raise UnavailableError
            self._channels[service] = grpc.insecure_channel(address, options=_OPTIONS)
        return self._channels[service]


def ensuring(contract: ResourceContract) -> MethodDescriptor | None:
    """The method by which a resource's owner makes records that others' imports name, such as `EnsureTags`."""
    return contract.grpc_service.methods_by_name.get(f"Ensure{contract.plural_name}")


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _method(full_method: str) -> MethodDescriptor:
    service_name, _, name = full_method.partition("/")
    found: MethodDescriptor = grpc_service_of(service_name).methods_by_name[name]
    return found


def _translated(error: Any) -> ServiceError | grpc.RpcError:
    code = error.code()
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED):
        return UnavailableError()
    if code == grpc.StatusCode.NOT_FOUND:
        return NotFoundError()
    if code == grpc.StatusCode.UNAUTHENTICATED:
        return UnauthenticatedError()
    return error  # type: ignore[no-any-return]
