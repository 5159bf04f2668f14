"""Mail goes out through engagement, which stores the intent before it sends."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from chassis.database.connection import Transaction
from chassis.peers import Peers
from chassis.sealing import Seal
from chassis.timers import schedule
from guanxi.engagement.v1 import messages_pb2

POSTED = "mail"


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
