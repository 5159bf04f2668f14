"""Effective permissions of a user: what every service grants them, and which role it comes from."""

import uuid
from collections.abc import Iterator

from chassis.authz.access import OPERATIONS, Access
from chassis.authz.organization import Organization
from chassis.call import Call
from chassis.contract import all_resources
from chassis.explain import refuse_unseen_rights
from chassis.resources.records import record_id
from chassis.service import Service
from guanxi.identity.v1 import control_plane_pb2, roles_pb2, users_pb2
from identity.roles.rules import AREAS


class EffectiveAccess:
    """Handlers of `UserService` for what a user may do."""

    def __init__(self, service: Service) -> None:
        self._all_users = service.records["users"]
        self._all_roles = service.records["roles"]

    def get_user_access(self, call: Call, request: users_pb2.GetUserAccessRequest) -> users_pb2.UserAccess:
        """Of an inactive user, what they may do when they are active. Read now: it may have changed a moment ago."""
        refuse_unseen_rights(call)
        user = self._all_users.query.get(call, record_id(request.id), deleted=True)
        rows = self._all_roles.query.batch(call, user["role_ids"], skip_missing=True)
        roles: list[roles_pb2.Role] = list(self._all_roles.each_shown(call, rows))  # type: ignore[arg-type]
        member = control_plane_pb2.Member(id=str(user["id"]), role_ids=[role.id for role in roles], active=True)
        # What a service would make of them.
        organization = Organization(control_plane_pb2.Snapshot(members=[member], roles=roles))
        modules = (_module(organization, user["id"], *each) for each in _grantable().items())
        return users_pb2.UserAccess(
            active=user["active"] and user["delete_time"] is None,
            roles=[users_pb2.HeldRole(id=role.id, name=role.name) for role in roles],
            modules=[module for module in modules if module.operations],
        )


def _grantable() -> dict[str, tuple[str, ...]]:
    """Module → the operations that can be granted on it."""
    modules = dict.fromkeys(sorted(contract.module for contract in all_resources().values()), OPERATIONS)
    return modules | {name: operations for name, (_, operations) in AREAS.items()}


def _module(
    organization: Organization, user_id: uuid.UUID, name: str, operations: tuple[str, ...]
) -> users_pb2.ModuleAccess:
    access = organization.access_of(user_id) or Access.nothing()
    hidden = access.hidden(name)
    return users_pb2.ModuleAccess(
        module=name,
        operations=_operations(organization, user_id, name, operations),
        hidden_fields=sorted(hidden),
        read_only_fields=sorted(access.read_only(name) - hidden),
    )


def _operations(
    organization: Organization, user_id: uuid.UUID, module: str, operations: tuple[str, ...]
) -> Iterator[users_pb2.OperationAccess]:
    access = organization.access_of(user_id) or Access.nothing()
    for operation in operations:
        scope = access.scope(module, operation)
        if scope is not None:
            roles = organization.granting(user_id, module, operation)
            yield users_pb2.OperationAccess(operation=operation, scope=scope, role_ids=[role.id for role in roles])
