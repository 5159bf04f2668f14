"""Tells people: each once of the same, where they chose to be told, if they may see what it is about."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis import ids
from chassis.authz.scope import owner_condition
from chassis.authz.snapshots import ControlPlane
from chassis.contract import find_module, resource_of
from chassis.database.connection import Transaction
from chassis.events.outbox import Change, emit
from chassis.events.projections import records
from chassis.ids import uuid7
from chassis.texts import LANGUAGES
from engagement.messages.table import messages
from engagement.notifications.choices import Choices
from engagement.notifications.kinds import KINDS
from engagement.notifications.table import notifications
from engagement.notifications.texts import readable, told
from guanxi.events.v1 import events_pb2
from guanxi.notices.v1 import notices_pb2

KEPT = timedelta(days=90)
# How events name what only its reader hears of.
NOTIFICATION = "engagement.Notification"
_BITE = 500


class Teller:
    """Handlers of events of which people are told."""

    def __init__(self, control_plane: ControlPlane, public_url: str) -> None:
        self._control_plane = control_plane
        self._url = public_url.rstrip("/")

    def raised(self, transaction: Transaction, event: events_pb2.Event) -> None:
        """A service's notices."""
        for record in records(event, notices_pb2.Notice):
            if record.after is not None and record.after.kind in KINDS:
                self._tell(transaction, record.after, event.actor.user_id)

    def assigned(self, transaction: Transaction, event: events_pb2.Event) -> None:
        """Records that belong to somebody else now. A job that gives many is one notification to each."""
        given: dict[str, list[Any]] = {}
        for record in records(event):
            owner = getattr(record.after, "owner_id", "")
            if owner and owner not in (event.actor.user_id, getattr(record.before, "owner_id", "")):
                given.setdefault(owner, []).append(record.after)
        contract = resource_of(event.resource)
        for owner, found in given.items():
            one = found[0] if len(found) == 1 and not event.actor.job_id else None
            notice = notices_pb2.Notice(
                kind="assigned",
                user_ids=[owner],
                owner_ids=[owner],
                module=contract.module,
                record_id=one.id if one else "",
                title=str(getattr(one, contract.options.title)) if one else "",
                key=f"assigned {contract.module} {event.actor.job_id or event.id}",
            )
            self._tell(transaction, notice, event.actor.user_id, len(found))

    def _tell(self, transaction: Transaction, notice: notices_pb2.Notice, actor: str, count: int = 1) -> None:
        """Write a notification for each recipient who may see the record, and a mail where one is wanted."""
        organization = transaction.call.organization
        wanted = [user_id for text in notice.user_ids if (user_id := ids.parse(text)) in organization.members]
        readers = [user_id for user_id in wanted if user_id and self._may_view(transaction, user_id, notice)]
        if not readers:
            return
        choices = Choices(transaction, readers)
        rows = []
        for user_id in readers:
            chosen = frozenset(notice.channels) or choices.channels(user_id, notice.kind)
            if chosen:
                where = {"in_app": "in_app" in chosen, "email": "email" in chosen}
                rows.append({**_row(transaction, notice, user_id, actor), **where, "count": count})
        kept = self._keep(transaction, rows)
        self._mail(transaction, kept)
        seen = [row for row in kept if row["in_app"]]
        emit(
            transaction,
            NOTIFICATION,
            "raised",
            [Change(row["id"], 1, None, None) for row in seen],
            audience=[str(row["user_id"]) for row in seen],
        )
        self._forget(transaction)

    def _may_view(self, transaction: Transaction, user_id: uuid.UUID, notice: notices_pb2.Notice) -> bool:
        """Whether a member reaches the record now, as far as its owners tell."""
        organization = transaction.call.organization
        access = organization.access_of(user_id)
        scope = access.scope(notice.module, "view") if access else None
        contract = find_module(notice.module)
        if scope is None or scope == "all" or contract is None or not contract.options.owned:
            return scope is not None
        owners = [uuid.UUID(owner) for owner in notice.owner_ids]
        if scope == "own" or user_id in owners:
            return user_id in owners
        call = self._control_plane.call_as(transaction.call.org_id, user_id, kind="notification")
        reached = [owner_condition(call, notice.module, "view", sa.literal(owner, sa.Uuid)) for owner in owners]
        return bool(owners) and bool(transaction.execute(sa.select(sa.or_(*reached))).scalar_one())

    def _keep(self, transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Insert what nobody was told of yet; of a job that goes on giving, count what it has given."""
        kept = []
        for row in rows:
            made = insert(notifications).values({name: value for name, value in row.items() if name != "email"})
            counted = made.on_conflict_do_update(
                index_elements=["org_id", "user_id", "key"],
                set_={"count": notifications.c.count + made.excluded.count},
                where=notifications.c.kind == "assigned",
            )
            if transaction.execute(counted.returning(notifications.c.id)).scalar() == row["id"]:
                kept.append(dict(row))
        return kept

    def _mail(self, transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
        organization = transaction.call.organization
        for row in rows:
            member = organization.members[row["user_id"]]
            if not row["email"] or not member.email:
                continue
            language = member.language or organization.message.language
            language = language if language in LANGUAGES else "en"
            words = told(row["kind"], row["module"], row["values"], row["count"], language, organization)
            place = f"/{row['module']}/{row['record_id']}" if row["record_id"] else ""
            mail = {
                "id": uuid7(),
                "request_id": f"notification {row['id']}",
                "org_id": row["org_id"],
                "recipient": member.email,
                "template": "notification",
                "language": language,
                "values": {
                    "text": words,
                    "name": member.name,
                    "link": f"{self._url}{place}",
                    "settings": f"{self._url}/settings/account",
                },
            }
            transaction.execute(insert(messages).values(mail))

    def _forget(self, transaction: Transaction) -> None:
        """Delete a few of what is too old, whenever something new is told."""
        table = notifications
        mine = table.c.org_id == transaction.call.org_id
        old = sa.select(table.c.id).where(mine, table.c.create_time < datetime.now(UTC) - KEPT).limit(_BITE)
        transaction.execute(sa.delete(table).where(mine, table.c.id.in_(old)))


def _row(transaction: Transaction, notice: notices_pb2.Notice, user_id: uuid.UUID, actor: str) -> dict[str, Any]:
    call = transaction.call
    access = call.organization.access_of(user_id)
    actor_id = ids.parse(actor)
    name = call.organization.titles("identity.User").get(actor_id, "") if actor_id else ""
    return {
        "org_id": call.org_id,
        "id": uuid7(),
        "user_id": user_id,
        "kind": notice.kind,
        "key": notice.key or notice.id,
        "module": notice.module,
        "record_id": ids.parse(notice.record_id),
        "actor_id": actor_id,
        "values": readable(access, notice.module, {**notice.values, "title": notice.title, "actor": name}),
    }
