"""Passwords: what one must be, change, reset by mail, and what the audit log says of it and of log-ins."""

import json
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from chassis.database.schema import outbox
from guanxi.events.v1 import events_pb2
from identity.audit.consumer import record
from identity.passwords.policy import Policy
from identity.passwords.table import address_requests, password_history
from identity.sessions import secrets
from identity.users.table import logins
from tests.services.harness import Refused, refused
from tests.support.house import PASSWORD, Admin, House

OTHER = "amber kettle drifting"
THIRD = "seven paper herons"


def log_in(house: House, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """Tokens of a new session."""
    return house.client().call("CreateSession", email=email, password=password, **more)


def answered(house: House) -> None:
    """Everything that was asked of addresses, done."""
    while house.identity.loops[0]():
        pass
    house.work()


def link_for(house: House, email: str) -> str:
    """The token in the newest link sent to an address."""
    house.client().call("CreatePasswordReset", email=email)
    answered(house)
    return house.told(email, r"http://localhost/reset#(\S+)")


def second_organization(house: House, email: str) -> Any:
    """The same person's other organization: the tokens of a session there."""
    client = house.client()
    signup = client.call("CreateSignup", organization_name="鹤", name="Ada", email=email, password=PASSWORD)
    made = client.call("VerifySignup", signup_id=signup.signup_id, code=house.code(email))
    return log_in(house, email, organization_id=made.organization_id)


def set_policy(admin: Admin, **fields: int) -> None:
    """Change the organization's password policy."""
    client = admin.client()
    before = client.call("GetOrganization", id=admin.org_id)
    client.call(
        "UpdateOrganization",
        organization={"id": admin.org_id, "etag": before.etag, **fields},
        update_mask={"paths": list(fields)},
    )


def happenings(house: House, org_id: str, resource: str) -> list[events_pb2.Event]:
    """The events of a resource in an organization, oldest first."""
    with house.identity.worker_database.work() as connection:
        rows = connection.execute(
            sa.select(outbox.c.payload)
            .where(outbox.c.org_id == uuid.UUID(org_id), outbox.c.resource == resource)
            .order_by(outbox.c.id)
        ).scalars()
        return [events_pb2.Event.FromString(bytes(row)) for row in rows]


def sql(house: House, statement: Any) -> Any:
    """A statement on tables of no organization."""
    with house.identity.database.work() as connection:
        return connection.execute(statement)


class TestPolicy:
    @pytest.mark.parametrize(
        "password",
        ["password1!", "qwertyuiop[]", "aaaaaaaaaaaaaaaa", "abcd1234" * 20, "我爱你我爱你我爱你", "1q2w3e4r5t6y"],
    )
    def test_guessable_ones_are_refused(self, password: str) -> None:
        """Words, keyboard patterns and repetitions are no passwords, whatever their length."""
        assert ["PASSWORD_COMMON"] == [problem.reason for problem in Policy().violations(password)]

    def test_ones_own_name_is_refused(self) -> None:
        """What others know of a person is the first that they try."""
        assert Policy().violations("heronsworth1", "ada@example.com", "Heronsworth")
        assert not Policy().violations("heronsworth1")

    def test_long_ones_are_taken_whole(self) -> None:
        """200 characters are a password, and the last one counts."""
        phrase = "quiet harbour lantern " * 9
        kept = secrets.hash_password(phrase)
        assert not Policy().violations(phrase)
        assert secrets.matches(kept, phrase)
        assert not secrets.matches(kept, phrase[:-1])

    def test_argon2id_with_owasps_parameters(self) -> None:
        """At least 19 MiB, two passes, one lane."""
        found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$", secrets.hash_password(PASSWORD))
        assert found is not None
        assert int(found.group(1)) >= 19_456
        assert int(found.group(2)) >= 2

    def test_hashing_at_once_is_bounded(self) -> None:
        """It takes 19 MiB and a core each: a third waits until one of two has ended."""
        waiting = threading.Thread(target=secrets.hash_password, args=(PASSWORD,), daemon=True)
        with secrets._AT_ONCE, secrets._AT_ONCE:
            waiting.start()
            waiting.join(0.5)
            assert waiting.is_alive()
        waiting.join(30)
        assert not waiting.is_alive()

    def test_the_checks_are_quick(self) -> None:
        """The longest password is checked within a second on a busy machine, whatever it is made of."""
        begin = time.monotonic()
        Policy().violations("a1@e0$" * 40)
        assert time.monotonic() - begin < 1

    def test_the_organizations_length_holds(self, house: House, admin: Admin) -> None:
        """Who is invited, and who changes their password, needs as many characters as the organization asks for."""
        set_policy(admin, password_minimum_length=24)
        short = refused(admin.client().call, "ChangePassword", current_password=PASSWORD, new_password=OTHER)
        assert [("new_password", "PASSWORD_SHORT")] == short.violations
        assert "24" in short.message
        role = admin.client().call("ListRoles").roles[0].id
        email = f"m-{uuid.uuid4().hex}@example.com"
        user = admin.client().call("CreateUser", user={"name": "M", "email": email, "role_ids": [role]})
        admin.client().call("InviteUser", id=user.id)
        token = house.invitation(email)
        assert [("password", "PASSWORD_SHORT")] == refused(
            house.client().call, "AcceptInvitation", token=token, password=OTHER
        ).violations

    def test_the_strictest_organization_decides(self, house: House, admin: Admin) -> None:
        """A person's one password satisfies all their organizations."""
        theirs = second_organization(house, admin.email)
        set_policy(admin, password_minimum_length=30)
        client = house.client(theirs.access_token)
        short = refused(client.call, "ChangePassword", current_password=PASSWORD, new_password=OTHER)
        assert [("new_password", "PASSWORD_SHORT")] == short.violations

    @pytest.mark.parametrize("length", [7, 65])
    def test_lengths_out_of_range(self, admin: Admin, length: int) -> None:
        """An organization cannot ask for fewer than 8 or more than 64 characters."""
        with pytest.raises(Refused) as caught:
            set_policy(admin, password_minimum_length=length)
        assert [("password_minimum_length", "OUT_OF_RANGE")] == caught.value.violations

    def test_the_last_ones_are_refused(self, house: House, admin: Admin) -> None:
        """With a history of two neither the present nor the one before is taken; the third last is."""
        set_policy(admin, password_history=2)
        change = admin.client().call
        same = refused(change, "ChangePassword", current_password=PASSWORD, new_password=PASSWORD)
        assert [("new_password", "PASSWORD_REPEATED")] == same.violations
        change("ChangePassword", current_password=PASSWORD, new_password=OTHER)
        assert [("new_password", "PASSWORD_REPEATED")] == refused(
            change, "ChangePassword", current_password=OTHER, new_password=PASSWORD
        ).violations
        change("ChangePassword", current_password=OTHER, new_password=THIRD)
        change("ChangePassword", current_password=THIRD, new_password=PASSWORD)
        set_policy(admin, password_history=0)
        change("ChangePassword", current_password=PASSWORD, new_password=OTHER)
        login = sa.select(logins.c.id).where(logins.c.email == admin.email).scalar_subquery()
        kept = sa.select(sa.func.count()).select_from(password_history).where(password_history.c.login_id == login)
        assert 0 == sql(house, kept).scalar()


class TestChange:
    def test_the_present_one_is_needed(self, house: House, admin: Admin) -> None:
        """Nobody who found an open window takes the account over, and guessing is slowed down."""
        change = admin.client().call
        wrong = {"current_password": "not the password", "new_password": OTHER}
        assert [("current_password", "WRONG_PASSWORD")] == refused(change, "ChangePassword", **wrong).violations
        for _ in range(9):
            refused(change, "ChangePassword", **wrong)
        slowed = refused(change, "ChangePassword", current_password=PASSWORD, new_password=OTHER)
        assert "RESOURCE_EXHAUSTED" == slowed.code
        log_in(house, admin.email)

    def test_other_sessions_end(self, house: House, admin: Admin) -> None:
        """In every organization; the one that changed it goes on. The old password opens nothing."""
        other, elsewhere = log_in(house, admin.email), second_organization(house, admin.email)
        admin.client().call("ChangePassword", current_password=PASSWORD, new_password=OTHER)
        house.work()
        for ended in (other, elsewhere):
            refresh = refused(house.client().call, "RefreshSession", refresh_token=ended.refresh_token)
            assert "TOKEN_EXPIRED" == refresh.reason
        assert refused(log_in, house, admin.email).reason == "WRONG_CREDENTIALS"
        house.client().call("RefreshSession", refresh_token=admin.tokens.refresh_token)
        log_in(house, admin.email, OTHER)

    def test_a_log_in_under_way_ends(self, house: House, admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who entered the old password a moment before begins no session after it."""
        matches = secrets.matches

        def meanwhile(kept: str | None, entered: str) -> bool:
            right = matches(kept, entered)
            monkeypatch.setattr(secrets, "matches", matches)
            admin.client().call("ChangePassword", current_password=PASSWORD, new_password=OTHER)
            return right

        monkeypatch.setattr(secrets, "matches", meanwhile)
        assert "WRONG_CREDENTIALS" == refused(log_in, house, admin.email).reason
        assert log_in(house, admin.email, OTHER).access_token

    def test_a_mail_tells(self, house: House, admin: Admin) -> None:
        """Who did not do it themselves learns of it, with the way to undo it."""
        admin.client().call("ChangePassword", current_password=PASSWORD, new_password=OTHER)
        told = house.told(admin.email, r"Your Guanxi password was changed[\s\S]*(http://\S+)")
        assert "http://localhost/forgot" == told

    def test_a_change_ends_the_links(self, house: House, admin: Admin) -> None:
        """A link from before the change opens nothing after it."""
        token = link_for(house, admin.email)
        admin.client().call("ChangePassword", current_password=PASSWORD, new_password=OTHER)
        assert_ended(house, token)


def assert_ended(house: House, token: str) -> None:
    """A link opens nothing, and says so."""
    ended = refused(house.client().call, "ResetPassword", token=token, password=THIRD)
    assert [("token", "RESET_ENDED")] == ended.violations


class TestAudit:
    def test_log_ins_are_told(self, house: House, admin: Admin) -> None:
        """Log-in, a refused one and log-out: who, from where, on which device; without a secret."""
        address = "203.0.113.9"
        tokens = house.client(address=address).call(
            "CreateSession", email=admin.email, password=PASSWORD, device="Chrome · Linux"
        )
        refused(
            house.client(address=address).call, "CreateSession", email=admin.email, password="guess", device="Robot"
        )
        house.client(tokens.access_token, address=address).call("DeleteSession", id="current")
        answered(house)
        self._consume(house, admin.org_id)
        entries = [
            entry
            for entry in admin.client().call("ListAuditEntries", resource="identity.Session").audit_entries
            if entry.address == address
        ]
        assert {"created", "refused", "ended"} == {entry.verb for entry in entries}
        assert {admin.user_id} == {entry.record_id for entry in entries} == {entry.actor_id for entry in entries}
        devices = {entry.verb: json.loads(entry.after).get("device") for entry in entries}
        assert {"created": "Chrome · Linux", "refused": "Robot", "ended": "Chrome · Linux"} == devices

    def test_passwords_are_told(self, house: House, admin: Admin) -> None:
        """A change and a reset, in every organization of the person, without any value."""
        elsewhere = second_organization(house, admin.email).session.organization_id
        admin.client().call("ChangePassword", current_password=PASSWORD, new_password=OTHER)
        house.client().call("ResetPassword", token=link_for(house, admin.email), password=THIRD)
        house.work()
        for org_id in (admin.org_id, elsewhere):
            told = happenings(house, org_id, "identity.Password")
            assert ["changed", "reset"] == sorted(event.verb for event in told)
            assert not any(change.HasField("after") for event in told for change in event.changes)
            assert all(event.actor.user_id for event in told)

    def test_unknown_addresses_belong_to_nobody(self, house: House) -> None:
        """A refused log-in of nobody leaves no row behind."""
        refused(log_in, house, f"{uuid.uuid4().hex}@example.com", "guess")
        answered(house)
        assert 0 == sql(house, sa.select(sa.func.count()).select_from(address_requests)).scalar()

    def _consume(self, house: House, org_id: str) -> None:
        for event in happenings(house, org_id, "identity.Session"):
            call = house.identity.control_plane.system_call(uuid.UUID(org_id))
            with house.identity.database.write(call) as transaction:
                record(transaction, event)


class TestRehashing:
    """A password kept under yesterday's parameters is kept under today's at the next log-in."""

    def outdated(self, house: House, email: str) -> str:
        """Make the hash of an account's password one of yesterday."""
        old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
        sql(house, sa.update(logins).where(logins.c.email == email).values(password_hash=old))
        return old

    def present(self, house: House, email: str) -> str:
        """The hash that is kept."""
        return str(sql(house, sa.select(logins.c.password_hash).where(logins.c.email == email)).scalar_one())

    def test_two_log_ins_at_once(self, house: House, admin: Admin) -> None:
        """Both get their codes taken: neither puts its hash in the place of the other's."""
        client = admin.client()
        secret = client.call("CreateSecondFactor", password=PASSWORD).secret
        codes = client.call("ConfirmSecondFactor", code=pyotp.TOTP(secret).now()).recovery_codes
        for pair in (codes[0:2], codes[2:4], codes[4:6]):
            old = self.outdated(house, admin.email)
            with ThreadPoolExecutor(2) as pool:
                begun = list(pool.map(lambda _: log_in(house, admin.email).challenge, pair))
            assert self.present(house, admin.email) != old
            for challenge, code in zip(begun, pair, strict=True):
                assert house.client().call("VerifySession", challenge=challenge, code=code).access_token

    @pytest.mark.parametrize("password", [PASSWORD, OTHER])
    def test_what_stands_is_not_overwritten(
        self, house: House, admin: Admin, monkeypatch: pytest.MonkeyPatch, password: str
    ) -> None:
        """A change while the hash is made stays; the log-in goes on only if the password is still the same."""
        self.outdated(house, admin.email)
        changed, hashing = secrets.hash_password(password), secrets.hash_password

        def meanwhile(entered: str) -> str:
            sql(house, sa.update(logins).where(logins.c.email == admin.email).values(password_hash=changed))
            return hashing(entered)

        monkeypatch.setattr(secrets, "hash_password", meanwhile)
        if password == PASSWORD:
            assert log_in(house, admin.email).access_token
        else:
            assert "WRONG_CREDENTIALS" == refused(log_in, house, admin.email).reason
        assert changed == self.present(house, admin.email)


class TestSessions:
    def test_all_others_end(self, house: House, admin: Admin) -> None:
        """The one that calls goes on; another person's do, too."""
        others = [log_in(house, admin.email) for _ in range(2)]
        colleague, _ = admin.member([("accounts", "view", "own")])
        admin.client().call("DeleteOtherSessions")
        assert [True] == [session.current for session in admin.client().call("ListSessions").sessions]
        for tokens in others:
            refused(house.client().call, "RefreshSession", refresh_token=tokens.refresh_token)
        assert 1 == len(colleague.call("ListSessions").sessions)

    def test_a_log_in_has_an_id_of_its_own(self, house: House, admin: Admin) -> None:
        """No session goes on under another log-in."""
        assert log_in(house, admin.email).session.session_id != admin.tokens.session.session_id
