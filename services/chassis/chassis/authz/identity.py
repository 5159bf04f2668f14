"""Where keys, snapshots and revocations come from: identity over gRPC, and in identity itself its own tables."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping

from guanxi.identity.v1 import control_plane_pb2


class Identity(ABC):
    """What every service asks of identity."""

    # Seconds between two questions for the same; short where a change must be seen at once.
    poll_seconds = 15.0

    @abstractmethod
    def signing_keys(self) -> Mapping[str, bytes]:
        """Key id → public key of access tokens."""

    @abstractmethod
    def snapshot(self, org_id: uuid.UUID, known_version: int) -> control_plane_pb2.Snapshot | None:
        """The organization's snapshot when it is newer than the known one. Raises NotFoundError, UnavailableError."""

    @abstractmethod
    def revocations(self) -> set[str]:
        """Sessions and API tokens that ended within the last 10 minutes."""

    @abstractmethod
    def exchange(self, token: str) -> tuple[str, int]:
        """An access token for an API token, and the seconds it lasts. Raises UnauthenticatedError."""
