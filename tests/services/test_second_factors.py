"""Second factors: enrolled, asked for at log-in, demanded by an organization, lost and reset."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyotp
import sqlalchemy as sa

from chassis.database.schema import outbox
from chassis.events.outbox import subject_of
from guanxi.events.v1 import events_pb2
from identity.app import build
from identity.config import Config
from identity.factors.codes import STEP_SECONDS, plain, step_of
from identity.factors.table import challenges, recovery_codes, second_factors
from identity.sessions.secrets import digest, hash_password
from identity.users.table import logins
from tests.services.harness import Client, Refused, config_of, refused
from tests.services.test_passwords import second_organization
from tests.support.house import PASSWORD, Admin, House, identity_settings

if TYPE_CHECKING:
    from tests.support.postgres import Database


@dataclass
class App:
    """An authenticator app that never gives one code twice: it takes the codes of the seconds around now in turn."""

    secret: str
    used: set[int] = field(default_factory=set)

    def code(self) -> str:
        """A code that is good now."""
        now = int(time.time()) // STEP_SECONDS
        step = next(step for step in (now - 1, now, now + 1) if step > max(self.used, default=0))
        self.used.add(step)
        return str(pyotp.TOTP(self.secret).generate_otp(step))


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 500_000) % 1_000_000:06d}"


def enrolled(admin: Admin) -> tuple[App, list[str]]:
    """The administrator's app and recovery codes."""
    client = admin.client()
    app = App(client.call("CreateSecondFactor", password=PASSWORD).secret)
    return app, list(client.call("ConfirmSecondFactor", code=app.code()).recovery_codes)


def log_in(house: House, email: str) -> Any:
    """The first step."""
    return house.client().call("CreateSession", email=email, password=PASSWORD)


def verbs(house: House, user_id: str) -> list[str]:
    """What the audit log will say of a person's second factor, oldest first."""
    with house.identity.worker_database.work() as connection:
        rows = connection.execute(
            sa.select(outbox.c.payload).where(outbox.c.resource == "identity.SecondFactor").order_by(outbox.c.id)
        ).scalars()
        events = [events_pb2.Event.FromString(bytes(row)) for row in rows]
    return [event.verb for event in events if event.changes[0].id == user_id]


