"""Custom modules: the standard methods. A new one is opened to roles as its maker says; the key stays as it was made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from typing_extensions import override

from chassis.authz.access import SCOPES
from chassis.contract import OWN_MODULE, OWN_PREFIX
from chassis.database.connection import Transaction
from chassis.errors import AlreadyExistsError, ExhaustedError, InvalidArgumentError, Violation
from chassis.resources import Draft, Hooks, Resource
from chassis.texts import register
from guanxi.identity.v1 import custom_modules_pb2
from identity.custom_modules.table import custom_modules
from identity.keys import key_of
from identity.organizations.resource import bump_policy
from identity.roles.opening import Opened, open_module

MOST_MODULES = 500
_LONGEST = 31
# What a role that has nothing else to go by is granted.
_EVERYONE = [(operation, "all") for operation in ("view", "create", "edit")] + [("delete", "own")]
_LIKE = "accounts"

register(
    {
        "KEY_OF_DELETED_MODULE": (
            "已删除的模块使用过标识“{value}”：请恢复该模块，或换一个标识",
            "A deleted module has the key “{value}”: restore that module, or choose another key",
        ),
        "TOO_MANY_MODULES": (
            "最多可有{maximum}个自定义模块，请先删除不用的",
            "There can be {maximum} custom modules at most; delete those that are not used",
        ),
    }
)


def wrong(draft: Draft) -> Iterator[Violation]:
    """What does not fit in a definition."""
    values = draft.values
    if not OWN_MODULE.fullmatch(f"{OWN_PREFIX}{values['key'] or ''}"):
        yield Violation("key", "INVALID_KEY")


class CustomModuleHooks(Hooks):
    """Rules of modules."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        new = [draft for draft in drafts if draft.is_new]
        _name(transaction, [draft for draft in new if not draft.values["key"]])
        problems = [violation for draft in drafts for violation in wrong(draft)]
        if problems:
            raise InvalidArgumentError(violations=problems)
        if new:
            _refuse_keys_of_deleted(transaction, new)
            _refuse_too_many(transaction, len(new))

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if draft.is_new:
                open_module(transaction, f"{OWN_PREFIX}{draft.values['key']}", _opened(draft.inputs.get("open_to")))
        bump_policy(transaction)


def _opened(open_to: str | None) -> Opened:
    """Which grants a role has of a new module, by those that it has."""

    def as_accounts(grants: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        return _widest((grant["operation"], grant["scope"]) for grant in grants if grant["module"] == _LIKE)

    def everyone(grants: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        return dict(_EVERYONE)

    def nobody(grants: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        return {}

    return {"everyone": everyone, "as_accounts": as_accounts}.get(open_to or "", nobody)


def _widest(given: Iterator[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for operation, scope in given:
        known = found.get(operation)
        if known is None or SCOPES.index(scope) > SCOPES.index(known):
            found[operation] = scope
    return found


def _name(transaction: Transaction, drafts: Sequence[Draft]) -> None:
    """Give keys to who has none."""
    if not drafts:
        return
    table = custom_modules
    taken = set(transaction.execute(sa.select(table.c.key).where(table.c.org_id == transaction.call.org_id)).scalars())
    for draft in drafts:
        values = draft.values
        key = key_of(values["label_en"], values["label_zh"], "module", _LONGEST, taken.__contains__)
        values["key"] = key
        taken.add(key)


def _refuse_keys_of_deleted(transaction: Transaction, drafts: Sequence[Draft]) -> None:
    """Raise AlreadyExistsError: who makes a module of that key anew would meet the old one's records."""
    keys = [draft.values["key"] for draft in drafts]
    table = custom_modules
    taken = sa.select(table.c.key).where(
        table.c.org_id == transaction.call.org_id, table.c.key.in_(keys), table.c.delete_time.is_not(None)
    )
    found = list(transaction.execute(taken).scalars())
    if found:
        raise AlreadyExistsError(
            violations=[Violation("key", "KEY_OF_DELETED_MODULE", {"value": key}) for key in sorted(found)]
        )


def _refuse_too_many(transaction: Transaction, more: int) -> None:
    table = custom_modules
    there = sa.select(sa.func.count()).select_from(table).where(table.c.org_id == transaction.call.org_id)
    if transaction.execute(there).scalar_one() + more > MOST_MODULES:
        raise ExhaustedError("TOO_MANY_MODULES", maximum=MOST_MODULES)


CUSTOM_MODULES = Resource(
    custom_modules_pb2.CustomModule, custom_modules, CustomModuleHooks(), default_order="create_time"
)
