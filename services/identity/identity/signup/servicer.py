"""`SignupService`: an organization and its first administrator, proved by a code sent to the address, or to the mobile number.

Nothing in an answer tells whether an address is known: a known person's password stays as it is, and the new
organization becomes another of theirs.
"""

import hmac
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.call import Call
from chassis.errors import InvalidArgumentError
from chassis.ids import uuid7
from chassis.service import Service
from guanxi.identity.v1 import signup_pb2
from identity.mail import Mail, Transports
from identity.sessions import throttle
from identity.sessions.secrets import digest, hash_password
from identity.signup.founding import found
from identity.signup.rules import checked, new_code
from identity.signup.table import signups

CODE_LIFETIME = timedelta(minutes=15)
MOST_ATTEMPTS = 5


class SignupServicer:
    """Handlers of `SignupService`."""

    def __init__(self, service: Service, mail: Mail, transports: Transports) -> None:
        self._transports = transports
        self._service = service
        self._database = service.database
        self._mail = mail

    def get_signup_options(self, call: Call, request: signup_pb2.GetSignupOptionsRequest) -> signup_pb2.SignupOptions:
        """What the form may offer."""
        return signup_pb2.SignupOptions(phone=self._transports.sms())

    def create_signup(self, call: Call, request: signup_pb2.CreateSignupRequest) -> signup_pb2.Signup:
        """Keep what was entered and send the code."""
        values, problems = checked(request)
        if problems:
            raise InvalidArgumentError(violations=problems)
        address, contact = call.principal.address, values["email"] or values["phone"]
        if not values["email"]:
            self._transports.require_sms("phone")
            throttle.count_sms(self._database, "signup", contact, address)
        throttle.count(self._database, throttle.signup_limits(contact, address))
        signup_id, code = uuid7(), new_code()
        row = {
            "id": signup_id,
            "email": contact,
            "code_hash": digest(f"{signup_id}{code}"),
            "password_hash": hash_password(request.password),
            "data": values,
            "expire_time": datetime.now(UTC) + CODE_LIFETIME,
        }
        with self._database.work() as connection:
            connection.execute(sa.insert(signups).values(row))
        self._mail.send(
            contact,
            "signup_code",
            values["language"],
            {"code": code, "organization": values["organization_name"], "name": values["name"]},
            request_id=str(signup_id),
        )
        return signup_pb2.Signup(signup_id=str(signup_id))

    def verify_signup(self, call: Call, request: signup_pb2.VerifySignupRequest) -> signup_pb2.VerifySignupResponse:
        """Make the organization, once."""
        signup_id = ids.parse(request.signup_id)
        row = self._attempt(signup_id) if signup_id else None
        right = row is not None and hmac.compare_digest(
            bytes(row.code_hash), digest(f"{signup_id}{request.code.strip()}")
        )
        if row is None or not right:
            raise InvalidArgumentError.of("code", "WRONG_CODE")
        org_id, user_id = (row.org_id, row.user_id) if row.org_id else (uuid7(), uuid7())
        found(self._service, row, org_id, user_id)
        return signup_pb2.VerifySignupResponse(organization_id=str(org_id), user_id=str(user_id))

    def _attempt(self, signup_id: uuid.UUID) -> Any:
        """Count an attempt; the sign-up while it may still be verified."""
        with self._database.work() as connection:
            return connection.execute(
                sa.update(signups)
                .where(
                    signups.c.id == signup_id,
                    signups.c.expire_time > sa.func.now(),
                    signups.c.attempts < MOST_ATTEMPTS,
                )
                .values(attempts=signups.c.attempts + 1)
                .returning(signups)
            ).first()
