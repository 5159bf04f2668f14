"""Identity, put together: the one service that takes keys and snapshots from its own tables."""

from pathlib import Path

from google.protobuf.descriptor import ServiceDescriptor

from chassis.contract import load_contracts
from chassis.events.subscriptions import Subscription
from chassis.service import Identity, Service
from identity import texts as _texts  # noqa: F401 - registers what identity says
from identity.audit.consumer import record
from identity.audit.servicer import AuditServicer
from identity.config import Config
from identity.control_plane import ControlPlane, ControlPlaneServicer
from identity.custom_fields.resource import CUSTOM_FIELDS
from identity.descriptions import MetadataServicer
from identity.mail import Mail
from identity.organizations.resource import ORGANIZATIONS
from identity.roles.resource import ROLES
from identity.sessions.api_tokens import ApiTokenServicer
from identity.sessions.issuer import Issuer
from identity.sessions.keys import SigningKeys
from identity.sessions.servicer import SessionServicer
from identity.signup.servicer import SignupServicer
from identity.teams.resource import TEAMS
from identity.users.resource import USERS
from identity.users.servicer import UserServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Its own snapshot costs one small query; changes are seen at once.
_POLL_SECONDS = 0.5


def build(config: Config) -> Service:
    """The service, ready to serve and to work."""
    parts: dict[str, ControlPlane | Issuer] = {}

    def source(service: Service) -> Identity:
        keys = SigningKeys(service.database, config.master_key)
        issuer = Issuer(service.database, keys)
        control_plane = ControlPlane(service.database, keys, issuer)
        parts.update(issuer=issuer, control_plane=control_plane)
        return Identity(
            control_plane.signing_keys,
            control_plane.snapshot,
            control_plane.revoked,
            control_plane.exchange,
            _POLL_SECONDS,
        )

    service = Service(
        "identity",
        config,
        resources=[ORGANIZATIONS, USERS, TEAMS, ROLES, CUSTOM_FIELDS],
        subscriptions=[Subscription("identity-audit", ("*",), record)],
        identity=source,
        addresses={"engagement": config.engagement_address},
    )
    issuer, control_plane = parts["issuer"], parts["control_plane"]
    assert isinstance(issuer, Issuer)
    assert isinstance(control_plane, ControlPlane)
    mail = Mail(service.peers)
    for name, servicer in {
        "SessionService": SessionServicer(service.database, issuer),
        "ApiTokenService": ApiTokenServicer(service.database),
        "SignupService": SignupServicer(service.database, service, mail),
        "ControlPlaneService": ControlPlaneServicer(control_plane),
        "MetadataService": MetadataServicer(service.control_plane),
        "AuditService": AuditServicer(service.database),
        "UserService": UserServicer(service, mail, config.public_url),
    }.items():
        service.mount(_descriptor(name), servicer)
    return service.complete()


def _descriptor(name: str) -> ServiceDescriptor:
    for file in load_contracts():
        if file.package == "guanxi.identity.v1" and name in file.services_by_name:
            found: ServiceDescriptor = file.services_by_name[name]
            return found
    raise LookupError(name)
