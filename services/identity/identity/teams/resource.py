"""Teams: the standard methods over a tree."""

from collections.abc import Sequence

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import PreconditionError
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.tree import refuse_cycles
from guanxi.identity.v1 import teams_pb2
from identity.organizations.resource import bump_policy
from identity.roles.escalation import refuse_without_administer
from identity.teams.table import teams
from identity.users.table import users


class TeamHooks(Hooks):
    """Rules of the tree."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        refuse_without_administer(transaction, "teams", drafts, ("parent_id", "manager_id"))
        refuse_cycles(transaction, teams, drafts)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        bump_policy(transaction)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        gone = [draft.id for draft in drafts]
        org_id = transaction.call.org_id
        below = sa.select(sa.literal(1)).where(
            teams.c.org_id == org_id, teams.c.parent_id.in_(gone), teams.c.delete_time.is_(None)
        )
        inside = sa.select(sa.literal(1)).where(
            users.c.org_id == org_id, users.c.team_id.in_(gone), users.c.delete_time.is_(None)
        )
        if transaction.execute(sa.select(sa.or_(sa.exists(below), sa.exists(inside)))).scalar():
            raise PreconditionError("TEAM_NOT_EMPTY")


TEAMS = Resource(teams_pb2.Team, teams, TeamHooks(), default_order="name")