class TestCodes:
    def test_steps_around_now(self) -> None:
        """A clock may be half a minute wrong; RFC 6238's own example is understood."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        assert 1 == step_of(secret, "287082", 59)
        assert 1 == step_of(secret, "287 082", 89)
        assert step_of(secret, "287082", 90) is None
        assert step_of(secret, "２８７０８２", 59) is None

    def test_plain(self) -> None:
        """Blanks, hyphens and capitals do not matter."""
        assert "abcd23" == plain(" AB-cd 23\n")


class TestEnrolment:
    def test_not_in_force_before_it_is_confirmed(self, house: House, admin: Admin) -> None:
        """A secret nobody proved to have does not lock anybody out."""
        secret = admin.client().call("CreateSecondFactor", password=PASSWORD)
        assert secret.uri.startswith("otpauth://totp/Guanxi")
        assert f"secret={secret.secret}" in secret.uri
        assert not admin.client().call("GetSecondFactor").enrolled
        assert log_in(house, admin.email).access_token

    def test_state(self, admin: Admin) -> None:
        """What there is can be asked for; a wrong password begins nothing, a wrong code confirms nothing."""
        client = admin.client()
        assert [("password", "WRONG_PASSWORD")] == refused(
            client.call, "CreateSecondFactor", password="another"
        ).violations
        app = App(client.call("CreateSecondFactor", password=PASSWORD).secret)
        code = app.code()
        assert [("code", "WRONG_SECOND_FACTOR")] == refused(
            client.call, "ConfirmSecondFactor", code=wrong(code)
        ).violations
        codes = client.call("ConfirmSecondFactor", code=code).recovery_codes
        assert 10 == len(set(codes))
        state = client.call("GetSecondFactor")
        assert (True, 10, False) == (state.enrolled, state.recovery_codes_left, state.required)
        assert abs(state.enroll_time.seconds - time.time()) < 60

    def test_other_sessions_end(self, house: House, admin: Admin) -> None:
        """Sessions begun with the password alone end; the one that enrolled goes on."""
        other = log_in(house, admin.email)
        enrolled(admin)
        assert (
            "UNAUTHENTICATED" == refused(house.client().call, "RefreshSession", refresh_token=other.refresh_token).code
        )
        assert house.client().call("RefreshSession", refresh_token=admin.tokens.refresh_token).access_token

    def test_secrets_are_sealed(self, house: House, admin: Admin) -> None:
        """Neither the secret nor a recovery code is in the database as it is; a sealed one opens on its own row only."""
        app, codes = enrolled(admin)
        other = house.sign_up()
        enrolled(other)
        with house.identity.worker_database.work() as connection:
            rows = connection.execute(sa.select(second_factors)).all()
            hashes = connection.execute(sa.select(recovery_codes.c.code_hash)).scalars().all()
            assert all(app.secret.encode() not in bytes(row.secret or b"") for row in rows)
            assert all(plain(code).encode() not in bytes(value) for code in codes for value in hashes)
            mine, theirs = (_login_id(connection, who.email) for who in (admin, other))
            sealed = {row.login_id: row.secret for row in rows}
            statement = sa.update(second_factors).where(second_factors.c.login_id == theirs)
            connection.execute(statement.values(secret=sealed[mine], last_step=0))
        challenge = log_in(house, other.email).challenge
        assert "INTERNAL" == refused(house.client().call, "VerifySession", challenge=challenge, code=app.code()).code

    def test_replaced(self, house: House, admin: Admin) -> None:
        """Another phone takes the place of the one in force, given a code of that one; then only the new one counts."""
        old, _ = enrolled(admin)
        client = admin.client()
        assert "WRONG_SECOND_FACTOR" in str(refused(client.call, "CreateSecondFactor", password=PASSWORD).violations)
        new = App(client.call("CreateSecondFactor", password=PASSWORD, code=old.code()).secret)
        client.call("ConfirmSecondFactor", code=new.code())
        challenge = log_in(house, admin.email).challenge
        assert house.client().call("VerifySession", challenge=challenge, code=new.code()).access_token


def _login_id(connection: sa.Connection, email: str) -> uuid.UUID:
    return uuid.UUID(str(connection.execute(sa.select(logins.c.id).where(logins.c.email == email)).scalar_one()))


class TestLogIn:
    def test_two_steps(self, house: House, admin: Admin) -> None:
        """The password gives a challenge and nothing else; the code gives a session of a new id."""
        app, _ = enrolled(admin)
        first = log_in(house, admin.email)
        assert ("", "", ["totp", "recovery_code"]) == (first.access_token, first.refresh_token, list(first.factors))
        assert not first.HasField("session")
        second = house.client().call("VerifySession", challenge=first.challenge, code=app.code(), device="Phone")
        assert second.session.user_id == admin.user_id
        assert second.session.session_id != admin.tokens.session.session_id
        assert [] == list(second.recovery_codes)
        assert second.access_token

    def test_wrong_password_tells_nothing(self, house: House, admin: Admin) -> None:
        """Whether there is a second factor is not said before the password is right."""
        enrolled(admin)
        client = house.client()
        unknown = refused(client.call, "CreateSession", email="nobody@example.com", password=PASSWORD)
        known = refused(client.call, "CreateSession", email=admin.email, password="another")
        assert (unknown.code, unknown.reason, unknown.message) == (known.code, known.reason, known.message)

    def test_a_code_once(self, house: House, admin: Admin) -> None:
        """A code that was used is refused with any challenge, also an older code after a newer one."""
        app, _ = enrolled(admin)
        code = app.code()
        older = pyotp.TOTP(app.secret).generate_otp(min(app.used))
        house.client().call("VerifySession", challenge=log_in(house, admin.email).challenge, code=code)
        for used in (code, older):
            challenge = log_in(house, admin.email).challenge
            answer = refused(house.client().call, "VerifySession", challenge=challenge, code=used)
            assert [("code", "WRONG_SECOND_FACTOR")] == answer.violations

    def test_a_challenge_once(self, house: House, admin: Admin) -> None:
        """A challenge begins one session."""
        _, codes = enrolled(admin)
        challenge = log_in(house, admin.email).challenge
        house.client().call("VerifySession", challenge=challenge, code=codes[0])
        answer = refused(house.client().call, "VerifySession", challenge=challenge, code=codes[1])
        assert ("UNAUTHENTICATED", "CHALLENGE_ENDED") == (answer.code, answer.reason)

    def test_five_attempts(self, house: House, admin: Admin) -> None:
        """After five wrong codes even the right one is refused; the log-in begins anew."""
        app, _ = enrolled(admin)
        challenge, code = log_in(house, admin.email).challenge, app.code()
        for _ in range(5):
            refused(house.client().call, "VerifySession", challenge=challenge, code=wrong(code))
        assert "CHALLENGE_ENDED" == refused(house.client().call, "VerifySession", challenge=challenge, code=code).reason
        again = log_in(house, admin.email).challenge
        assert house.client().call("VerifySession", challenge=again, code=code).access_token
        assert ["enrolled", *["refused"] * 5] == verbs(house, admin.user_id)

    def test_guessing_is_slowed(self, house: House, admin: Admin) -> None:
        """With new challenges, too: ten codes from one address, then none; elsewhere the owner gets in."""
        app, _ = enrolled(admin)
        code = app.code()
        guesser = house.client(address="203.0.113.77")
        for _ in range(2):
            challenge = log_in(house, admin.email).challenge
            for _ in range(5):
                refused(guesser.call, "VerifySession", challenge=challenge, code=wrong(code))
        challenge = log_in(house, admin.email).challenge
        answer = refused(guesser.call, "VerifySession", challenge=challenge, code=code)
        assert "RESOURCE_EXHAUSTED" == answer.code
        assert house.client().call("VerifySession", challenge=challenge, code=code).access_token

    def test_a_challenge_ends(self, house: House, admin: Admin) -> None:
        """After its time, and with another password, a challenge is worth nothing."""
        _, codes = enrolled(admin)
        late, stale = log_in(house, admin.email).challenge, log_in(house, admin.email).challenge
        with house.identity.worker_database.work() as connection:
            expired = sa.update(challenges).where(challenges.c.token_hash == digest(late))
            connection.execute(expired.values(expire_time=sa.func.now()))
        assert "CHALLENGE_ENDED" == refused(house.client().call, "VerifySession", challenge=late, code=codes[0]).reason
        with house.identity.worker_database.work() as connection:
            changed = sa.update(logins).where(logins.c.email == admin.email)
            connection.execute(changed.values(password_hash=hash_password("another pass phrase")))
        assert "CHALLENGE_ENDED" == refused(house.client().call, "VerifySession", challenge=stale, code=codes[0]).reason

    def test_recovery_codes(self, house: House, admin: Admin) -> None:
        """Each lets in once, however it is typed; new ones end the old."""
        app, codes = enrolled(admin)
        typed = codes[0].upper().replace("-", " ")
        house.client().call("VerifySession", challenge=log_in(house, admin.email).challenge, code=typed)
        assert 9 == admin.client().call("GetSecondFactor").recovery_codes_left
        challenge = log_in(house, admin.email).challenge
        assert refused(house.client().call, "VerifySession", challenge=challenge, code=codes[0]).violations
        renewed = admin.client().call("CreateRecoveryCodes", password=PASSWORD, code=app.code()).recovery_codes
        assert refused(house.client().call, "VerifySession", challenge=challenge, code=codes[1]).violations
        assert house.client().call("VerifySession", challenge=challenge, code=renewed[0]).access_token

    def test_two_replicas(
        self, house: House, admin: Admin, service_database: "Callable[[str], Database]", tmp_path: Any
    ) -> None:
        """One code given to two replicas at the same moment, with a challenge each, begins one session."""
        other = build(config_of(service_database("identity"), tmp_path, Config, **identity_settings()))
        server = other.server()
        server.start()
        try:
            _, codes = enrolled(admin)
            app = App(admin.client().call("CreateSecondFactor", password=PASSWORD, code=codes[0]).secret)
            fresh = list(admin.client().call("ConfirmSecondFactor", code=app.code()).recovery_codes)
            for code in (app.code(), app.code(), *fresh[:5]):
                clients = [house.client(), House(other, house.engagement, server.port, house.mail).client()]
                waiting = [log_in(house, admin.email).challenge for _ in clients]
                with ThreadPoolExecutor(2) as pool:
                    done = list(pool.map(_verified, clients, waiting, [code, code]))
                assert [False, True] == sorted(done)
        finally:
            server.stop(pause=0, grace=1)
            other.close()


def _verified(client: Client, challenge: str, code: str) -> bool:
    try:
        client.call("VerifySession", challenge=challenge, code=code)
    except Refused as error:
        if error.violations != [("code", "WRONG_SECOND_FACTOR")]:
            raise
        return False
    return True


class TestDemanded:
    def demand(self, admin: Admin) -> None:
        """The organization demands a second factor from now on."""
        client = admin.client()
        etag = client.call("GetOrganization", id=admin.org_id).etag
        client.call(
            "UpdateOrganization",
            organization={"id": admin.org_id, "etag": etag, "second_factor_required": True},
            update_mask={"paths": ["second_factor_required"]},
        )

    def test_enrolled_on_the_way_in(self, house: House, admin: Admin) -> None:
        """Who has none gets no session by the password: they enroll, and are in."""
        self.demand(admin)
        first = log_in(house, admin.email)
        assert ("", ["enroll"]) == (first.access_token, list(first.factors))
        client = house.client()
        assert refused(client.call, "VerifySession", challenge=first.challenge, code="000000").violations
        secret = client.call("EnrollSession", challenge=first.challenge)
        assert secret == client.call("EnrollSession", challenge=first.challenge)
        app = App(secret.secret)
        tokens = client.call("VerifySession", challenge=first.challenge, code=app.code())
        assert 10 == len(tokens.recovery_codes)
        state = house.client(tokens.access_token).call("GetSecondFactor")
        assert (True, True) == (state.enrolled, state.required)
        again = log_in(house, admin.email)
        assert ["totp", "recovery_code"] == list(again.factors)
        assert "SECOND_FACTOR_ENROLLED" == refused(client.call, "EnrollSession", challenge=again.challenge).reason

    def test_an_old_challenge_enrolls_no_second_one(self, house: House, admin: Admin) -> None:
        """Of two enrolments under way one counts; the other's secret never does."""
        self.demand(admin)
        waiting = [log_in(house, admin.email).challenge for _ in range(2)]
        apps = [App(house.client().call("EnrollSession", challenge=one).secret) for one in waiting]
        house.client().call("VerifySession", challenge=waiting[0], code=apps[0].code())
        assert refused(house.client().call, "VerifySession", challenge=waiting[1], code=apps[1].code()).violations

    def test_earlier_sessions_are_not_renewed(self, house: House, admin: Admin) -> None:
        """A session begun without one ends with its access token; one that enrolled meanwhile goes on."""
        other = house.sign_up()
        enrolled(other)
        for who in (admin, other):
            self.demand(who)
        renew = house.client().call
        assert "TOKEN_EXPIRED" == refused(renew, "RefreshSession", refresh_token=admin.tokens.refresh_token).reason
        assert renew("RefreshSession", refresh_token=other.tokens.refresh_token).access_token

    def test_cannot_be_removed(self, house: House, admin: Admin) -> None:
        """Where it is demanded it stays; elsewhere it goes with password and code, and its owner is told."""
        app, codes = enrolled(admin)
        client = admin.client()
        answer = refused(client.call, "DeleteSecondFactor", password=PASSWORD, code=wrong(app.code()))
        assert [("code", "WRONG_SECOND_FACTOR")] == answer.violations
        other = house.sign_up()
        other_app, _ = enrolled(other)
        self.demand(other)
        answer = refused(other.client().call, "DeleteSecondFactor", password=PASSWORD, code=other_app.code())
        assert ("FAILED_PRECONDITION", "SECOND_FACTOR_REQUIRED") == (answer.code, answer.reason)
        client.call("DeleteSecondFactor", password=PASSWORD, code=codes[0])
        assert log_in(house, admin.email).access_token
        assert "Your second factor was removed" in house.subjects(admin.email)
        assert ["enrolled", "refused", "removed"] == verbs(house, admin.user_id)


