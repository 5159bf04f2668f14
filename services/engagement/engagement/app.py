"""Engagement, put together."""

from pathlib import Path

from chassis.service import IdentitySource, Service
from engagement.channels.resource import Seal, channel_resource
from engagement.config import Config
from engagement.messages.sender import Sender
from engagement.messages.servicer import MessageServicer
from engagement.messages.smtp import server_of
from guanxi.engagement.v1 import messages_pb2

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config, identity: IdentitySource | None = None) -> Service:
    """The service, ready to serve and to work."""
    seal = Seal(config.master_key)
    service = Service("engagement", config, resources=[channel_resource(seal)], identity=identity)
    system = server_of(config.smtp_url, config.mail_from)
    sender = Sender(service.worker_database, system, seal, private_channels=config.private_channels)
    service.loops.append(sender.send_next)
    service.mount(messages_pb2.DESCRIPTOR.services_by_name["MessageService"], MessageServicer(service.database))
    return service.complete()
