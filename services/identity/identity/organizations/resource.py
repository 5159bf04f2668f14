"""Organizations: a caller reads and changes exactly one, their own; sign-up makes it."""

from collections.abc import Sequence

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.database.controlplane import CHANNEL
from chassis.errors import InvalidArgumentError, PermissionDeniedError, PreconditionError
from chassis.resources import Draft, Hooks, Resource
from guanxi.identity.v1 import organizations_pb2
from identity.organizations.table import organizations
from identity.organizations.week import DEFAULT, settled


def bump_policy(transaction: Transaction) -> int:
    """A new version of the control plane: events tell the other services, and the database every process of this one.

    Returns it. No later one is committed before this transaction has ended.
    """
    transaction.execute(sa.select(sa.func.pg_notify(CHANNEL, str(transaction.call.org_id))))
    next_one = (
        sa.update(organizations)
        .where(organizations.c.org_id == transaction.call.org_id)
        .values(policy_version=organizations.c.policy_version + 1)
        .returning(organizations.c.policy_version)
    )
    return int(transaction.execute(next_one).scalar_one())


class OrganizationHooks(Hooks):
    """One organization, made by sign-up alone."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if draft.is_new and transaction.call.principal.kind != "system":
                raise PermissionDeniedError
            draft.values["fiscal_year_start_month"] = draft.values["fiscal_year_start_month"] or 1
            if draft.is_new and not draft.values["working_hours"]:
                draft.values["working_hours"] = DEFAULT
            elif draft.changed("working_hours"):
                draft.values["working_hours"], problems = settled(draft.values["working_hours"])
                if problems:
                    raise InvalidArgumentError(violations=problems)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        bump_policy(transaction)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        raise PreconditionError


ORGANIZATIONS = Resource(organizations_pb2.Organization, organizations, OrganizationHooks())
