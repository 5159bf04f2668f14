"""The control plane's local copy: each organization's settings, members, teams, roles and definitions.

Owned by identity, kept in memory and in the service's own database, refreshed when a token carries a newer version
and otherwise every 15 seconds. With identity away the last copy serves.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from chassis.authz.access import Access
from chassis.errors import UnavailableError
from guanxi.identity.v1 import control_plane_pb2, custom_fields_pb2

log = logging.getLogger(__name__)
POLL_SECONDS = 15.0


@dataclass(frozen=True)
class Organization:
    """One snapshot, indexed for use."""

    message: control_plane_pb2.Snapshot
    _access: dict[uuid.UUID, Access] = field(default_factory=dict, compare=False)

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self.message.version

    @cached_property
    def members(self) -> dict[uuid.UUID, control_plane_pb2.Member]:
        """Members by id, former ones included."""
        return {uuid.UUID(member.id): member for member in self.message.members}

    @cached_property
    def time_zone(self) -> ZoneInfo:
        """The organization's."""
        return ZoneInfo(self.message.time_zone or "UTC")

    @property
    def currency(self) -> str:
        """The organization's, ISO 4217."""
        return self.message.currency

    def custom_fields(self, module: str) -> list[custom_fields_pb2.CustomField]:
        """The organization's own fields of a module, in order."""
        found = [item for item in self.message.custom_fields if item.module == module]
        return sorted(found, key=lambda item: (item.position, item.key))

    def access_of(self, user_id: uuid.UUID) -> Access | None:
        """What a member may do; None for somebody who is not an active member."""
        member = self.members.get(user_id)
        if member is None or not member.active or member.deleted:
            return None
        if user_id not in self._access:
            roles = {role.id: role for role in self.message.roles}
            chosen = [roles[role_id] for role_id in member.role_ids if role_id in roles]
            self._access[user_id] = Access.of(
                (
                    (
                        [(grant.module, grant.operation, grant.scope) for grant in role.grants],
                        [(rule.module, rule.field, rule.access) for rule in role.field_rules],
                    )
                    for role in chosen
                ),
                self._teams_of(member),
                self.version,
            )
        return self._access[user_id]

    def _teams_of(self, member: control_plane_pb2.Member) -> list[uuid.UUID]:
        own = {team.id for team in self.message.teams if team.manager_id == member.id}
        if member.team_id:
            own.add(member.team_id)
        return sorted(uuid.UUID(team_id) for team_id in own)

    def closure(self) -> Iterable[tuple[uuid.UUID, uuid.UUID, bool]]:
        """(team, user, direct) for every user of a team or of one below it; a team's manager counts as its user."""
        parents = {team.id: team.parent_id for team in self.message.teams}
        placed = [(member.team_id, member.id) for member in self.message.members if member.team_id]
        placed += [(team.id, team.manager_id) for team in self.message.teams if team.manager_id]
        found: dict[tuple[str, str], bool] = {}
        for team_id, user_id in placed:
            current, direct, seen = team_id, True, set()
            while current in parents and current not in seen:
                seen.add(current)
                found[current, user_id] = found.get((current, user_id), False) or direct
                current, direct = parents[current], False
        for (team_id, user_id), direct in found.items():
            yield uuid.UUID(team_id), uuid.UUID(user_id), direct


class SnapshotStore:
    """Where a service keeps its copies between processes; see `chassis.database.controlplane`."""

    def load(self, org_id: uuid.UUID) -> control_plane_pb2.Snapshot | None:
        """The kept copy, if any."""
        raise NotImplementedError

    def save(self, organization: Organization) -> None:
        """Keep a copy, unless a newer one is kept already."""
        raise NotImplementedError


class ControlPlane:
    """Gives the newest snapshot known, refreshing it when it is old or known to be stale."""

    def __init__(
        self,
        pull: Callable[[uuid.UUID, int], control_plane_pb2.Snapshot | None],
        store: SnapshotStore | None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._pull = pull
        self._store = store
        self._poll_seconds = poll_seconds
        self._known: dict[uuid.UUID, tuple[float, Organization]] = {}
        self._locks: dict[uuid.UUID, threading.Lock] = {}

    def organization(self, org_id: uuid.UUID, *, version: int = 0) -> Organization:
        """The organization at `version` or later. Raises UnavailableError when nothing of it is known."""
        entry = self._known.get(org_id)
        if entry and entry[1].version >= version and time.monotonic() - entry[0] < self._poll_seconds:
            return entry[1]
        with self._locks.setdefault(org_id, threading.Lock()):
            entry = self._known.get(org_id)
            if entry and entry[1].version >= version and time.monotonic() - entry[0] < self._poll_seconds:
                return entry[1]
            return self._refresh(org_id, entry[1] if entry else self._load(org_id))

    def forget(self, org_id: uuid.UUID) -> None:
        """Ask again at the next need; after a local change."""
        self._known.pop(org_id, None)

    def _load(self, org_id: uuid.UUID) -> Organization | None:
        kept = self._store.load(org_id) if self._store else None
        return Organization(kept) if kept is not None else None

    def _refresh(self, org_id: uuid.UUID, known: Organization | None) -> Organization:
        try:
            pulled = self._pull(org_id, known.version if known else 0)
        except UnavailableError:
            if known is None:
                raise
            log.warning("identity is away; going on with snapshot %d", known.version)
            pulled = None
        if pulled is not None and (known is None or pulled.version > known.version):
            known = Organization(pulled)
            if self._store:
                self._store.save(known)
        if known is None:
            raise UnavailableError
        self._known[org_id] = (time.monotonic(), known)
        return known
