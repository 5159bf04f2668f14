"""Where people are told of what: their own choice, else the organization's, else the kind's."""

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Transaction
from engagement.notifications.kinds import KINDS
from engagement.notifications.table import EVERYBODY, notification_choices

CHANNELS = ("in_app", "email")


class Choices:
    """What some members, and the organization for everybody, have chosen; read once."""

    def __init__(self, transaction: Transaction, user_ids: Sequence[uuid.UUID]) -> None:
        table = notification_choices
        wanted = sa.select(table).where(
            table.c.org_id == transaction.call.org_id, table.c.user_id.in_([*user_ids, EVERYBODY])
        )
        self._chosen = {(row["user_id"], row["kind"]): row for row in transaction.execute(wanted).mappings()}

    def own(self, user_id: uuid.UUID, kind: str, channel: str) -> bool | None:
        """What a member chose, or the organization for EVERYBODY; None where nothing was."""
        row = self._chosen.get((user_id, kind))
        return row[channel] if row else None

    def default(self, user_id: uuid.UUID, kind: str, channel: str) -> bool:
        """What holds for a member, or for EVERYBODY, who has not chosen."""
        general = self.own(EVERYBODY, kind, channel) if user_id != EVERYBODY else None
        return general if general is not None else channel == "in_app" or KINDS[kind].email

    def channels(self, user_id: uuid.UUID, kind: str) -> frozenset[str]:
        """Where a member is told of a kind."""
        found = {channel: self.own(user_id, kind, channel) for channel in CHANNELS}
        return frozenset(
            channel
            for channel, chosen in found.items()
            if (self.default(user_id, kind, channel) if chosen is None else chosen)
        )


def choose(transaction: Transaction, user_id: uuid.UUID, kind: str, chosen: Mapping[str, bool | None]) -> None:
    """Keep what was chosen for a kind by channel; None takes a choice back."""
    row = {"org_id": transaction.call.org_id, "user_id": user_id, "kind": kind, **chosen}
    made = insert(notification_choices).values(row)
    transaction.execute(made.on_conflict_do_update(index_elements=["org_id", "user_id", "kind"], set_=dict(chosen)))
