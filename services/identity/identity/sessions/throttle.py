"""Slowing guesses down: attempts are counted by account and address together and by address alone, so that a stranger
cannot lock a victim out from elsewhere. An account under attack from many addresses slows down at a much higher count.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Database
from chassis.errors import ExhaustedError
from identity.sessions.table import throttles

WINDOW = timedelta(minutes=15)


def count(database: Database, limits: dict[str, int]) -> None:
    """Count one attempt under each key. Raises ExhaustedError when one is over its limit."""
    now = datetime.now(UTC)
    rows = [{"key": key[:300], "count": 1, "window_end": now + WINDOW} for key in sorted(limits)]
    made = insert(throttles).values(rows)
    fresh = throttles.c.window_end < now
    statement = made.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": sa.case((fresh, 1), else_=throttles.c["count"] + 1),
            "window_end": sa.case((fresh, made.excluded.window_end), else_=throttles.c.window_end),
        },
    ).returning(throttles.c.key, throttles.c["count"].label("attempts"))
    with database.work() as connection:
        counted = {row.key: row.attempts for row in connection.execute(statement)}
    if any(counted[key[:300]] > limit for key, limit in limits.items()):
        raise ExhaustedError("TOO_MANY_ATTEMPTS")


def forget(database: Database, keys: list[str]) -> None:
    """Forget the attempts under these keys; after a success."""
    with database.work() as connection:
        connection.execute(sa.delete(throttles).where(throttles.c.key.in_([key[:300] for key in keys])))


def log_in_limits(email: str, address: str) -> dict[str, int]:
    """What a log-in counts against."""
    account = email.strip().casefold()
    return {f"login:{account}:{address}": 10, f"login-address:{address}": 100, f"login-account:{account}": 200}