class TestReset:
    def test_by_an_administrator(self, house: House, admin: Admin) -> None:
        """The member's second factor and sessions end, they are told, and the password lets them in again."""
        member, user_id = admin.member([])
        email = member.call("GetCurrentSession").email
        app = App(member.call("CreateSecondFactor", password=PASSWORD).secret)
        member.call("ConfirmSecondFactor", code=app.code())
        challenge = log_in(house, email).challenge
        tokens = house.client().call("VerifySession", challenge=challenge, code=app.code())
        admin.client().call("ResetSecondFactor", id=user_id)
        refused(house.client().call, "RefreshSession", refresh_token=tokens.refresh_token)
        assert log_in(house, email).access_token
        assert "Your second factor was reset" in house.subjects(email)
        assert ["enrolled", "reset"] == verbs(house, user_id)
        assert "NO_SECOND_FACTOR" == refused(admin.client().call, "ResetSecondFactor", id=user_id).reason

    def test_by_nobody_else(self, house: House, admin: Admin) -> None:
        """Not without the right, not of another organization's member, and not one's own without its code."""
        app, _ = enrolled(admin)
        viewer, _ = admin.member([("users", "view", "all")])
        assert "PERMISSION_DENIED" == refused(viewer.call, "ResetSecondFactor", id=admin.user_id).code
        stranger = house.sign_up()
        assert "NOT_FOUND" == refused(stranger.client().call, "ResetSecondFactor", id=admin.user_id).code
        assert "OWN_SECOND_FACTOR" == refused(admin.client().call, "ResetSecondFactor", id=admin.user_id).reason
        challenge = log_in(house, admin.email).challenge
        assert house.client().call("VerifySession", challenge=challenge, code=app.code()).access_token

    def test_not_of_who_logs_in_elsewhere(self, house: House, admin: Admin) -> None:
        """What guards another organization, too, is not this one's administrator's to remove."""
        member, user_id = admin.member([])
        email = member.call("GetCurrentSession").email
        second_organization(house, email)
        app = App(member.call("CreateSecondFactor", password=PASSWORD).secret)
        member.call("ConfirmSecondFactor", code=app.code())
        error = refused(admin.client().call, "ResetSecondFactor", id=user_id)
        assert ("FAILED_PRECONDITION", "LOGIN_ELSEWHERE") == (error.code, error.reason)
        assert "recovery code" in error.message
        assert log_in(house, email).challenge

    def test_not_of_who_may_do_more(self, house: House, admin: Admin) -> None:
        """Who administers users and nothing else leaves an administrator theirs, and lets one of their equals begin anew."""
        enrolled(admin)
        rights = [("users", verb, "all") for verb in ("view", "administer")]
        clerk, _ = admin.member(rights)
        assert "BEYOND_OWN_RIGHTS" == refused(clerk.call, "ResetSecondFactor", id=admin.user_id).reason
        assert "challenge" in {field.name for field, _ in log_in(house, admin.email).ListFields()}
        equal, equal_id = admin.member(rights)
        app = App(equal.call("CreateSecondFactor", password=PASSWORD).secret)
        equal.call("ConfirmSecondFactor", code=app.code())
        clerk.call("ResetSecondFactor", id=equal_id)


def test_subjects() -> None:
    """The events' subjects, as the audit log hears them."""
    assert "guanxi.identity.second_factor.enrolled" == subject_of("identity.SecondFactor", "enrolled")
