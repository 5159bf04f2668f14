"""Data scopes as SQL, on the service's own copy of the team tree."""

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.schema import team_members


def owner_condition(call: Call, module: str, operation: str, owner: sa.ColumnElement[object]) -> sa.ColumnElement[bool]:
    """The rows of an owned module that an operation reaches for this caller."""
    scope = call.access.scope(module, operation)
    if scope == "all":
        return sa.true()
    if scope is None or call.principal.user_id is None:
        return sa.false()
    own = owner == call.principal.user_id
    if scope == "own" or not call.access.teams:
        return own
    members = sa.select(team_members.c.user_id).where(
        team_members.c.org_id == call.org_id, team_members.c.team_id.in_(call.access.teams)
    )
    if scope == "team":
        members = members.where(team_members.c.direct)
    return sa.or_(own, owner.in_(members))
