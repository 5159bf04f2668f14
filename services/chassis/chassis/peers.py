"""The other services: channels to them, and the few calls every service makes to identity and to owners of references."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from chassis.call import Call
from chassis.contract import all_resources, load_contracts
from chassis.errors import NotFoundError, ServiceError, UnauthenticatedError, UnavailableError
from guanxi.identity.v1 import control_plane_pb2

TIMEOUT = 3.0
# Records asked of their owner in one request; what is unknown beyond is new within the last second, or is not there.
MOST_ASKED = 20
_OPTIONS = [
    ("grpc.service_config", '{"loadBalancingConfig":[{"round_robin":{}}]}'),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
]
SERVICE_TOKEN_KEY = "x-guanxi-service-token"  # noqa: S105 - a header's name


class Peers:
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

    def signing_keys(self) -> dict[str, bytes]:
        """Key id → public key."""
        request = control_plane_pb2.ListSigningKeysRequest()
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/ListSigningKeys", request)
        return {key.id: key.public_key for key in answer.keys}

    def snapshot(self, org_id: uuid.UUID, known_version: int) -> control_plane_pb2.Snapshot | None:
        """The organization's snapshot when it is newer than the known one."""
        request = control_plane_pb2.GetSnapshotRequest(organization_id=str(org_id), known_version=known_version)
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/GetSnapshot", request)
        return answer.snapshot if answer.HasField("snapshot") else None

    def revocations(self) -> set[str]:
        """Sessions that ended within the last 10 minutes."""
        request = control_plane_pb2.ListRevocationsRequest()
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/ListRevocations", request)
        return set(answer.session_ids)

    def exchange(self, api_token: str) -> tuple[str, int]:
        """An access token for an API token, and the seconds it lasts."""
        request = control_plane_pb2.ExchangeApiTokenRequest(token=api_token)
        answer = self.call("identity", "guanxi.identity.v1.ControlPlaneService/ExchangeApiToken", request)
        return answer.access_token, answer.expires_in

    def ask(self, call: Call, kind: str, wanted: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
        """Rows for `ref` from a reference's owner, as the caller may see them; absent ones are left out.

        Raises UnavailableError when the owner is away: that a record is unknown here does not mean it is not there.
        """
        from chassis.resources.refs import row_of

        contract = all_resources()[kind]
        name = next(method.name for method in contract.grpc_service.methods if method.name.startswith("BatchGet"))
        method = f"{contract.grpc_service.full_name}/{name}"
        request_class = message_factory.GetMessageClass(_method(method).input_type)
        rows = []
        for record_id in wanted[:MOST_ASKED]:
            try:
                answer = self.call(contract.service, method, request_class(ids=[str(record_id)]), token=call.token)
            except NotFoundError:
                continue
            rows += [row_of(kind, item, int(item.etag)) for item in getattr(answer, contract.module)]
        return rows

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


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _method(full_method: str) -> MethodDescriptor:
    service_name, _, name = full_method.partition("/")
    for file in load_contracts():
        for service in file.services_by_name.values():
            if service.full_name == service_name:
                found: MethodDescriptor = service.methods_by_name[name]
                return found
    raise LookupError(full_method)


def _translated(error: Any) -> ServiceError | grpc.RpcError:
    code = error.code()
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED):
        return UnavailableError()
    if code == grpc.StatusCode.NOT_FOUND:
        return NotFoundError()
    if code == grpc.StatusCode.UNAUTHENTICATED:
        return UnauthenticatedError()
    return error  # type: ignore[no-any-return]
