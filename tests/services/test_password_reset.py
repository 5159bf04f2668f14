"""Passwords that were forgotten: a link by mail, once; what it opens, what it ends, and what it tells nobody."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import sqlalchemy as sa

from chassis.database.schema import timers
from identity.factors.table import challenges
from identity.passwords.table import password_resets
from identity.sessions import secrets
from identity.sessions.table import throttles
from identity.users.table import logins
from tests.services.harness import Client, Refused, refused
from tests.services.test_passwords import (
    OTHER,
    answered,
    assert_ended,
    link_for,
    log_in,
    second_organization,
    sql,
)
from tests.support.house import PASSWORD, Admin, House
from tests.support.statements import recorded

RESET = "Reset your Guanxi password"


def aged(house: House, token: str) -> None:
    """A link that went out a minute ago."""
    this = sa.update(password_resets).where(password_resets.c.secret_hash == secrets.digest(token))
    sql(house, this.values(expire_time=password_resets.c.expire_time - timedelta(minutes=1)))


class TestReset:
    def test_a_link_sets_another_password_once(self, house: House, admin: Admin) -> None:
        """All sessions and API tokens end, the old password too, and the link."""
        api_token = admin.client().call("CreateApiToken", name="t").token
        token = link_for(house, admin.email)
        house.client().call("ResetPassword", token=token, password=OTHER)
        assert_ended(house, token)
        refresh = refused(house.client().call, "RefreshSession", refresh_token=admin.tokens.refresh_token)
        assert "TOKEN_EXPIRED" == refresh.reason
        assert "UNAUTHENTICATED" == refused(house.client(api_token).call, "ListRoles").code
        assert "WRONG_CREDENTIALS" == refused(log_in, house, admin.email).reason
        log_in(house, admin.email, OTHER)
        assert "Your Guanxi password was changed" in house.subjects(admin.email)

    def test_sessions_elsewhere_end(self, house: House, admin: Admin) -> None:
        """Also in the person's other organizations; what begins after the reset goes on."""
        elsewhere = second_organization(house, admin.email)
        house.client().call("ResetPassword", token=link_for(house, admin.email), password=OTHER)
        after = log_in(house, admin.email, OTHER)
        house.work()
        for ended in (elsewhere, admin.tokens):
            refused(house.client().call, "RefreshSession", refresh_token=ended.refresh_token)
        house.client().call("RefreshSession", refresh_token=after.refresh_token)

    def test_the_policy_holds(self, house: House, admin: Admin) -> None:
        """A refused password leaves the link as it is."""
        token = link_for(house, admin.email)
        guessable = refused(house.client().call, "ResetPassword", token=token, password="password1!")
        assert [("password", "PASSWORD_COMMON")] == guessable.violations
        house.client().call("ResetPassword", token=token, password=OTHER)

    def test_only_a_hash_is_kept(self, house: House, admin: Admin) -> None:
        """What the database holds opens nothing; the secret has 256 bits, and waits sealed for the mail."""
        house.client().call("CreatePasswordReset", email=admin.email)
        house.identity.loops[0]()
        with house.identity.worker_database.work() as connection:
            waiting = connection.execute(
                sa.select(timers.c.payload).where(timers.c.org_id == uuid.UUID(admin.org_id))
            ).scalars()
            payloads = json.dumps(list(waiting))
        token = house.told(admin.email, r"/reset#(\S+)")
        assert token not in payloads
        hashes = sql(house, sa.select(password_resets.c.secret_hash)).scalars()
        assert secrets.digest(token) in [bytes(each) for each in hashes]
        assert len(token) == 43

    def test_a_newer_link_ends_the_older(self, house: House, admin: Admin) -> None:
        """Of two links only the second opens."""
        older = link_for(house, admin.email)
        aged(house, older)
        newer = link_for(house, admin.email)
        assert_ended(house, older)
        house.client().call("ResetPassword", token=newer, password=OTHER)

    def test_one_link_a_minute(self, house: House, admin: Admin) -> None:
        """Whoever asks again at once sends no second mail and does not end the first link; another mailbox gets its own."""
        token = link_for(house, admin.email)
        for _ in range(3):
            assert token == link_for(house, admin.email)
        assert 1 == house.subjects(admin.email).count(RESET)
        moved = f"new-{admin.email}"
        sql(house, sa.update(logins).where(logins.c.email == admin.email).values(email=moved))
        assert token != link_for(house, moved)
        aged_first = link_for(house, moved)
        aged(house, aged_first)
        assert aged_first != link_for(house, moved)
        assert 2 == house.subjects(moved).count(RESET)

    def test_the_second_factor_stays(self, house: House, admin: Admin) -> None:
        """Who reads a person's mail still needs their phone; a log-in that waited for its code ends."""
        client = admin.client()
        secret = client.call("CreateSecondFactor", password=PASSWORD).secret
        codes = client.call("ConfirmSecondFactor", code=pyotp.TOTP(secret).now()).recovery_codes
        waiting = log_in(house, admin.email).challenge
        house.client().call("ResetPassword", token=link_for(house, admin.email), password=OTHER)
        assert not sql(house, sa.select(challenges).where(challenges.c.token_hash == secrets.digest(waiting))).first()
        ended = refused(house.client().call, "VerifySession", challenge=waiting, code=codes[0])
        assert "CHALLENGE_ENDED" == ended.reason
        first = log_in(house, admin.email, OTHER)
        assert ("", ["totp", "recovery_code"]) == (first.access_token, list(first.factors))
        assert house.client().call("VerifySession", challenge=first.challenge, code=codes[0]).access_token

    def test_it_lasts_30_minutes(self, house: House, admin: Admin) -> None:
        """And not a moment longer."""
        token = link_for(house, admin.email)
        secret_hash = secrets.digest(token)
        this = password_resets.c.secret_hash == secret_hash
        until = sql(house, sa.select(password_resets.c.expire_time).where(this)).scalar()
        assert timedelta(minutes=28) < until - datetime.now(UTC) <= timedelta(minutes=30)
        sql(house, sa.update(password_resets).where(this).values(expire_time=datetime.now(UTC)))
        assert_ended(house, token)

    def test_it_dies_with_the_address(self, house: House, admin: Admin) -> None:
        """Another mailbox's link does not open the account."""
        token = link_for(house, admin.email)
        sql(house, sa.update(logins).where(logins.c.email == admin.email).values(email=f"new-{admin.email}"))
        assert_ended(house, token)

    def test_it_dies_with_the_member(self, house: House, admin: Admin) -> None:
        """Who may not enter any more cannot by an old link, nor when they are let in again; and gets no new one. Nobody
        is deleted before.
        """
        client, user_id = admin.member([("accounts", "view", "own")])
        email = client.call("GetCurrentSession").email
        token = link_for(house, email)
        act = admin.client().call
        self._set_active(admin, act("GetUser", id=user_id), active=False)
        assert_ended(house, token)
        before = sql(house, sa.select(sa.func.count()).select_from(password_resets)).scalar()
        house.client().call("CreatePasswordReset", email=email)
        answered(house)
        assert before == sql(house, sa.select(sa.func.count()).select_from(password_resets)).scalar()
        self._set_active(admin, act("GetUser", id=user_id), active=True)
        assert_ended(house, token)

    def _set_active(self, admin: Admin, user: Any, *, active: bool) -> None:
        admin.client().call(
            "UpdateUser",
            user={"id": user.id, "etag": user.etag, "active": active},
            update_mask={"paths": ["active"]},
        )

    def test_nothing_tells_which_addresses_are_known(self, house: House, admin: Admin, hashed: list[str]) -> None:
        """The answer to an unknown address is the same and costs as much: the same statements, and as many hashes."""
        for method, more in (("CreatePasswordReset", {}), ("CreateSession", {"password": "not the password"})):
            cost = []
            for email in (admin.email, f"{uuid.uuid4().hex}@example.com"):
                sql(house, sa.text("DELETE FROM throttles"))
                hashed.clear()
                with recorded(house.identity.database, "rpc") as statements:
                    answer = self._answer(house.client(), method, email=email, **more)
                cost.append((answer, [text for text, _ in statements], list(hashed)))
            assert cost[0] == cost[1], method
        answered(house)

    def _answer(self, client: Client, method: str, **fields: Any) -> Any:
        try:
            return client.call(method, **fields).SerializeToString()
        except Refused as caught:
            return caught.code, caught.reason, caught.message, caught.violations

    def test_asking_is_slowed_down(self, house: House, admin: Admin) -> None:
        """Ten times from one address, for somebody known or not; whoever asks from another goes on."""
        for email in (admin.email, f"{uuid.uuid4().hex}@example.com"):
            stranger = f"test-{uuid.uuid4().hex}"
            for _ in range(10):
                house.client(address=stranger).call("CreatePasswordReset", email=email)
            again = refused(house.client(address=stranger).call, "CreatePasswordReset", email=email)
            assert "TOO_MANY_ATTEMPTS" == again.reason
            house.client().call("CreatePasswordReset", email=email)
        answered(house)

    def test_asking_from_everywhere_is_slowed_down(self, house: House, admin: Admin) -> None:
        """At a much higher count, and not where the owner logged in before."""
        home = f"test-{uuid.uuid4().hex}"
        house.client(address=home).call("CreateSession", email=admin.email, password=PASSWORD)
        for email in (admin.email, f"{uuid.uuid4().hex}@example.com"):
            house.client().call("CreatePasswordReset", email=email)
            account = sa.update(throttles).where(throttles.c.key == f"reset-account:{email}")
            assert 1 == sql(house, account.values(count=200)).rowcount
            assert "TOO_MANY_ATTEMPTS" == refused(house.client().call, "CreatePasswordReset", email=email).reason
        house.client(address=home).call("CreatePasswordReset", email=admin.email)
        answered(house)
