"""Custom methods of users: invitation by mail, and its acceptance."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Call, system_call
from chassis.database.connection import Transaction, mapping
from chassis.errors import InvalidArgumentError, NotFoundError, PreconditionError
from chassis.idempotency import once
from chassis.resources.resource import Draft
from chassis.resources.standard import record_id
from chassis.service import Service
from guanxi.identity.v1 import users_pb2
from identity.mail import Mail
from identity.organizations.table import organizations
from identity.sessions import secrets
from identity.signup.founding import join
from identity.users.table import invitations, users

INVITATION_LIFETIME = timedelta(days=7)


class UserServicer:
    """Handlers of `UserService` beside the standard ones."""

    def __init__(self, service: Service, mail: Mail, public_url: str) -> None:
        self._service = service
        self._methods = service.methods["users"]
        self._mail = mail
        self._public_url = public_url.rstrip("/")

    def invite_user(self, call: Call, request: users_pb2.InviteUserRequest) -> Message:
        """Send a link that lasts 7 days; an earlier link ends."""
        row = self._methods.query.get(call, record_id(request.id))
        if not row.email:
            raise PreconditionError("ADDRESS_MISSING")
        if row.active:
            raise PreconditionError("MEMBER_ALREADY")
        token, token_hash = secrets.opaque(call.org_id)
        values = {
            "org_id": call.org_id,
            "user_id": row.id,
            "secret_hash": token_hash,
            "email": row.email,
            "expire_time": datetime.now(UTC) + INVITATION_LIFETIME,
        }
        with self._service.database.write(call) as transaction:

            def effect() -> users_pb2.User:
                statement = insert(invitations).values(values)
                transaction.execute(
                    statement.on_conflict_do_update(index_elements=["org_id", "user_id"], set_=dict(statement.excluded))
                )
                self._send(transaction, row, token, request.request_id)
                answer = users_pb2.User()
                hidden = call.access.hidden("users")
                described: Any = self._methods.store.projection.message(mapping(row), hidden)
                answer.CopyFrom(described)
                return answer

            return once(transaction, request, users_pb2.User, effect)

    def accept_invitation(
        self, call: Call, request: users_pb2.AcceptInvitationRequest
    ) -> users_pb2.AcceptInvitationResponse:
        """Make the user active, with this password unless the person has one already."""
        presented = secrets.parts(request.token)
        if presented is None:
            raise InvalidArgumentError.of("token", "INVITATION_ENDED")
        org_id, token_hash = presented
        with self._service.database.write(system_call(org_id)) as transaction:
            invitation = transaction.execute(
                sa.delete(invitations)
                .where(invitations.c.org_id == org_id, invitations.c.secret_hash == token_hash)
                .returning(invitations)
            ).first()
            if invitation is None or invitation.expire_time < datetime.now(UTC):
                raise InvalidArgumentError.of("token", "INVITATION_ENDED")
            problems = secrets.wrong_password(request.password, invitation.email)
            if problems:
                raise InvalidArgumentError(violations=problems)
            self._activate(transaction, invitation, request.password)
        self._service.control_plane.forget(org_id)
        return users_pb2.AcceptInvitationResponse(email=invitation.email)

    def _activate(self, transaction: Transaction, invitation: Any, password: str) -> None:
        org_id = transaction.call.org_id
        locked = self._methods.store.lock(
            transaction, [users.c.org_id == org_id, users.c.id == invitation.user_id, users.c.delete_time.is_(None)]
        )
        before = locked.get(invitation.user_id)
        # An address that was changed since is another mailbox.
        if before is None or (before["email"] or "").lower() != invitation.email.lower():
            raise InvalidArgumentError.of("token", "INVITATION_ENDED")
        name = transaction.execute(sa.select(organizations.c.name).where(organizations.c.org_id == org_id)).scalar_one()
        join(transaction, invitation.email, secrets.hash_password(password), invitation.user_id, name)
        draft = Draft(invitation.user_id, {**before, "active": True}, before)
        organization = self._service.control_plane.organization(org_id)
        self._methods.store.update(transaction, organization, [draft])

    def _send(self, transaction: Transaction, row: Any, token: str, request_id: str) -> None:
        call = transaction.call
        organization = transaction.execute(
            sa.select(organizations.c.name, organizations.c.language).where(organizations.c.org_id == call.org_id)
        ).first()
        if organization is None:
            raise NotFoundError
        self._mail.send(
            row.email,
            "invitation",
            row.language or organization.language,
            {"link": f"{self._public_url}/invitation#{token}", "organization": organization.name, "name": row.name},
            request_id=f"invitation-{row.id}-{request_id or token[-16:]}",
            org_id=str(call.org_id),
        )
