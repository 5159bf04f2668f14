"""`MessageService`: takes orders to send, for other services only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis import ids
from chassis.call import Call
from chassis.database.connection import Database
from chassis.errors import InvalidArgumentError, NotFoundError
from chassis.ids import uuid7
from chassis.resources.records import record_id
from chassis.text import normalize_email, normalize_phone
from engagement.messages.table import messages, text_messages
from engagement.messages.templates import SMS, TEMPLATES
from guanxi.engagement.v1 import messages_pb2

SMS_PER_NUMBER = 13


class MessageServicer:
    """Handlers of `MessageService`."""

    def __init__(self, database: Database, *, sms: bool, sms_per_day: int) -> None:
        self._database = database
        self._sms_per_day = sms_per_day
        self._sms = sms

    def send_message(self, call: Call, request: messages_pb2.SendMessageRequest) -> messages_pb2.Message:
        """Store the intent; the sender takes it from here."""
        table, known = (
            (text_messages, SMS) if request.to.startswith("+") and "@" not in request.to else (messages, TEMPLATES)
        )
        recipient = normalize_phone(request.to) if table is text_messages else normalize_email(request.to)
        if recipient is None:
            raise InvalidArgumentError.of("to", "INVALID_PHONE" if table is text_messages else "INVALID_EMAIL")
        if request.template not in known:
            raise InvalidArgumentError.of("template", "UNKNOWN_CHOICE", value=request.template[:60])
        if not request.request_id:
            raise InvalidArgumentError.of("request_id", "REQUIRED")
        over = table is text_messages and self._over(recipient)
        row = {
            "id": uuid7(),
            "request_id": request.request_id,
            "org_id": ids.parse(request.organization_id),
            "recipient": recipient,
            "template": request.template,
            "language": request.language if request.language in ("zh", "en") else "en",
            "values": dict(request.values),
            **({"state": "failed", "error": "the day's limit of SMS is reached"} if over else {}),
        }
        with self._database.work() as connection:
            connection.execute(insert(table).values(row).on_conflict_do_nothing(index_elements=["request_id"]))
            found = connection.execute(sa.select(table).where(table.c.request_id == request.request_id)).one()
        self._database.ring()
        return _message(found)

    def _over(self, number: str) -> bool:
        """Whether a number, or the system, had its SMS of the last 24 hours. They cost: who asks for more gets none."""
        recent = text_messages.c.create_time > datetime.now(UTC) - timedelta(days=1)
        spent = sa.select(sa.func.count()).where(recent, text_messages.c.state != "failed")
        with self._database.work() as connection:
            to_number = connection.execute(spent.where(text_messages.c.recipient == number)).scalar_one()
            return to_number >= SMS_PER_NUMBER or connection.execute(spent).scalar_one() >= self._sms_per_day

    def get_message(self, call: Call, request: messages_pb2.GetMessageRequest) -> messages_pb2.Message:
        """What became of a message."""
        message_id = record_id(request.id)
        with self._database.work() as connection:
            for table in (messages, text_messages):
                found = connection.execute(sa.select(table).where(table.c.id == message_id)).first()
                if found is not None:
                    return _message(found)
        raise NotFoundError

    def get_transports(self, call: Call, request: messages_pb2.GetTransportsRequest) -> messages_pb2.Transports:
        """What the system itself can send."""
        return messages_pb2.Transports(sms=self._sms)


def _message(row: Any) -> messages_pb2.Message:
    return messages_pb2.Message(id=str(row.id), state=row.state, attempts=row.attempts, error=row.error)
