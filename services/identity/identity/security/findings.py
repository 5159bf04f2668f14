"""Who could be let in too easily: read for one organization, at one moment."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.database.connection import Transaction
from identity.audit.table import audit_entries
from identity.clients.table import WORKING, api_client_secrets, api_clients
from identity.factors.table import second_factors
from identity.roles.rules import ADMINISTRATOR
from identity.roles.table import roles
from identity.sessions.lifetime import Lifetime
from identity.sessions.table import api_tokens, sessions
from identity.users.table import memberships, users

STALE_SECRET = timedelta(days=90)
RECENT = timedelta(days=7)
# What wrong passwords and wrong codes of a second factor are told of.
_LOG_IN = ("identity.Session", "identity.SecondFactor")


@dataclass(frozen=True)
class _Moment:
    """Whose findings, and of when."""

    org_id: uuid.UUID
    now: datetime
    lifetime: Lifetime


_Query = Callable[[_Moment], "sa.Select[Any]"]


def _active(org_id: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return users.c.org_id == org_id, users.c.active.is_(True), users.c.delete_time.is_(None)


def _without_second_factor(moment: _Moment) -> "sa.Select[Any]":
    enrolled = (
        sa.select(sa.literal(1))
        .select_from(memberships.join(second_factors, second_factors.c.login_id == memberships.c.login_id))
        .where(
            memberships.c.org_id == users.c.org_id,
            memberships.c.user_id == users.c.id,
            second_factors.c.secret.is_not(None),
        )
    )
    return (
        sa.select(users.c.id, users.c.name).where(*_active(moment.org_id), ~sa.exists(enrolled)).order_by(users.c.name)
    )


def _unused(moment: _Moment, table: sa.Table, detail: "sa.Column[Any]", longest: Any) -> "sa.Select[Any]":
    """A user's items that still work, and were not used for longer than that."""
    used = sa.func.coalesce(table.c.last_use_time, table.c.create_time)
    return (
        sa.select(
            users.c.id,
            users.c.name,
            detail.label("detail"),
            table.c.last_use_time.label("time"),
            table.c.id.label("item_id"),
        )
        .join(users, sa.and_(users.c.org_id == table.c.org_id, users.c.id == table.c.user_id))
        .where(
            table.c.org_id == moment.org_id,
            table.c.end_time.is_(None),
            table.c.expire_time > moment.now,
            used < moment.now - longest,
        )
        .order_by(used)
    )


def _stale_sessions(moment: _Moment) -> "sa.Select[Any]":
    lifetime = moment.lifetime
    return _unused(moment, sessions, sessions.c.device, lifetime.total / 2).where(*lifetime.goes_on())


def _stale_tokens(moment: _Moment) -> "sa.Select[Any]":
    # One that was never used would end before it was noticed, if it lasts no longer than what is too long for others.
    half = (api_tokens.c.expire_time - api_tokens.c.create_time).op("/", precedence=8, return_type=sa.Interval())(2)
    return _unused(moment, api_tokens, api_tokens.c.name, sa.func.least(sa.literal(STALE_SECRET, sa.Interval), half))


def _stale_clients(moment: _Moment) -> "sa.Select[Any]":
    secret = api_client_secrets.c
    used = sa.func.coalesce(secret.last_use_time, secret.create_time)
    return (
        sa.select(
            api_clients.c.id,
            api_clients.c.name,
            secret.hint.label("detail"),
            secret.last_use_time.label("time"),
            secret.id.label("item_id"),
        )
        .join(api_clients, sa.and_(api_clients.c.org_id == secret.org_id, api_clients.c.id == secret.client_id))
        .where(secret.org_id == moment.org_id, *WORKING, used < moment.now - STALE_SECRET)
        .order_by(used)
    )


def _failed_log_ins(moment: _Moment) -> "sa.Select[Any]":
    newest = sa.func.max(audit_entries.c.time).label("time")
    return (
        sa.select(users.c.id, users.c.name, newest, sa.func.count().label("count"))
        .join(users, sa.and_(users.c.org_id == audit_entries.c.org_id, users.c.id == audit_entries.c.record_id))
        .where(
            audit_entries.c.org_id == moment.org_id,
            audit_entries.c.time > moment.now - RECENT,
            audit_entries.c.resource.in_(_LOG_IN),
            audit_entries.c.verb == "refused",
        )
        .group_by(users.c.id, users.c.name)
        .order_by(sa.func.count().desc(), users.c.name)
    )


def _broad_roles(moment: _Moment) -> "sa.Select[Any]":
    everywhere = sa.cast(sa.literal('[{"module": "*", "scope": "all"}]'), roles.c.grants.type)
    return (
        sa.select(roles.c.id, roles.c.name)
        .where(roles.c.org_id == moment.org_id, roles.c.delete_time.is_(None), roles.c.grants.contains(everywhere))
        .order_by(roles.c.name)
    )


# In the order in which a page shows them.
_QUERIES: Mapping[str, _Query] = {
    "no_second_factor": _without_second_factor,
    "failed_log_ins": _failed_log_ins,
    "stale_sessions": _stale_sessions,
    "stale_tokens": _stale_tokens,
    "stale_clients": _stale_clients,
    "broad_roles": _broad_roles,
}


def findings(transaction: Transaction, *, most: int) -> dict[str, tuple[int, list[Mapping[str, Any]]]]:
    """Kind → how many there are, and the first of them."""
    moment = _Moment(transaction.call.org_id, datetime.now(UTC), Lifetime.of(transaction))
    found: dict[str, tuple[int, list[Mapping[str, Any]]]] = {}
    for kind, query in _QUERIES.items():
        wanted = query(moment)
        rows: list[Mapping[str, Any]] = [dict(row) for row in transaction.execute(wanted.limit(most)).mappings()]
        count = len(rows)
        if count == most:
            counted = sa.select(sa.func.count()).select_from(wanted.order_by(None).subquery())
            count = int(transaction.execute(counted).scalar_one())
        found[kind] = (count, rows)
    return found


def administrators(transaction: Transaction) -> int:
    """How many active users have the administrator's role."""
    org_id = transaction.call.org_id
    role = sa.select(roles.c.id).where(roles.c.org_id == org_id, roles.c.key == ADMINISTRATOR).scalar_subquery()
    counted = sa.select(sa.func.count()).select_from(users).where(*_active(org_id), role == sa.any_(users.c.role_ids))
    return int(transaction.execute(counted).scalar_one())
