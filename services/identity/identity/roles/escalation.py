"""Nobody gives themselves, or anybody, more than they have."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.authz.access import SCOPES, Access
from chassis.database.connection import Transaction
from chassis.errors import PermissionDeniedError
from chassis.resources import Draft
from identity.roles.table import roles
from identity.teams.table import teams


def refuse_without_administer(
    transaction: Transaction, module: str, drafts: Sequence[Draft], fields: Iterable[str], *, new: Iterable[str] = ()
) -> None:
    """Raise PermissionDeniedError when somebody without `<module>.administer` changes what rights follow from.

    `fields` are those of existing records, `new` those of records being made.
    """
    call = transaction.call
    if call.principal.kind == "system" or call.access.allows(f"{module}.administer"):
        return
    for draft in drafts:
        watched = new if draft.is_new else fields
        if any(draft.changed(name) and (draft.before or draft.values.get(name)) for name in watched):
            raise PermissionDeniedError("ADMINISTER_DENIED")


def refuse_beyond(transaction: Transaction, given: Iterable[Mapping[str, Any]]) -> None:
    """Raise PermissionDeniedError when one of these roles reaches further than the caller's own rights, or lets its
    holders see or change fields that the caller may not.
    """
    call = transaction.call
    if call.principal.kind == "system":
        return
    for role in given:
        if not all(_within(call.access, grant) for grant in role["grants"]) or _uncovers(call.access, role):
            raise PermissionDeniedError("BEYOND_OWN_RIGHTS")


def refuse_beyond_roles(transaction: Transaction, role_ids: Collection[uuid.UUID]) -> None:
    """The same of roles by their ids."""
    refuse_beyond(transaction, _by_ids(transaction, role_ids))


def refuse_beyond_user(transaction: Transaction, user: Mapping[str, Any]) -> None:
    """The same of a user: of their roles, and of the records that these open to them as one of their teams."""
    access = transaction.call.access
    given = _by_ids(transaction, user["role_ids"])
    refuse_beyond(transaction, given)
    if transaction.call.principal.kind == "system":
        return
    of_teams = [grant for role in given for grant in role["grants"] if grant["scope"] in ("team", "tree")]
    scopes = {access.scope(grant["module"], grant["operation"]) for grant in of_teams} - {"all"}
    if not scopes:
        return
    direct, below = _reached(transaction, user)
    # Beside who has "team" for the operation nobody has "tree": that was refused as beyond it.
    if not direct <= (set(access.teams) if "team" in scopes else below):
        raise PermissionDeniedError("BEYOND_OWN_RIGHTS")


def _by_ids(transaction: Transaction, role_ids: Collection[uuid.UUID]) -> list[dict[str, Any]]:
    if not role_ids:
        return []
    theirs = sa.select(roles.c.grants, roles.c.field_rules).where(
        roles.c.org_id == transaction.call.org_id, roles.c.id.in_(role_ids)
    )
    return [dict(row) for row in transaction.execute(theirs).mappings()]


def _reached(transaction: Transaction, user: Mapping[str, Any]) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """The teams that a user is of or manages, and those of the caller's with all below them."""
    wanted = sa.select(teams.c.id, teams.c.parent_id, teams.c.manager_id).where(
        teams.c.org_id == transaction.call.org_id, teams.c.delete_time.is_(None)
    )
    rows = transaction.execute(wanted).all()
    theirs = {row.id for row in rows if user["id"] == row.manager_id or user["team_id"] == row.id}
    below = set(transaction.call.access.teams)
    while more := {row.id for row in rows if row.parent_id in below} - below:
        below |= more
    return theirs, below


def _within(access: Access, grant: Mapping[str, Any]) -> bool:
    mine = access.scope(grant["module"], grant["operation"])
    return mine is not None and SCOPES.index(mine) >= SCOPES.index(grant["scope"])


def _uncovers(access: Access, role: Mapping[str, Any]) -> bool:
    """Whether a role leaves out a field rule that the caller is under."""
    modules = {grant["module"] for grant in role["grants"]}
    rules = {(rule["module"], rule["field"]): rule["access"] for rule in role["field_rules"] or ()}

    def leaves_out(module: str, name: str, *kinds: str) -> bool:
        held = {rules.get((module, path)) for path in (name, name.partition(".")[0])}
        return not modules.isdisjoint((module, "*")) and held.isdisjoint(kinds)

    return any(leaves_out(*key, "hidden") for key in access.hidden_fields) or any(
        leaves_out(*key, "hidden", "read_only") for key in access.read_only_fields
    )
