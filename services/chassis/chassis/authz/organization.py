"""An organization as a service knows it: settings, members, teams, roles and definitions, indexed for use."""

import time
import uuid
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from chassis.authz.access import Access
from chassis.calendar import OFFICE_WEEK, Calendar, Spans, parse_hours
from chassis.contract import OwnModule, ResourceContract, all_modules, own_module
from chassis.fieldcontract import CustomField
from guanxi.identity.v1 import control_plane_pb2, roles_pb2

# Resources whose records a snapshot holds, and where: nobody else needs a copy of them.
IN_SNAPSHOT = {"identity.User": "members", "identity.Team": "teams", "identity.Role": "roles"}
# Distinct rights kept of one snapshot: a token may narrow them in any way it likes.
_MOST_KEPT = 10_000
# The fields that an organization added to a module, by key.
Definitions = Mapping[str, CustomField]


@dataclass(frozen=True)
class Organization:
    """One snapshot, indexed for use."""

    message: control_plane_pb2.Snapshot
    # By user or API client, and what a token narrows their rights to.
    _access: dict[tuple[uuid.UUID, str], Access] = field(default_factory=dict, compare=False)
    _definitions: dict[str, Definitions] = field(default_factory=dict, compare=False)
    _records: dict[str, Mapping[uuid.UUID, Any]] = field(default_factory=dict, compare=False)

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
    def clients(self) -> dict[uuid.UUID, control_plane_pb2.ClientMember]:
        """API clients by id, former ones included."""
        return {uuid.UUID(client.id): client for client in self.message.api_clients}

    @cached_property
    def time_zone(self) -> ZoneInfo:
        """The organization's."""
        return ZoneInfo(self.message.time_zone or "UTC")

    @property
    def currency(self) -> str:
        """The organization's, ISO 4217."""
        return self.message.currency

    @cached_property
    def calendar(self) -> Calendar:
        """When the organization works: its week, and the days that are otherwise, from a year ago on."""
        message = self.message
        week = {item.weekday - 1: parse_hours(item.hours) for item in message.working_hours} or OFFICE_WEEK
        ordinary = week[min(week)]
        days: dict[date, Spans] = {}
        for holiday in message.holidays:
            day = date(holiday.date.year, holiday.date.month, holiday.date.day)
            days[day] = (parse_hours(holiday.hours) or ordinary) if holiday.working else ()
        return Calendar(self.time_zone, week, days)

    def definitions(self, module: str) -> Definitions:
        """The organization's own fields of a module by key, in order."""
        if module not in self._definitions:
            found = [item for item in self.message.custom_fields if item.module == module]
            found.sort(key=lambda item: (item.position, item.key))
            self._definitions[module] = {item.key: CustomField(item) for item in found}
        return self._definitions[module]

    @cached_property
    def modules(self) -> dict[str, OwnModule]:
        """The modules that it made and uses, by name, in order."""
        return {found.module: found for found in map(own_module, self.message.custom_modules)}

    @cached_property
    def contracts(self) -> dict[str, ResourceContract]:
        """Module → contract of every module that it has, ours and its own."""
        return {**all_modules(), **self.modules}

    def contract(self, kind: str) -> ResourceContract | None:
        """The contract of a type; None where the organization has none of that type."""
        return self._types.get(kind)

    @cached_property
    def _types(self) -> dict[str, ResourceContract]:
        return {contract.type: contract for contract in self.contracts.values()}

    def renewed(self, newer: control_plane_pb2.Snapshot) -> "Organization":
        """A newer snapshot, which may hold of the members only who changed since this one."""
        if not newer.members_since:
            return Organization(newer)
        changed = {member.id: member for member in newer.members}
        merged = control_plane_pb2.Snapshot()
        merged.CopyFrom(newer)
        merged.members_since = 0
        del merged.members[:]
        merged.members.extend(changed.pop(member.id, member) for member in self.message.members)
        merged.members.extend(changed.values())
        return Organization(merged)

    def prepare(self) -> None:
        """Make the indexes that every request needs, so that none waits for them."""
        _ = self.members, self._roles, self._led
        for kind in IN_SNAPSHOT:
            self.records(kind)

    def records(self, kind: str) -> Mapping[uuid.UUID, Any]:
        """The users, teams or roles by id; users who are gone among them, and API clients, which act and own as users do."""
        if kind not in self._records:
            found = list(getattr(self.message, IN_SNAPSHOT[kind]))
            found += self.message.api_clients if kind == "identity.User" else ()
            self._records[kind] = {uuid.UUID(item.id): item for item in found}
        return self._records[kind]

    def titles(self, kind: str) -> dict[uuid.UUID, str]:
        """Id → name of `records`."""
        return {key: item.name for key, item in self.records(kind).items()}

    def access_of(self, user_id: uuid.UUID, scope: str = "") -> Access | None:
        """What a member or API client may do; None for one who is gone, inactive or expired.

        `scope`: what a program's token narrows it to, permissions with blanks between them.
        """
        member, client = self.members.get(user_id), self.clients.get(user_id)
        works = _is_active(member) if member else client is not None and _works(client)
        if not works:
            return None
        key = (user_id, scope)
        if key not in self._access:
            if len(self._access) >= _MOST_KEPT:
                self._access.clear()
            role_ids = member.role_ids if member else client.role_ids if client else ()
            access = Access.of(
                map(_parts, self._held(role_ids)),
                self._teams_of(member) if member else (),
                self.version,
                own_modules=self.modules,
            )
            self._access[key] = access.narrowed(client.scopes if client else ()).narrowed(scope.split())
        return self._access[key]

    def knows_secret(self, client_id: uuid.UUID, secret_id: str) -> bool:
        """Whether an API client's secret is still in force."""
        client = self.clients.get(client_id)
        return client is not None and secret_id in client.secret_ids

    def roles_of(self, user_id: uuid.UUID) -> list[roles_pb2.Role]:
        """The roles of a member or API client, in the order they were given."""
        holder = self.members.get(user_id) or self.clients.get(user_id)
        return self._held(holder.role_ids if holder else ())

    def granting(self, user_id: uuid.UUID, module: str, operation: str) -> list[roles_pb2.Role]:
        """Those of the roles from which an operation has its scope: each alone reaches as far as all of them."""
        access = self.access_of(user_id)
        scope = access.scope(module, operation) if access else None
        alone = self._granted_by
        return [role for role in self.roles_of(user_id) if scope and alone[role.id].scope(module, operation) == scope]

    def _held(self, role_ids: Iterable[str]) -> list[roles_pb2.Role]:
        return [self._roles[role_id] for role_id in dict.fromkeys(role_ids) if role_id in self._roles]

    @cached_property
    def _roles(self) -> dict[str, roles_pb2.Role]:
        return {role.id: role for role in self.message.roles}

    @cached_property
    def _granted_by(self) -> dict[str, Access]:
        """What each role grants by itself."""
        return {role.id: Access.of([_parts(role)], (), self.version) for role in self.message.roles}

    @cached_property
    def _led(self) -> dict[str, list[str]]:
        """Manager → their teams."""
        found: dict[str, list[str]] = {}
        for team in self.message.teams:
            if team.manager_id:
                found.setdefault(team.manager_id, []).append(team.id)
        return found

    def _teams_of(self, member: control_plane_pb2.Member) -> list[uuid.UUID]:
        own = {*self._led.get(member.id, ()), *([member.team_id] if member.team_id else ())}
        return sorted(uuid.UUID(team_id) for team_id in own)

    def moved_since(self, before: "Organization") -> set[str] | None:
        """Ids of the users whose places may be others than before; None where it may be anybody's."""
        if list(before.message.teams) != list(self.message.teams):
            return None
        old = {member.id: member.team_id for member in before.message.members}
        return {member.id for member in self.message.members if old.get(member.id) != member.team_id}

    def closure(self, only: Container[str] | None = None) -> Iterable[tuple[uuid.UUID, uuid.UUID, bool]]:
        """(team, user, direct) for every user of a team or of one below it, or for these users alone; a team's manager
        counts as its user.
        """
        parents = {team.id: team.parent_id for team in self.message.teams}
        placed = [(member.team_id, member.id) for member in self.message.members if member.team_id]
        placed += [(team.id, team.manager_id) for team in self.message.teams if team.manager_id]
        if only is not None:
            placed = [(team_id, user_id) for team_id, user_id in placed if user_id in only]
        found: dict[tuple[str, str], bool] = {}
        for team_id, user_id in placed:
            current, direct, seen = team_id, True, set()
            while current in parents and current not in seen:
                seen.add(current)
                found[current, user_id] = found.get((current, user_id), False) or direct
                current, direct = parents[current], False
        parsed = cache(uuid.UUID)
        for (team_id, user_id), direct in found.items():
            yield parsed(team_id), parsed(user_id), direct


def _parts(role: roles_pb2.Role) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """A role's grants and field rules as `Access.of` takes them."""
    return (
        [(grant.module, grant.operation, grant.scope) for grant in role.grants],
        [(rule.module, rule.field, rule.access) for rule in role.field_rules],
    )


def _is_active(member: control_plane_pb2.Member) -> bool:
    return member.active and not member.deleted


def _works(client: control_plane_pb2.ClientMember) -> bool:
    """Whether an API client is neither gone nor disabled nor expired."""
    expired = client.HasField("expire_time") and client.expire_time.ToNanoseconds() <= time.time_ns()
    return not (client.deleted or client.disabled or expired)
