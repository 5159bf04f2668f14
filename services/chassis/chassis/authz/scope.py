"""Data scopes as SQL, on the service's own copy of the team tree.

Who calls is in these conditions by name (`caller_…`), so that a statement compiled once serves every caller of its shape.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from chassis.call import Call
from chassis.database.schema import team_members

# What nobody does with a record because it is shared with them.
OWNERS_ALONE = frozenset({"delete", "assign", "merge"})


def caller(call: Call) -> dict[str, Any]:
    """What a statement may name of its caller."""
    return {
        "caller_org": call.org_id,
        "caller_user": call.principal.user_id,
        "caller_teams": list(call.access.teams),
        "caller_narrowed": bool(call.access.narrowings),
        "caller_modules": call.access.modules_reached,
    }


def module_condition(call: Call, module: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The rows of somebody's own that tell of a module which is open to the caller: see `Access.reaches`."""
    reached = sa.bindparam("caller_modules", call.access.modules_reached, ARRAY(sa.Text))
    narrowed = sa.bindparam("caller_narrowed", bool(call.access.narrowings), sa.Boolean)
    return sa.or_(sa.not_(narrowed), module == sa.any_(reached))


def organization_condition(call: Call, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The rows of the caller's organization."""
    return column == sa.bindparam("caller_org", call.org_id, sa.Uuid)


def shape(call: Call, module: str, operation: str) -> tuple[Any, ...]:
    """What the form of `owner_condition` depends on."""
    return call.access.scope(module, operation), bool(call.access.teams), call.principal.user_id is None


def owner_condition(
    call: Call,
    module: str,
    operation: str,
    owner: sa.ColumnElement[Any],
    shared: Sequence[sa.ColumnElement[Any]] = (),
) -> sa.ColumnElement[bool]:
    """The rows of an owned module that an operation reaches for this caller.

    `shared` are arrays of users who count as the owner does: only they and the owner themselves delete or give away.
    """
    scope = call.access.scope(module, operation)
    if scope == "all":
        return sa.true()
    if scope is None or call.principal.user_id is None:
        return sa.false()
    me = sa.bindparam("caller_user", call.principal.user_id, sa.Uuid)
    lists = [] if operation in OWNERS_ALONE else shared
    own = [owner == me, *(users.contains(array([me], type_=sa.Uuid)) for users in lists)]
    if scope == "own" or not call.access.teams:
        return sa.or_(*own)
    teams = sa.bindparam("caller_teams", list(call.access.teams), ARRAY(sa.Uuid))
    members = sa.select(team_members.c.user_id).where(
        organization_condition(call, team_members.c.org_id), team_members.c.team_id == sa.any_(teams)
    )
    if scope == "team":
        members = members.where(team_members.c.direct)
    theirs = [
        sa.exists(members.where(team_members.c.user_id == sa.any_(users)).correlate_except(team_members))
        for users in lists
    ]
    return sa.or_(*own, owner.in_(members), *theirs)
