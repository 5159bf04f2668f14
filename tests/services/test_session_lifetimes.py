"""How long sessions last, what a log-in from elsewhere is told, and that nobody locks another out."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from chassis.call import system_call
from identity.sessions.devices import knows
from identity.sessions.table import known_devices, sessions, throttles
from identity.users.table import logins
from tests.services.harness import Refused, refused
from tests.support.house import PASSWORD, Admin, House

HOME, CAFE = "203.0.113.10", "203.0.113.20"
NEW = "New log-in to your Guanxi account"


def log_in(house: House, admin: Admin, address: str = HOME, device: str = "Firefox · Linux") -> Any:
    """Tokens of a new session."""
    return house.client(address=address).call("CreateSession", email=admin.email, password=PASSWORD, device=device)


def change(admin: Admin, **fields: Any) -> None:
    """Other settings of the organization."""
    client = admin.client()
    etag = client.call("GetOrganization", id=admin.org_id).etag
    client.call(
        "UpdateOrganization",
        organization={"id": admin.org_id, "etag": etag, **fields},
        update_mask={"paths": list(fields)},
    )


def age(house: House, tokens: Any, **ages: timedelta) -> None:
    """Make a session older: `age(house, tokens, last_use_time=timedelta(hours=1))`."""
    session = uuid.UUID(tokens.session.session_id)
    org_id = uuid.UUID(tokens.session.organization_id)
    with house.identity.database.write(system_call(org_id)) as transaction:
        then = {name: datetime.now(UTC) - by for name, by in ages.items()}
        transaction.execute(sa.update(sessions).where(sessions.c.id == session).values(then))


def renewed(house: House, tokens: Any) -> bool:
    """Whether a session goes on."""
    try:
        answer = house.client().call("RefreshSession", refresh_token=tokens.refresh_token)
    except Refused as error:
        if error.reason != "TOKEN_EXPIRED":
            raise
        return False
    return bool(answer.access_token)


def listed(admin: Admin) -> dict[str, Any]:
    """The sessions that the administrator sees, by id."""
    return {session.id: session for session in admin.client().call("ListSessions").sessions}


class TestLifetime:
    def test_thirty_days(self, house: House, admin: Admin) -> None:
        """Unless the organization says otherwise; every session tells its end."""
        [session] = listed(admin).values()
        assert timedelta(days=30) == session.expire_time.ToDatetime() - session.create_time.ToDatetime()
        old = log_in(house, admin)
        age(house, old, create_time=timedelta(days=29))
        assert renewed(house, old)

    def test_as_the_organization_says(self, house: House, admin: Admin) -> None:
        """Also for sessions from before: they end, and are listed no more."""
        old, young = log_in(house, admin), log_in(house, admin)
        age(house, old, create_time=timedelta(days=3))
        change(admin, session_days=2)
        assert (False, True) == (renewed(house, old), renewed(house, young))
        mine = listed(admin)
        assert old.session.session_id not in mine
        session = mine[young.session.session_id]
        assert timedelta(days=2) == session.expire_time.ToDatetime() - session.create_time.ToDatetime()

    def test_idle(self, house: House, admin: Admin) -> None:
        """Who did nothing for so long logs in again; who did goes on."""
        idle, busy = log_in(house, admin), log_in(house, admin)
        for tokens in (idle, busy):
            age(house, tokens, last_use_time=timedelta(minutes=36))
        assert renewed(house, busy)
        change(admin, idle_minutes=30)
        assert idle.session.session_id not in listed(admin)
        assert not renewed(house, idle)
        used = log_in(house, admin)
        age(house, used, last_use_time=timedelta(minutes=29))
        assert renewed(house, used)

    def test_five_minutes_of_grace(self, house: House, admin: Admin) -> None:
        """An access token that is in use is renewed at its end: its minutes are no idleness."""
        change(admin, idle_minutes=1)
        tokens = log_in(house, admin)
        age(house, tokens, last_use_time=timedelta(minutes=5))
        assert renewed(house, tokens)

    @pytest.mark.parametrize(("field", "value"), [("session_days", 0), ("session_days", 91), ("idle_minutes", 10_081)])
    def test_bounds(self, admin: Admin, field: str, value: int) -> None:
        """Nobody is logged in for ever, nor for no time at all."""
        assert [(field, "OUT_OF_RANGE")] == refused(change, admin, **{field: value}).violations


class TestNewDevice:
    def news(self, house: House, admin: Admin) -> list[str]:
        """The notices that an address got."""
        house.work()
        return [mail.text for mail in house.mail.inbox.mails(admin.email) if mail.subject == NEW]

    def test_told_once(self, house: House, admin: Admin) -> None:
        """The first log-in ever is no news; another device or address is, the first time."""
        assert [] == self.news(house, admin)
        for _ in range(2):
            log_in(house, admin, HOME)
        log_in(house, admin, CAFE)
        log_in(house, admin, HOME, "Safari · iPhone")
        texts = self.news(house, admin)
        assert 3 == len(texts)
        assert 2 == sum(HOME in text for text in texts)
        assert 1 == sum(CAFE in text for text in texts) == sum("Safari · iPhone" in text for text in texts)
        assert all("http://localhost/forgot" in text for text in texts)

    def test_in_the_zone_and_language(self, house: House, admin: Admin) -> None:
        """The time is the person's, and so are the words."""
        change(admin, time_zone="Asia/Kathmandu")
        log_in(house, admin)
        [english] = self.news(house, admin)
        assert "(Asia/Kathmandu)" in english
        local = datetime.now(UTC) + timedelta(hours=5, minutes=45)
        assert local.strftime("%d %B %Y") in english
        me = admin.client().call("GetUser", id=admin.user_id)
        admin.client().call(
            "UpdateUser", user={"id": me.id, "etag": me.etag, "language": "zh"}, update_mask={"paths": ["language"]}
        )
        log_in(house, admin, CAFE)
        told = house.told(admin.email, r"您的关系CRM账号在新设备上登录[\s\S]*时间：(\S+)")
        assert local.strftime("%Y年%m月%d日") == told

    def test_forgotten_after_ninety_days(self, house: House, admin: Admin) -> None:
        """After so long it is news again."""
        log_in(house, admin)
        assert 1 == len(self.news(house, admin))
        mine = sa.select(logins.c.id).where(logins.c.email == admin.email).scalar_subquery()
        with house.identity.database.work() as connection:
            old = sa.update(known_devices).where(known_devices.c.login_id == mine)
            connection.execute(old.values(last_time=datetime.now(UTC) - timedelta(days=91)))
        log_in(house, admin)
        log_in(house, admin)
        assert 2 == len(self.news(house, admin))

    def test_a_refused_log_in_is_no_device(self, house: House, admin: Admin) -> None:
        """Who does not get in is not remembered as somebody who did."""
        guess = {"email": admin.email, "password": "guess", "device": "Robot"}
        refused(house.client(address=CAFE).call, "CreateSession", **guess)
        log_in(house, admin, CAFE, "Robot")
        assert 1 == len(self.news(house, admin))

    def test_known_for_ninety_days(self, house: House, admin: Admin) -> None:
        """An address counts as its owner's for so long, and no other does."""
        log_in(house, admin, HOME)
        database = house.identity.database
        for days, known in ((89, True), (91, False)):
            mine = sa.select(logins.c.id).where(logins.c.email == admin.email).scalar_subquery()
            with database.work() as connection:
                then = sa.update(known_devices).where(known_devices.c.login_id == mine)
                connection.execute(then.values(last_time=datetime.now(UTC) - timedelta(days=days)))
            assert known == knows(database, admin.email, HOME), days
            assert not knows(database, admin.email, CAFE)

    def test_not_by_what_an_administrator_made(self, house: House, admin: Admin) -> None:
        """A log-in that one organization stands for makes nobody known: they could make one for any address."""
        log_in(house, admin, HOME)
        database = house.identity.database
        for made_by, known in ((uuid.UUID(admin.org_id), False), (None, True)):
            with database.work() as connection:
                mine = sa.update(logins).where(logins.c.email == admin.email)
                connection.execute(mine.values(only_org_id=made_by))
            assert known == knows(database, admin.email, HOME)


