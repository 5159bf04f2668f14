"""Ending sessions: the refresh token is void at once, access tokens within a minute, by the list of revocations."""

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Transaction
from chassis.events.outbox import Change, emit
from identity.passwords.table import password_resets
from identity.sessions.happenings import tell_ended
from identity.sessions.table import api_tokens, revocations, sessions
from identity.users.table import memberships


def end_all(transaction: Transaction, user_ids: Sequence[uuid.UUID]) -> None:
    """End every session, API token and link to reset the password of these users."""
    if user_ids:
        for table in (sessions, api_tokens):
            _end(transaction, table, table.c.user_id.in_(user_ids))
        theirs = sa.select(memberships.c.login_id).where(
            memberships.c.org_id == transaction.call.org_id, memberships.c.user_id.in_(user_ids)
        )
        transaction.execute(sa.delete(password_resets).where(password_resets.c.login_id.in_(theirs)))


def end_session(transaction: Transaction, *conditions: sa.ColumnElement[bool]) -> int:
    """End the sessions under these conditions; returns how many."""
    return _end(transaction, sessions, *conditions)


def end_api_token(transaction: Transaction, *conditions: sa.ColumnElement[bool]) -> int:
    """End the API tokens under these conditions; returns how many."""
    return _end(transaction, api_tokens, *conditions)


def _end(transaction: Transaction, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    ended = transaction.execute(
        sa.update(table)
        .where(table.c.org_id == transaction.call.org_id, table.c.end_time.is_(None), *conditions)
        .values(end_time=sa.func.now())
        .returning(table)
    ).all()
    if table is sessions:
        tell_ended(transaction, ended)
    if table is api_tokens:
        emit(transaction, "identity.ApiToken", "ended", [Change(row.id, 2, None, None) for row in ended])
    return _revoke(transaction, (str(row.id) for row in ended))


def _revoke(transaction: Transaction, session_ids: Iterable[str]) -> int:
    rows = [{"session_id": session_id} for session_id in session_ids]
    if rows:
        transaction.execute(insert(revocations).values(rows).on_conflict_do_nothing())
    return len(rows)
