"""An organization as a service knows it: settings, members, teams, roles and definitions, indexed for use."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from chassis.authz.access import Access
from guanxi.identity.v1 import control_plane_pb2, custom_fields_pb2

# Resources whose records a snapshot holds, and where: nobody else needs a copy of them.
IN_SNAPSHOT = {"identity.User": "members", "identity.Team": "teams", "identity.Role": "roles"}
Definitions = Mapping[str, custom_fields_pb2.CustomField]


@dataclass(frozen=True)
class Organization:
    """One snapshot, indexed for use."""

    message: control_plane_pb2.Snapshot
    _access: dict[uuid.UUID, Access] = field(default_factory=dict, compare=False)
    _definitions: dict[str, Definitions] = field(default_factory=dict, compare=False)

    @classmethod
    def unknown(cls, org_id: uuid.UUID | None) -> "Organization":
        """One of which nothing is known: of a call that belongs to nobody, or while it is being founded."""
        return cls(control_plane_pb2.Snapshot(organization_id=str(org_id or "")))

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

    def definitions(self, module: str) -> Definitions:
        """The organization's own fields of a module by key, in order."""
        if module not in self._definitions:
            found = [item for item in self.message.custom_fields if item.module == module]
            found.sort(key=lambda item: (item.position, item.key))
            self._definitions[module] = {item.key: item for item in found}
        return self._definitions[module]

    def records(self, kind: str) -> Sequence[Any]:
        """The users, teams or roles; users who are gone among them."""
        found: Sequence[Any] = getattr(self.message, IN_SNAPSHOT[kind])
        return found

    def titles(self, kind: str) -> dict[uuid.UUID, str]:
        """Id → name of the users, teams or roles; users who are gone among them."""
        return {uuid.UUID(item.id): item.name for item in self.records(kind)}

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
