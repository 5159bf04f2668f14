"""`MessageService`: takes orders to send, for other services only."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis import ids
from chassis.call import Call
from chassis.database.connection import Database
from chassis.errors import InvalidArgumentError, NotFoundError
from chassis.ids import uuid7
from chassis.resources.records import record_id
from chassis.text import normalize_email
from engagement.messages.table import messages
from engagement.messages.templates import TEMPLATES
from guanxi.engagement.v1 import messages_pb2


class MessageServicer:
    """Handlers of `MessageService`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send_message(self, call: Call, request: messages_pb2.SendMessageRequest) -> messages_pb2.Message:
        """Store the intent; the sender takes it from here."""
        recipient = normalize_email(request.to)
        if recipient is None:
            raise InvalidArgumentError.of("to", "INVALID_EMAIL")
        if request.template not in TEMPLATES:
            raise InvalidArgumentError.of("template", "UNKNOWN_CHOICE", value=request.template[:60])
        if not request.request_id:
            raise InvalidArgumentError.of("request_id", "REQUIRED")
        row = {
            "id": uuid7(),
            "request_id": request.request_id,
            "org_id": ids.parse(request.organization_id),
            "recipient": recipient,
            "template": request.template,
            "language": request.language if request.language in ("zh", "en") else "en",
            "values": dict(request.values),
        }
        with self._database.work() as connection:
            connection.execute(insert(messages).values(row).on_conflict_do_nothing(index_elements=["request_id"]))
            found = connection.execute(sa.select(messages).where(messages.c.request_id == request.request_id)).one()
        self._database.ring()
        return _message(found)

    def get_message(self, call: Call, request: messages_pb2.GetMessageRequest) -> messages_pb2.Message:
        """What became of a message."""
        with self._database.work() as connection:
            found = connection.execute(sa.select(messages).where(messages.c.id == record_id(request.id))).first()
        if found is None:
            raise NotFoundError
        return _message(found)


def _message(row: Any) -> messages_pb2.Message:
    return messages_pb2.Message(id=str(row.id), state=row.state, attempts=row.attempts, error=row.error)
