"""Roles: the standard methods; the administrator's cannot be weakened or removed."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.contract import is_own_module
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PreconditionError
from chassis.resources import Draft, Hooks, Resource
from guanxi.identity.v1 import roles_pb2
from identity.organizations.resource import bump_policy
from identity.roles.escalation import refuse_beyond, refuse_without_administer
from identity.roles.rules import ADMINISTRATOR, AREAS, wrong_grants, wrong_rules
from identity.roles.table import roles

_RIGHTS = ("grants", "field_rules")


class RoleHooks(Hooks):
    """Rules of roles."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        contracts = transaction.call.organization.contracts
        modules = contracts.keys() | AREAS.keys() | _kept(drafts)
        for draft in drafts:
            problems = wrong_grants(draft.values["grants"], modules)
            problems += wrong_rules(draft.values["field_rules"], contracts.values())
            if problems:
                raise InvalidArgumentError(violations=problems)
            fixed = draft.before and draft.before["key"] == ADMINISTRATOR
            if fixed and (draft.changed("grants") or draft.changed("field_rules")):
                raise PreconditionError("ADMINISTRATOR_FIXED")
            refuse_without_administer(transaction, "roles", [draft], _RIGHTS, new=_RIGHTS)
            if any(draft.changed(name) for name in _RIGHTS):
                refuse_beyond(transaction, [draft.values])

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        bump_policy(transaction)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        if any(draft.values["key"] == ADMINISTRATOR for draft in drafts):
            raise PreconditionError("ADMINISTRATOR_FIXED")


def _kept(drafts: Sequence[Draft]) -> set[str]:
    """Modules of the organization's own that roles grant already: a grant outlives its module, which may come back."""
    rows = (draft.before or {} for draft in drafts)
    found = {str(item.get("module")) for row in rows for name in _RIGHTS for item in row.get(name) or ()}
    return {module for module in found if is_own_module(module)}


ROLES = Resource(roles_pb2.Role, roles, RoleHooks(), default_order="name")
