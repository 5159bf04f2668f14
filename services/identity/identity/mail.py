"""Mail goes out through engagement, which stores the intent before it sends."""

from collections.abc import Mapping

from chassis.peers import Peers
from guanxi.engagement.v1 import messages_pb2


class Mail:
    """Asks engagement to send. Raises UnavailableError when it is away; the caller's user tries again."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def send(
        self, to: str, template: str, language: str, values: Mapping[str, str], *, request_id: str, org_id: str = ""
    ) -> None:
        """Send one message; the same `request_id` is sent once."""
        request = messages_pb2.SendMessageRequest(
            organization_id=org_id,
            to=to,
            template=template,
            language=language,
            values=dict(values),
            request_id=request_id,
        )
        self._peers.call("engagement", "guanxi.engagement.v1.MessageService/SendMessage", request, timeout=5)
