"""Mail and SMS go out through engagement, which stores the intent before it sends: to a number by SMS."""

import base64
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, UnavailableError
from chassis.peers import Peers
from chassis.sealing import Seal
from chassis.timers import schedule
from guanxi.engagement.v1 import messages_pb2

POSTED = "mail"
_ASK_AGAIN = 60.0


class Transports:
    """What engagement can send beside mail; asked now and then."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._sms = False
        self._asked = -_ASK_AGAIN

    def sms(self) -> bool:
        """Whether the system sends SMS; what was so last while engagement is away."""
        now = time.monotonic()
        if now - self._asked >= _ASK_AGAIN:
            request = messages_pb2.GetTransportsRequest()
            try:
                answer = self._peers.call("engagement", "guanxi.engagement.v1.MessageService/GetTransports", request)
            except UnavailableError:
                return self._sms
            self._sms, self._asked = answer.sms, now
        return self._sms

    def require_sms(self, field: str) -> None:
        """Raises InvalidArgumentError where there is none."""
        if not self.sms():
            raise InvalidArgumentError.of(field, "SMS_UNAVAILABLE")

    def wrong(self, entered: str) -> str:
        """The reason for which something is neither an address nor a number."""
        if not entered.strip():
            return "REQUIRED"
        return "INVALID_CONTACT" if self.sms() and "@" not in entered else "INVALID_EMAIL"


class Mail:
    """Asks engagement to send: at once, or when a transaction has committed."""

    def __init__(self, peers: Peers, seal: Seal) -> None:
        self._peers = peers
        self._seal = seal

    def send(
        self, to: str, template: str, language: str, values: Mapping[str, str], *, request_id: str, org_id: str = ""
    ) -> None:
        """Send one message now; the same `request_id` is sent once. Raises UnavailableError when engagement is away."""
        request = messages_pb2.SendMessageRequest(
            organization_id=org_id,
            to=to,
            template=template,
            language=language,
            values=dict(values),
            request_id=request_id,
        )
        self._peers.call("engagement", "guanxi.engagement.v1.MessageService/SendMessage", request, timeout=5)

    def post(
        self,
        transaction: Transaction,
        to: str,
        template: str,
        language: str,
        values: Mapping[str, str],
        *,
        request_id: str,
    ) -> None:
        """Have one message sent if the transaction commits, and then until engagement has taken it.

        It waits sealed: links in mails are keys.
        """
        message = orjson.dumps([to, template, language, dict(values)])
        sealed = self._seal.close(message, POSTED, transaction.call.org_id, request_id)
        payload = {"message": base64.b64encode(sealed).decode()}
        schedule(transaction, POSTED, request_id, datetime.now(UTC), payload)

    def deliver(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Timer handler: send what was posted."""
        org_id = transaction.call.org_id
        sealed = base64.b64decode(payload["message"])
        to, template, language, values = orjson.loads(self._seal.open(sealed, POSTED, org_id, key))
        self.send(to, template, language, values, request_id=key, org_id=str(org_id))
