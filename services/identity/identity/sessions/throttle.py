"""Slowing guesses and requests down: they are counted by account and address together and by address alone, so that a
stranger cannot lock a victim out from elsewhere. An account under attack from many addresses slows down at a higher
count, and not for the addresses from which its owner logged in before.
"""

import uuid
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Database
from chassis.errors import ExhaustedError
from chassis.rates import place_of
from identity.sessions.table import throttles
from identity.users.contact import entered

WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)
# SMS that may be asked for in a day, for each purpose: to a number by one address, and to a number by all that its owner
# did not log in from. All purposes together stay below what engagement sends a number, so that strangers leave one to
# the owner.
SMS_FROM_ADDRESS = 3
SMS_TO_NUMBER = {"signup": 4, "reset": 5, "invitation": 3}
# So many may be invited by SMS in a day by one organization.
INVITATIONS = 100


def count(database: Database, limits: dict[str, int], window: timedelta = WINDOW) -> None:
    """Count one attempt under each key, in this order. Raises ExhaustedError at the first that is over its limit: an
    attempt that one key refuses is not held against the next, or one address could use up a whole account's.
    """
    for key, limit in limits.items():
        if _count(database, key[:300], window) > limit:
            raise ExhaustedError("TOO_MANY_ATTEMPTS" if window == WINDOW else "TOO_MANY_SMS")


def count_sms(database: Database, purpose: str, number: str, address: str, *, known: bool = False) -> None:
    """Count an SMS that is asked for, whether or not it will be sent; `known` when the number's owner logged in from the
    address before.
    """
    place = place_of(address)
    limits = {f"sms-{purpose}:{number}:{place}": SMS_FROM_ADDRESS, f"sms-address:{place}": 20}
    count(database, limits if known else {**limits, f"sms-{purpose}:{number}": SMS_TO_NUMBER[purpose]}, DAY)


def count_invitation(database: Database, number: str, org_id: uuid.UUID) -> None:
    """Count an SMS with an invitation."""
    to_number = {f"sms-invitation:{number}": SMS_TO_NUMBER["invitation"]}
    count(database, {**to_number, f"sms-invitations-of:{org_id}": INVITATIONS}, DAY)


def _count(database: Database, key: str, window: timedelta) -> int:
    now = datetime.now(UTC)
    made = insert(throttles).values(key=key, count=1, window_end=now + window)
    fresh = throttles.c.window_end < now
    statement = made.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": sa.case((fresh, 1), else_=throttles.c["count"] + 1),
            "window_end": sa.case((fresh, made.excluded.window_end), else_=throttles.c.window_end),
        },
    ).returning(throttles.c["count"].label("attempts"))
    with database.work() as connection:
        return int(connection.execute(statement).scalar_one())


def forget(database: Database, keys: list[str]) -> None:
    """Forget the attempts under these keys; after a success."""
    with database.work() as connection:
        connection.execute(sa.delete(throttles).where(throttles.c.key.in_([key[:300] for key in keys])))


def log_in_limits(email: str, address: str, *, known: bool = False) -> dict[str, int]:
    """What a log-in counts against; `known` when the account's owner logged in from there before."""
    return _limits("login", email, address, 100, known=known)


def reset_limits(email: str, address: str, *, known: bool = False) -> dict[str, int]:
    """What a request for a link counts against; `known` as for a log-in."""
    return _limits("reset", email, address, 50, known=known)


def signup_limits(contact: str, address: str) -> dict[str, int]:
    """What a sign-up counts against. A stranger in one place uses up nobody's; one mailbox is not filled from many."""
    place = place_of(address)
    return {f"signup:{contact}:{place}": 10, f"signup-address:{place}": 50, f"signup-account:{contact}": 40}


def _limits(kind: str, email: str, address: str, from_address: int, *, known: bool) -> dict[str, int]:
    account, place = entered(email).casefold(), place_of(address)
    limits = {f"{kind}:{account}:{place}": 10, f"{kind}-address:{place}": from_address}
    return limits if known else {**limits, f"{kind}-account:{account}": 200}
