"""How long a session lasts: in all, and without being used, as the organization sets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from chassis.authz.tokens import LIFETIME as ACCESS_SECONDS
from chassis.database.connection import Transaction
from identity.organizations.table import organizations
from identity.sessions.table import sessions

USUAL_DAYS = 30


@dataclass(frozen=True)
class Lifetime:
    """Both spans; no `idle` is no limit."""

    total: timedelta
    idle: timedelta | None

    @classmethod
    def of(cls, transaction: Transaction) -> "Lifetime":
        """That of the transaction's organization."""
        row = transaction.execute(
            sa.select(organizations.c.session_days, organizations.c.idle_minutes).where(
                organizations.c.org_id == transaction.call.org_id
            )
        ).one()
        # A session is seen to be used when its access token is renewed, which happens that much after its last use.
        idle = timedelta(minutes=row.idle_minutes, seconds=ACCESS_SECONDS) if row.idle_minutes else None
        return cls(timedelta(days=row.session_days or USUAL_DAYS), idle)

    def goes_on(self) -> Sequence[sa.ColumnElement[bool]]:
        """What holds of a session that has not ended. A shorter lifetime holds for older sessions, too."""
        now = datetime.now(UTC)
        conditions = [
            sessions.c.end_time.is_(None),
            sessions.c.expire_time > now,
            sessions.c.create_time > now - self.total,
        ]
        return [*conditions, sessions.c.last_use_time > now - self.idle] if self.idle else conditions

    def end_of(self, create_time: datetime, expire_time: datetime) -> datetime:
        """When a session ends at the latest."""
        return min(expire_time, create_time + self.total)
