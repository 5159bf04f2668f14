"""Identity, put together: the one service that takes keys and snapshots from its own tables."""

from pathlib import Path

from chassis.sealing import Seal
from chassis.service import Service, serving_database
from identity import texts as _texts  # noqa: F401 - registers what identity says
from identity.audit.consumer import record
from identity.audit.keeping import DAILY
from identity.audit.keeping import Keeper as AuditKeeper
from identity.audit.servicer import MODULE as AUDIT
from identity.audit.servicer import AuditExport, AuditServicer
from identity.clients.resource import API_CLIENTS
from identity.clients.servicer import ApiClientServicer
from identity.config import Config
from identity.control_plane import ControlPlane, ControlPlaneServicer
from identity.custom_fields.resource import CUSTOM_FIELDS
from identity.custom_modules.resource import CUSTOM_MODULES
from identity.descriptions import MetadataServicer
from identity.factors.keeping import SecondFactors
from identity.factors.notices import Notices
from identity.factors.second_step import SecondStep
from identity.factors.servicer import SecondFactorServicer
from identity.holidays.resource import HOLIDAYS
from identity.mail import POSTED, Mail, Transports
from identity.organizations.resource import ORGANIZATIONS
from identity.organizations.servicer import OrganizationServicer
from identity.passwords.asked import Answers
from identity.passwords.replacing import REPLACED, Replacer
from identity.passwords.servicer import PasswordServicer
from identity.preferences.servicer import PreferenceServicer
from identity.roles.resource import ROLES
from identity.roles.servicer import RoleServicer
from identity.saved_views.resource import SAVED_VIEWS
from identity.saved_views.servicer import SavedViewServicer
from identity.security.servicer import SecurityServicer
from identity.sessions.api_tokens import ApiTokenServicer
from identity.sessions.devices import Devices
from identity.sessions.issuer import Issuer
from identity.sessions.keys import SigningKeys
from identity.sessions.servicer import SessionServicer
from identity.signup.servicer import SignupServicer
from identity.tags.resource import TAGS
from identity.tags.servicer import TagServicer
from identity.teams.resource import TEAMS
from identity.users.resource import USERS
from identity.users.servicer import UserServicer

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(config: Config) -> Service:
    """The service, ready to serve and to work."""
    database = serving_database("identity", config)
    seal = Seal(*config.master_keys)
    keys = SigningKeys(database, seal)
    issuer = Issuer(database, keys)
    control_plane = ControlPlane(database, keys, issuer)
    service = Service(
        "identity",
        config,
        resources=[
            *(ORGANIZATIONS, USERS, TEAMS, ROLES, CUSTOM_MODULES, CUSTOM_FIELDS),
            *(API_CLIENTS, HOLIDAYS, TAGS, SAVED_VIEWS),
        ],
        identity=control_plane,
        own_database=database,
        addresses={
            "customers": config.customers_address,
            "sales": config.sales_address,
            "service_desk": config.service_desk_address,
            "engagement": config.engagement_address,
        },
    )
    mail, transports = Mail(service.peers, seal), Transports(service.peers)
    service.timers[POSTED] = mail.deliver
    factors = SecondFactors(seal)
    second_step = SecondStep(database, seal, factors)
    replacer = Replacer(database, mail, config.public_url)
    service.timers[REPLACED] = replacer.replaced
    devices = Devices(mail, config.public_url)
    service.mount("SessionService", SessionServicer(database, issuer, second_step, devices, replacer))
    notices = Notices(mail, config.public_url)
    service.mount("SecondFactorService", SecondFactorServicer(database, factors, notices))
    service.mount("ApiTokenService", ApiTokenServicer(database))
    service.loops.append(Answers(service, mail, config.public_url).answer_next)
    service.mount("PasswordService", PasswordServicer(database, transports, replacer))
    service.mount("ApiClientService", ApiClientServicer(service, issuer))
    service.mount("SignupService", SignupServicer(service, mail, transports))
    service.mount("ControlPlaneService", ControlPlaneServicer(control_plane))
    service.mount("MetadataService", MetadataServicer())
    service.mount("OrganizationService", OrganizationServicer(service))
    service.mount("PreferenceService", PreferenceServicer(service))
    service.mount("RoleService", RoleServicer(service))
    service.mount("AuditService", AuditServicer(database, service.name))
    service.exports[AUDIT] = AuditExport()
    service.mount("SecurityService", SecurityServicer(database))
    service.timers[DAILY] = AuditKeeper(service.files).daily
    service.mount("SavedViewService", SavedViewServicer(service))
    service.mount("TagService", TagServicer(service))
    service.mount("UserService", UserServicer(service, mail, transports, config.public_url))
    service.subscribe("identity-audit", ["*"], record)
    return service.complete()
