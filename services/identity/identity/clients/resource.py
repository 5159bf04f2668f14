"""API clients: the standard methods; nobody makes a client that may do more than they may themselves."""

from collections.abc import Sequence

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from guanxi.identity.v1 import api_clients_pb2
from identity.clients.scopes import wrong_scopes
from identity.clients.table import api_clients
from identity.organizations.resource import bump_policy
from identity.roles.escalation import refuse_beyond, refuse_without_administer
from identity.roles.table import roles

DEFAULT_RATE = 600
_RIGHTS = ("role_ids", "scopes", "disabled", "expire_time", "requests_per_minute")


def refuse_beyond_own(transaction: Transaction, role_ids: Sequence[object]) -> None:
    """Raise PermissionDeniedError where a client with these roles could do what the caller may not."""
    org_id = transaction.call.org_id
    given = sa.select(roles.c.grants, roles.c.field_rules).where(roles.c.org_id == org_id, roles.c.id.in_(role_ids))
    refuse_beyond(transaction, [dict(row) for row in transaction.execute(given).mappings()])


class ApiClientHooks(Hooks):
    """Rules of API clients."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            problems = wrong_scopes(draft.values["scopes"])
            if problems:
                raise InvalidArgumentError(violations=problems)
            if draft.values["requests_per_minute"] is None:
                draft.values["requests_per_minute"] = DEFAULT_RATE
        refuse_without_administer(transaction, "api_clients", drafts, _RIGHTS, new=("role_ids",))
        # Fewer scopes are fewer rights; other ones may be more.
        widened = [draft for draft in drafts if draft.changed("role_ids") or draft.changed("scopes")]
        refuse_beyond_own(transaction, [role_id for draft in widened for role_id in draft.values["role_ids"]])

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        bump_policy(transaction)


API_CLIENTS = Resource(api_clients_pb2.ApiClient, api_clients, ApiClientHooks(), default_order="name")
