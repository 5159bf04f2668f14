"""Engagement, put together."""

from pathlib import Path

from chassis.authz.identity import Identity
from chassis.sealing import Seal
from chassis.service import Service
from engagement.channels.resource import channel_resource
from engagement.config import Config
from engagement.messages.sender import Sender
from engagement.messages.servicer import MessageServicer
from engagement.messages.smtp import server_of

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config, identity: Identity | None = None) -> Service:
    """The service, ready to serve and to work."""
    seal = Seal(config.master_key)
    service = Service("engagement", config, resources=[channel_resource(seal)], identity=identity)
    system = server_of(config.smtp_url, config.mail_from)
    sender = Sender(service.worker_database, system, seal, private_channels=config.private_channels)
    service.loops.append(sender.send_due)
    service.mount("MessageService", MessageServicer(service.database))
    return service.complete()
