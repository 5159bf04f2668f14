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
    if role_ids:
        theirs = sa.select(roles.c.grants, roles.c.field_rules).where(
            roles.c.org_id == transaction.call.org_id, roles.c.id.in_(role_ids)
        )
        refuse_beyond(transaction, [dict(row) for row in transaction.execute(theirs).mappings()])


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
