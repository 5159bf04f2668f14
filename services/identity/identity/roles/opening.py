"""A new module is opened to roles: nothing that was there before is reached by it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis.database.connection import Transaction
from chassis.resources import Draft
from chassis.resources.projection import Projection
from chassis.resources.store import Store
from identity.roles.resource import ROLES
from identity.roles.rules import ADMINISTRATOR
from identity.roles.table import roles

# A role's grants → operation and scope of what it gets.
Opened = Callable[[Sequence[Mapping[str, Any]]], Mapping[str, str]]


def open_module(transaction: Transaction, module: str, opened: Opened) -> None:
    """Grant each role what `opened` says of it. Who makes a module decides that, whatever else they may do with roles;
    the administrator's has everything.
    """
    store = Store(ROLES, Projection(ROLES))
    drafts = []
    theirs = store.lock(transaction, [roles.c.org_id == transaction.call.org_id, roles.c.delete_time.is_(None)])
    for row in theirs.values():
        given = opened(row["grants"])
        if row["key"] != ADMINISTRATOR and given:
            draft = Draft.of(row)
            more = [{"module": module, "operation": name, "scope": scope} for name, scope in given.items()]
            draft.values["grants"] = [*row["grants"], *more]
            drafts.append(draft)
    store.update(transaction, drafts)