class TestLockOut:
    def test_an_account_under_attack_stays_open_to_its_owner(self, house: House, admin: Admin) -> None:
        """Guesses from everywhere slow strangers down, and not who logged in from there before."""
        log_in(house, admin, HOME)
        with house.identity.database.work() as connection:
            account = sa.update(throttles).where(throttles.c.key == f"login-account:{admin.email}")
            assert 1 == connection.execute(account.values(count=200)).rowcount
        assert "TOO_MANY_ATTEMPTS" == refused(log_in, house, admin, CAFE).reason
        assert log_in(house, admin, HOME).access_token
        for _ in range(10):
            wrong = {"email": admin.email, "password": "guess"}
            refused(house.client(address=HOME).call, "CreateSession", **wrong)
        assert "TOO_MANY_ATTEMPTS" == refused(log_in, house, admin, HOME).reason


class TestCodes:
    def guess(self, house: House, admin: Admin, **caller: str) -> Refused:
        """A wrong password where a session asks for it again, which counts as a guess at a code does."""
        client = house.client(admin.tokens.access_token, **caller)
        return refused(client.call, "CreateSecondFactor", password="guess")

    def test_thirty_from_everywhere(self, house: House, admin: Admin) -> None:
        """Guesses from other addresses each time are thirty in all, and another account is not slowed down."""
        for _ in range(30):
            assert [("password", "WRONG_PASSWORD")] == self.guess(house, admin).violations
        assert "TOO_MANY_ATTEMPTS" == self.guess(house, admin).reason
        assert [("password", "WRONG_PASSWORD")] == self.guess(house, house.sign_up()).violations

    def test_forgotten_after_a_success(self, house: House, admin: Admin) -> None:
        """Who got it right may err as often again, there and from everywhere."""
        for _ in range(8):
            self.guess(house, admin, address=HOME)
        for _ in range(19):
            self.guess(house, admin)
        client = house.client(admin.tokens.access_token, address=HOME)
        secret = client.call("CreateSecondFactor", password=PASSWORD).secret
        client.call("ConfirmSecondFactor", code=pyotp.TOTP(secret).now())
        with house.identity.database.work() as connection:
            mine = sa.select(logins.c.id).where(logins.c.email == admin.email)
            login_id = connection.execute(mine).scalar_one()
            counted = sa.select(throttles.c.key).where(throttles.c.key.contains(str(login_id)))
            left = connection.execute(counted).scalars().all()
        assert not [key for key in left if key.endswith((HOME, str(login_id)))]
        assert [("password", "WRONG_PASSWORD")] == self.guess(house, admin, address=HOME).violations
