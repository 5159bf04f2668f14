"""`NotificationService`: what the caller was told, and by which channels they want to be."""

import uuid
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.authz.scope import module_condition
from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.errors import InvalidArgumentError
from chassis.events.outbox import Change, emit
from chassis.resources.kinds import to_timestamp
from chassis.resources.records import record_id
from engagement.notifications.choices import CHANNELS, Choices, choose
from engagement.notifications.handlers import NOTIFICATION
from engagement.notifications.kinds import KINDS
from engagement.notifications.table import EVERYBODY, notifications
from engagement.notifications.texts import readable, told
from guanxi.engagement.v1 import notifications_pb2

_PAGE, _MOST_PAGE, _MOST_MARKED, _COUNTED = 20, 100, 500, 100


class NotificationServicer:
    """Handlers of `NotificationService`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_notifications(
        self, call: Call, request: notifications_pb2.ListNotificationsRequest
    ) -> notifications_pb2.ListNotificationsResponse:
        """A page of the caller's own."""
        size = min(request.page_size or _PAGE, _MOST_PAGE)
        if size < 0:
            raise InvalidArgumentError.of("page_size", "OUT_OF_RANGE", minimum=0, maximum=_MOST_PAGE)
        conditions = _own(call)
        if request.page_token:
            before = ids.parse(request.page_token)
            if before is None:
                raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN")
            conditions.append(notifications.c.id < before)
        if request.unread_only:
            conditions.append(notifications.c.read_time.is_(None))
        wanted = sa.select(notifications).where(*conditions).order_by(notifications.c.id.desc()).limit(size + 1)
        with self._database.snapshot(call) as transaction:
            rows = list(transaction.execute(wanted))
            unread = _unread(transaction)
        return notifications_pb2.ListNotificationsResponse(
            notifications=[_message(call, row) for row in rows[:size]],
            next_page_token=str(rows[size - 1].id) if len(rows) > size else "",
            unread_count=unread,
        )

    def mark_notifications(
        self, call: Call, request: notifications_pb2.MarkNotificationsRequest
    ) -> notifications_pb2.MarkNotificationsResponse:
        """Mark some, or all, as read; or some as not read."""
        if len(request.ids) > _MOST_MARKED:
            raise InvalidArgumentError.of("ids", "TOO_MANY", maximum=_MOST_MARKED)
        if request.unread and not request.ids:
            raise InvalidArgumentError.of("ids", "REQUIRED")
        conditions = _own(call)
        if request.ids:
            conditions.append(notifications.c.id.in_([record_id(value, "ids") for value in request.ids]))
        marked = notifications.c.read_time.is_not(None) if request.unread else notifications.c.read_time.is_(None)
        with self._database.write(call) as transaction:
            changed = transaction.execute(
                sa.update(notifications)
                .where(*conditions, marked)
                .values(read_time=None if request.unread else sa.func.now())
            ).rowcount
            if changed:  # the caller's other devices
                reader = _reader(call)
                emit(transaction, NOTIFICATION, "marked", [Change(reader, 1, None, None)], audience=[str(reader)])
            return notifications_pb2.MarkNotificationsResponse(unread_count=_unread(transaction))

    def get_notification_settings(
        self, call: Call, request: notifications_pb2.GetNotificationSettingsRequest
    ) -> notifications_pb2.NotificationSettings:
        """The caller's own."""
        return self._settings(call, _reader(call))

    def update_notification_settings(
        self, call: Call, request: notifications_pb2.UpdateNotificationSettingsRequest
    ) -> notifications_pb2.NotificationSettings:
        """Choose for oneself."""
        return self._choose(call, _reader(call), request)

    def get_notification_defaults(
        self, call: Call, request: notifications_pb2.GetNotificationDefaultsRequest
    ) -> notifications_pb2.NotificationSettings:
        """The organization's."""
        return self._settings(call, EVERYBODY)

    def update_notification_defaults(
        self, call: Call, request: notifications_pb2.UpdateNotificationDefaultsRequest
    ) -> notifications_pb2.NotificationSettings:
        """Choose for everybody who has not."""
        return self._choose(call, EVERYBODY, request)

    def _settings(self, call: Call, user_id: uuid.UUID) -> notifications_pb2.NotificationSettings:
        with self._database.snapshot(call) as transaction:
            return _settings(transaction, user_id)

    def _choose(self, call: Call, user_id: uuid.UUID, request: Any) -> notifications_pb2.NotificationSettings:
        for number, setting in enumerate(request.settings):
            if setting.kind not in KINDS:
                raise InvalidArgumentError.of(f"settings[{number}].kind", "UNKNOWN_CHOICE", value=setting.kind[:60])
        with self._database.write(call) as transaction:
            for setting in request.settings:
                chosen = {name: getattr(setting, name) if setting.HasField(name) else None for name in CHANNELS}
                choose(transaction, user_id, setting.kind, chosen)
            return _settings(transaction, user_id)


def _reader(call: Call) -> uuid.UUID:
    user_id = call.principal.user_id
    assert user_id is not None, "`self` lets nobody through who is not somebody"
    return user_id


def _own(call: Call) -> list[sa.ColumnElement[bool]]:
    table = notifications
    own = [table.c.org_id == call.org_id, table.c.user_id == _reader(call), table.c.in_app]
    return [*own, module_condition(call, table.c.module)]


def _unread(transaction: Transaction) -> int:
    unread = sa.select(notifications.c.id).where(*_own(transaction.call), notifications.c.read_time.is_(None))
    counted = sa.select(sa.func.count()).select_from(unread.limit(_COUNTED).subquery())
    return int(transaction.execute(counted).scalar_one())


def _settings(transaction: Transaction, user_id: uuid.UUID) -> notifications_pb2.NotificationSettings:
    """Every kind, as a member or EVERYBODY has it."""
    choices, language = Choices(transaction, [user_id]), transaction.call.language
    answer = notifications_pb2.NotificationSettings()
    for kind, declared in KINDS.items():
        answer.settings.add(
            kind=kind,
            name=declared.name[language],
            **{channel: choices.own(user_id, kind, channel) for channel in CHANNELS},
            **{f"default_{channel}": choices.default(user_id, kind, channel) for channel in CHANNELS},
        )
    return answer


def _message(call: Call, row: Any) -> notifications_pb2.Notification:
    values = readable(call.access, row.module, row.values)  # rights may have gone since it was told
    return notifications_pb2.Notification(
        id=str(row.id),
        kind=row.kind,
        text=told(row.kind, row.module, values, row.count, call.language, call.organization),
        module=row.module,
        record_id=str(row.record_id or ""),
        actor_id=str(row.actor_id or ""),
        create_time=to_timestamp(row.create_time),
        read_time=to_timestamp(row.read_time) if row.read_time else None,
    )
