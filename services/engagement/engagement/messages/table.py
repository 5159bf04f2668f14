"""The tables of messages, mail and SMS. They belong to no organization: the system's own, such as sign-up codes, have none."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engagement.metadata import metadata

# The lane of messages that belong to no organization.
SYSTEM = uuid.UUID(int=0)
_WAITING = "state IN ('queued', 'sending', 'unknown')"


def _table(name: str, *more: sa.Index) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Text, nullable=False, unique=True),
        sa.Column("org_id", sa.Uuid),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        # What the template is filled with; emptied when the message is sent.
        sa.Column("values", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("sent_time", sa.DateTime(timezone=True)),
        sa.Index(
            f"{name}_lanes",
            sa.text(f"coalesce(org_id, '{SYSTEM}'::uuid)"),
            "due_time",
            postgresql_where=sa.text(_WAITING),
        ),
        *more,
    )


messages = _table("messages")
# Apart from mail, so that neither waits for the other's servers.
text_messages = _table(
    "text_messages",
    sa.Index("text_messages_recipient", "recipient", "create_time"),
    sa.Index("text_messages_time", "create_time"),
)


def any_due(table: sa.Table, now: datetime) -> sa.Select[Any]:
    """Whether there is anything to send at all: what an idle sender asks."""
    return sa.select(table.c.id).where(sa.text(_WAITING), table.c.due_time <= now).limit(1)


def next_due(table: sa.Table, after: uuid.UUID | None, closed: Sequence[uuid.UUID], now: datetime) -> sa.Select[Any]:
    """Id of the oldest due message of the first open lane after `after`, locked; of the first lane of all for None.

    Lanes are found one by one in the index, so that the length of a queue does not matter.
    """
    lane = sa.func.coalesce(table.c.org_id, sa.literal_column(f"'{SYSTEM}'::uuid"))
    is_waiting = sa.text(_WAITING)
    begin = sa.select(lane.label("lane")).where(is_waiting).order_by(lane).limit(1)
    first = (begin.where(lane > after) if after is not None else begin).subquery()
    lanes = sa.select(first.c.lane).cte("lanes", recursive=True)
    further = sa.select(lane).where(is_waiting, lane > lanes.c.lane).order_by(lane).limit(1).scalar_subquery()
    lanes = lanes.union_all(sa.select(further).where(lanes.c.lane.is_not(None)))
    oldest = (
        sa.select(table.c.id)
        .where(is_waiting, lane == lanes.c.lane, table.c.due_time <= now)
        .order_by(table.c.due_time)
        .limit(1)
        .with_for_update(skip_locked=True)
        .lateral("oldest")
    )
    return (
        sa.select(oldest.c.id)
        .select_from(lanes.join(oldest, sa.true()))
        .where(lanes.c.lane.is_not(None), lanes.c.lane.not_in(closed))
        .limit(1)
    )
