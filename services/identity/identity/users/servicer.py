"""Custom methods of users: invitation by mail, and its acceptance; those of leaving are in `departures`, what they may do
is in `access`, and their sessions are in `sessions`.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, NotFoundError, PreconditionError
from chassis.resources.records import record_id
from chassis.resources.resource import Draft
from chassis.service import Service
from guanxi.identity.v1 import users_pb2
from identity.access.servicer import EffectiveAccess
from identity.departures.servicer import Departures
from identity.factors import keeping
from identity.factors.notices import Notices
from identity.mail import Mail, Transports
from identity.organizations.table import organizations
from identity.passwords import initial
from identity.passwords.policy import Policy
from identity.roles.escalation import refuse_beyond_user
from identity.sessions import secrets, throttle
from identity.sessions.administered import AdministeredSessions
from identity.sessions.endings import end_all, end_session
from identity.sessions.table import sessions
from identity.signup.founding import join
from identity.users.contact import is_number, log_in_name
from identity.users.members import sole_login
from identity.users.table import invitations

INVITATION_LIFETIME = timedelta(days=7)


class UserServicer(Departures, EffectiveAccess, AdministeredSessions):
    """Handlers of `UserService` beside the standard ones."""

    def __init__(self, service: Service, mail: Mail, transports: Transports, public_url: str) -> None:
        Departures.__init__(self, service)
        EffectiveAccess.__init__(self, service)
        AdministeredSessions.__init__(self, service)
        self._mail = mail
        self._transports = transports
        self._public_url = public_url.rstrip("/")
        self._notices = Notices(mail, public_url)

    def invite_user(self, call: Call, request: users_pb2.InviteUserRequest) -> Message:
        """Send a link that lasts 7 days, by SMS to who has no e-mail address; an earlier link ends."""
        return self._records.change(call, request, request.id, partial(self._invite, request.request_id))

    def _invite(self, request_id: str, transaction: Transaction, user: Mapping[str, Any]) -> Draft:
        contact = log_in_name(user)
        if contact is None:
            raise PreconditionError("ADDRESS_MISSING")
        # Who was let in with an initial password may yet prove that the address is theirs.
        if user["active"] and not initial.is_unproved(transaction, user["id"]):
            raise PreconditionError("MEMBER_ALREADY")
        if is_number(contact):
            self._transports.require_sms("phone")
            throttle.count_invitation(self._service.database, contact, transaction.call.org_id)
        token, token_hash = secrets.opaque(transaction.call.org_id)
        statement = insert(invitations).values(
            org_id=transaction.call.org_id,
            user_id=user["id"],
            secret_hash=token_hash,
            email=contact,
            expire_time=datetime.now(UTC) + INVITATION_LIFETIME,
        )
        transaction.execute(
            statement.on_conflict_do_update(index_elements=["org_id", "user_id"], set_=dict(statement.excluded))
        )
        self._send(transaction, user, contact, token, request_id)
        draft = Draft.of(user)
        draft.values["invite_time"] = datetime.now(UTC)
        self._records.write(transaction, [draft], "invited")
        return draft

    def set_user_password(self, call: Call, request: users_pb2.SetUserPasswordRequest) -> Message:
        """Let somebody choose a password who knows this one; what the password before had opened ends."""

        def effect(transaction: Transaction, user: Mapping[str, Any]) -> Draft:
            if user["id"] == call.principal.user_id:
                raise PreconditionError("OWN_PASSWORD")
            refuse_beyond_user(transaction, user)
            initial.give(transaction, user, request.password, field="password")
            end_all(transaction, [user["id"]])
            draft = Draft.of(user)
            draft.values["active"] = True
            if not user["active"]:
                self._records.write(transaction, [draft], "activated")
            return draft

        return self._records.change(call, request, request.id, effect, "administer")

    def reset_second_factor(self, call: Call, request: users_pb2.ResetSecondFactorRequest) -> Empty:
        """Let somebody who lost phone and recovery codes begin anew with the password alone."""
        user_id = record_id(request.id)
        if user_id == call.principal.user_id:
            raise PreconditionError("OWN_SECOND_FACTOR")
        with self._service.database.write(call) as transaction:
            user = self._records.lock(transaction, [user_id], "administer").get(user_id)
            if user is None:
                raise NotFoundError
            refuse_beyond_user(transaction, user)
            login = sole_login(transaction, user_id)
            if login is None or not keeping.remove(transaction, login.id):
                raise PreconditionError("NO_SECOND_FACTOR")
            end_session(transaction, sessions.c.user_id == user_id)
            keeping.tell(transaction, "reset", [user_id])
            self._notices.post(transaction, "second_factor_reset", user_id)
        return Empty()

    def look_up_invitation(self, call: Call, request: users_pb2.LookUpInvitationRequest) -> users_pb2.Invitation:
        """Whose invitation it is, and to what."""
        org_id, token_hash = _presented(request.token)
        lasting = (
            sa.select(invitations.c.email, organizations.c.name)
            .join(organizations, organizations.c.org_id == invitations.c.org_id)
            .where(
                invitations.c.org_id == org_id,
                invitations.c.secret_hash == token_hash,
                invitations.c.expire_time > datetime.now(UTC),
            )
        )
        found = self._service.database.read(self._service.control_plane.system_call(org_id, of=call), lasting)
        if not found:
            raise InvalidArgumentError.of("token", "INVITATION_ENDED")
        return users_pb2.Invitation(organization_name=found[0].name, email=found[0].email)

    def accept_invitation(
        self, call: Call, request: users_pb2.AcceptInvitationRequest
    ) -> users_pb2.AcceptInvitationResponse:
        """Make the user active, with this password unless the person has one already."""
        org_id, token_hash = _presented(request.token)
        with self._service.database.write(self._service.control_plane.system_call(org_id, of=call)) as transaction:
            invitation = transaction.execute(
                sa.delete(invitations)
                .where(invitations.c.org_id == org_id, invitations.c.secret_hash == token_hash)
                .returning(invitations)
            ).first()
            if invitation is None or invitation.expire_time < datetime.now(UTC):
                raise InvalidArgumentError.of("token", "INVITATION_ENDED")
            problems = Policy.of_organization(transaction).violations(request.password, invitation.email.lstrip("+"))
            if problems:
                raise InvalidArgumentError(violations=problems)
            self._activate(transaction, invitation, request.password)
        self._service.control_plane.forget(org_id)
        return users_pb2.AcceptInvitationResponse(email=invitation.email)

    def _activate(self, transaction: Transaction, invitation: Any, password: str) -> None:
        org_id = transaction.call.org_id
        before = self._records.lock(transaction, [invitation.user_id], "edit").get(invitation.user_id)
        # An address that was changed since is another mailbox.
        if before is None or (log_in_name(before) or "").lower() != invitation.email.lower():
            raise InvalidArgumentError.of("token", "INVITATION_ENDED")
        name = transaction.execute(sa.select(organizations.c.name).where(organizations.c.org_id == org_id)).scalar_one()
        if initial.is_unproved(transaction, invitation.user_id):
            end_all(transaction, [invitation.user_id])  # whoever knew the initial password is not who has the mailbox
        join(transaction, invitation.email, secrets.hash_password(password), invitation.user_id, name)
        draft = Draft.of(before)
        draft.values["active"] = True
        self._records.write(transaction, [draft])

    def _send(
        self, transaction: Transaction, user: Mapping[str, Any], contact: str, token: str, request_id: str
    ) -> None:
        call = transaction.call
        organization = transaction.execute(
            sa.select(organizations.c.name, organizations.c.language).where(organizations.c.org_id == call.org_id)
        ).first()
        if organization is None:
            raise NotFoundError
        self._mail.post(
            transaction,
            contact,
            "invitation",
            user["language"] or organization.language,
            {"link": f"{self._public_url}/invitation#{token}", "organization": organization.name, "name": user["name"]},
            request_id=f"invitation-{user['id']}-{request_id or token[-16:]}",
        )


def _presented(token: str) -> tuple[uuid.UUID, bytes]:
    """Organization and hash of an invitation's token. Raises InvalidArgumentError."""
    presented = secrets.parts(token)
    if presented is None:
        raise InvalidArgumentError.of("token", "INVITATION_ENDED")
    return presented
