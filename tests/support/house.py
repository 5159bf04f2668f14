"""Identity and engagement in this process, and sign-up and invitations through them as the gateway would pass them on.

with house_of(service_database, folder, mail_sink) as house:
    admin = house.sign_up()
    rep, user_id = admin.member([("accounts", "view", "own")])
"""

import base64
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis.timers import fire_due
from engagement.app import build as build_engagement
from engagement.config import Config as EngagementConfig
from engagement.messages.table import messages, text_messages
from identity.app import build as build_identity
from identity.config import Config
from local.process import poll
from tests.services.harness import SERVICE_TOKEN, Client, Tenants, config_of

if TYPE_CHECKING:
    from local.inbox import MailSink
    from tests.support.postgres import Database

PASSWORD = "quiet harbour lantern"
KEY = base64.b64encode(bytes(range(32))).decode()
MAIL_FROM = "guanxi@example.com"


@dataclass
class House:
    """Identity and engagement at work."""

    identity: Any
    engagement: Any
    port: int
    mail: "MailSink"
    engagement_port: int = 0

    def client(self, token: str = "", *, address: str = "") -> Client:
        """A caller, as the gateway would pass them on."""
        made = Client(self.port, token, service_token=SERVICE_TOKEN)
        made.metadata.append(("x-guanxi-address", address or f"test-{uuid.uuid4().hex}"))
        return made

    def work(self) -> None:
        """What the workers of both would do now: post mail, and send it, until it has arrived."""
        identity = self.identity
        while fire_due(identity.worker_database, identity.timers, begin=identity.control_plane.system_call):
            pass
        assert poll(lambda: not self._sending(), 20, every=0.02)

    def _sending(self) -> bool:
        """Whether there is more to send; what can be begun is begun."""
        for send in self.engagement.loops:
            while send():
                pass
        with self.engagement.worker_database.work() as connection:
            for table in (messages, text_messages):
                due = sa.and_(table.c.state == "queued", table.c.due_time <= sa.func.now())
                waiting = sa.select(sa.exists().where(sa.or_(table.c.state == "sending", due)))
                if connection.execute(waiting).scalar():
                    return True
        return False

    def told(self, address: str, pattern: str) -> str:
        """What the first group of a pattern finds in the newest message to an address that has it."""
        self.work()
        for mail in reversed(self.mail.inbox.mails(address)):
            if found := re.search(pattern, f"{mail.subject}\n{mail.text}"):
                return found.group(1)
        raise LookupError(pattern)

    def subjects(self, address: str) -> list[str]:
        """Of all mails to an address."""
        self.work()
        return [mail.subject for mail in self.mail.inbox.mails(address)]

    def code(self, address: str) -> str:
        """The newest code sent to an address."""
        return self.told(address, r"(?<!\d)(\d{6})(?!\d)")

    def invitation(self, email: str) -> str:
        """The token in the invitation sent to an address."""
        return self.told(email, r"/invitation#(\S+)")

    def sign_up(self) -> "Admin":
        """A new organization and its administrator, logged in."""
        email = f"a-{uuid.uuid4().hex}@example.com"
        client = self.client()
        signup = client.call(
            "CreateSignup", organization_name="鹭", name="Ada", email=email, password=PASSWORD, language="en"
        )
        made = client.call("VerifySignup", signup_id=signup.signup_id, code=self.code(email))
        tokens = client.call("CreateSession", email=email, password=PASSWORD)
        return Admin(self, email, made.organization_id, made.user_id, tokens)


@dataclass
class Admin:
    """An administrator and their tokens."""

    house: House
    email: str
    org_id: str
    user_id: str
    tokens: Any

    def client(self) -> Client:
        """Calling as them."""
        return self.house.client(self.tokens.access_token)

    def member(
        self, grants: list[tuple[str, str, str]], rules: list[tuple[str, str, str]] | None = None
    ) -> tuple[Client, str]:
        """Somebody with a role of these grants (module, operation, scope) and field rules (module, field, access), who
        came by invitation; and their id.
        """
        names, parts = ("module", "operation", "scope"), ("module", "field", "access")
        role = {
            "name": uuid.uuid4().hex,
            "grants": [dict(zip(names, grant, strict=True)) for grant in grants],
            "field_rules": [dict(zip(parts, rule, strict=True)) for rule in rules or []],
        }
        return self.invited(self.client().call("CreateRole", role=role).id)

    def invited(self, role_id: str) -> tuple[Client, str]:
        """Somebody with that role, who came by invitation; and their id."""
        client, email = self.client(), f"m-{uuid.uuid4().hex}@example.com"
        user = client.call("CreateUser", user={"name": "Member", "email": email, "role_ids": [role_id]})
        client.call("InviteUser", id=user.id)
        self.house.client().call("AcceptInvitation", token=self.house.invitation(email), password=PASSWORD)
        tokens = self.house.client().call("CreateSession", email=email, password=PASSWORD)
        return self.house.client(tokens.access_token), str(user.id)


def identity_settings(**addresses: str) -> dict[str, str]:
    """Identity's settings beside those of every service; services that are given no address are away."""
    of_services = dict.fromkeys(("CUSTOMERS", "SALES", "SERVICE_DESK", "ENGAGEMENT"), "127.0.0.1:1") | addresses
    return {
        "GUANXI_MASTER_KEY": KEY,
        "GUANXI_PUBLIC_URL": "http://localhost",
        **{f"GUANXI_{name}_ADDRESS": address for name, address in of_services.items()},
    }


def engagement_settings(smtp_url: str) -> dict[str, str]:
    """Engagement's settings beside those of every service."""
    return {
        "GUANXI_SMTP_URL": smtp_url,
        "GUANXI_MAIL_FROM": MAIL_FROM,
        "GUANXI_MASTER_KEY": KEY,
        "GUANXI_PUBLIC_URL": "http://localhost",
    }


@contextmanager
def house_of(
    database: "Callable[[str], Database]",
    folder: Path,
    mail_sink: "MailSink",
    addresses: Mapping[str, str] | None = None,
    sms: str = "",
) -> Iterator[House]:
    """Both services, until the end of the block. `addresses` are those of other services, such as `CUSTOMERS`; `sms`
    is the provider, as in `GUANXI_SMS`.
    """
    mail = engagement_settings(mail_sink.url)
    mail |= {"GUANXI_SMS": sms} if sms else {}
    config = config_of(database("engagement"), folder / "engagement", EngagementConfig, **mail)
    engagement = build_engagement(config, identity=Tenants().identity)
    outgoing = engagement.server()
    outgoing.start()
    own = identity_settings(ENGAGEMENT=f"127.0.0.1:{outgoing.port}", **(addresses or {}))
    identity = build_identity(config_of(database("identity"), folder / "identity", Config, **own))
    server = identity.server()
    server.start()
    try:
        yield House(identity, engagement, server.port, mail_sink, outgoing.port)
    finally:
        for part in (server, outgoing):
            part.stop(pause=0, grace=1)
        identity.close()
        engagement.close()
