"""Saved views: the standard methods, each on the caller's own views and on those that are shared."""

from collections.abc import Sequence

import sqlalchemy as sa
from typing_extensions import override

from chassis.authz.scope import module_condition
from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from guanxi.identity.v1 import saved_views_pb2
from identity.saved_views.rules import EVERYONE, PRIVATE, refuse_narrowed, refuse_sharing, wrong
from identity.saved_views.table import saved_views


class SavedViewHooks(Hooks):
    """Rules of saved views."""

    @override
    def reach(self, call: Call) -> list[sa.ColumnElement[bool]]:
        if call.principal.user_id is None:
            return []
        mine = saved_views.c.created_by == sa.bindparam("caller_user", call.principal.user_id, sa.Uuid)
        shared = saved_views.c.visibility == sa.literal_column(f"'{EVERYONE}'")
        return [sa.or_(mine, shared), module_condition(call, saved_views.c.module)]

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        refuse_narrowed(transaction.call)
        for draft in drafts:
            draft.values["visibility"] = draft.values["visibility"] or PRIVATE
        problems = [item for draft in drafts for item in wrong(draft.values, transaction.call.organization)]
        if problems:
            raise InvalidArgumentError(violations=problems)
        refuse_sharing(transaction.call, drafts)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        refuse_narrowed(transaction.call)
        refuse_sharing(transaction.call, drafts)


SAVED_VIEWS = Resource(saved_views_pb2.SavedView, saved_views, SavedViewHooks(), default_order="name")
