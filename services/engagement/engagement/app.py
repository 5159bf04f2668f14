"""Engagement, put together."""

from pathlib import Path

from chassis.authz.identity import Identity
from chassis.contract import all_resources, own_modules, service_names
from chassis.notices import resource_of
from chassis.sealing import Seal
from chassis.service import Service
from engagement import texts as _texts  # noqa: F401 - registers what engagement says
from engagement.channels.resource import channel_resource
from engagement.channels.servicer import ChannelServicer
from engagement.config import Config
from engagement.messages.sender import Sender
from engagement.messages.servicer import MessageServicer
from engagement.messages.sms import provider_of
from engagement.messages.smtp import server_of
from engagement.messages.ways import Channels, MailWay, SmsWay
from engagement.notifications.handlers import Teller
from engagement.notifications.servicer import NotificationServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config, identity: Identity | None = None) -> Service:
    """The service, ready to serve and to work."""
    seal = Seal(*config.master_keys)
    service = Service("engagement", config, resources=[channel_resource(seal)], identity=identity)
    system = server_of(config.smtp_url, config.mail_from)
    own = Channels(service.worker_database, seal, private=config.private_channels)
    provider = provider_of(config.sms)
    for way in (MailWay(own, system), SmsWay(own, provider)):
        service.loops.append(Sender(service.worker_database, way).send_due)
    service.mount(
        "MessageService", MessageServicer(service.database, sms=provider is not None, sms_per_day=config.sms_per_day)
    )
    opened = Channels(service.database, seal, private=config.private_channels)
    service.mount("ChannelService", ChannelServicer(service, opened))
    service.mount("NotificationService", NotificationServicer(service.database))
    teller = Teller(service.control_plane, config.public_url)
    service.subscribe("engagement-notices", [resource_of(name) for name in service_names()], teller.raised)
    owned = [name for name, contract in all_resources().items() if contract.options.owned]
    owned.append(own_modules().type)
    service.subscribe("engagement-assignments", owned, teller.assigned)
    return service.complete()
