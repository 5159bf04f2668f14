"""Nobody gives themselves, or anybody, more than they have."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chassis.authz.access import SCOPES, Access
from chassis.database.connection import Transaction
from chassis.errors import PermissionDeniedError
from chassis.resources import Draft


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


def refuse_beyond(transaction: Transaction, grants: Iterable[Mapping[str, Any]]) -> None:
    """Raise PermissionDeniedError when a grant reaches further than the caller's own."""
    call = transaction.call
    if call.principal.kind == "system":
        return
    for grant in grants:
        if not _within(call.access, grant):
            raise PermissionDeniedError("BEYOND_OWN_RIGHTS")


def _within(access: Access, grant: Mapping[str, Any]) -> bool:
    mine = access.scope(grant["module"], grant["operation"])
    return mine is not None and SCOPES.index(mine) >= SCOPES.index(grant["scope"])
