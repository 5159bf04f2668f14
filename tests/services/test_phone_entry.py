"""Sign-up, log-in and reset by mobile number, what it may cost, and what it must not tell."""

import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engagement.messages.servicer import SMS_PER_NUMBER
from engagement.messages.table import text_messages
from identity.sessions.table import throttles
from identity.sessions.throttle import SMS_FROM_ADDRESS, SMS_TO_NUMBER
from tests.services.harness import SERVICE_TOKEN, Client, refused
from tests.support.house import PASSWORD, Admin, House, house_of
from tests.support.sms import sms_provider

if TYPE_CHECKING:
    from local.inbox import MailSink
    from tests.support.postgres import Database

OTHER = "amber kettle drifting"


@pytest.fixture(scope="module")
def house(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory, mail_sink: "MailSink"
) -> Iterator[House]:
    """Both services, and a provider of SMS."""
    with (
        sms_provider(mail_sink.inbox) as sms,
        house_of(service_database, tmp_path_factory.mktemp("house"), mail_sink, sms=sms) as made,
    ):
        yield made


def number() -> str:
    """A new one, as people write it."""
    return f"138{uuid.uuid4().int % 10**8:08d}"


def begin(house: House, phone: str, *, address: str = "", **more: Any) -> Any:
    """A sign-up that waits for its code."""
    fields = {"organization_name": "鹭", "name": "Ada", "phone": phone, "password": PASSWORD, "language": "zh"}
    return house.client(address=address).call("CreateSignup", **{**fields, **more})


def signed_up(house: House, phone: str) -> Any:
    """The founder's tokens."""
    signup = begin(house, phone)
    house.client().call("VerifySignup", signup_id=signup.signup_id, code=house.code(f"+86{phone}"))
    return log_in(house, phone)


def log_in(house: House, phone: str, password: str = PASSWORD, *, address: str = "") -> Any:
    """Tokens of a new session."""
    return house.client(address=address).call("CreateSession", email=phone, password=password)


def place() -> str:
    """An address nobody has asked from."""
    return f"test-{uuid.uuid4().hex}"


def ask_reset(house: House, phone: str, *, address: str = "") -> None:
    """Have a link sent to a number."""
    house.client(address=address).call("CreatePasswordReset", email=phone)


class TestSignUp:
    def test_the_code_comes_by_sms(self, house: House) -> None:
        """The founder has no e-mail address and logs in with the number, however it is written."""
        assert house.client().call("GetSignupOptions").phone
        phone = number()
        tokens = signed_up(house, phone)
        assert ("", ["administrator"]) == (tokens.session.email, list(tokens.session.role_keys))
        client = house.client(tokens.access_token)
        assert f"+86{phone}" == client.call("GetUser", id=tokens.session.user_id).phone
        for written in (f"+86{phone}", f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}", f"{phone[:3]}-{phone[3:]}"):
            assert log_in(house, written).access_token

    def test_an_address_goes_first(self, house: House) -> None:
        """Of two the address is proved; the number is kept, and opens nothing."""
        phone, email = number(), f"a-{uuid.uuid4().hex}@example.com"
        signup = begin(house, phone, email=email)
        house.client().call("VerifySignup", signup_id=signup.signup_id, code=house.code(email))
        assert log_in(house, email).access_token
        assert "WRONG_CREDENTIALS" == refused(log_in, house, phone).reason

    @pytest.mark.parametrize(
        ("entered", "violation"),
        [
            ({"phone": "12"}, ("phone", "INVALID_PHONE")),
            ({"phone": "+86 10 6552 9988;ext=12"}, ("phone", "INVALID_PHONE")),
            ({"phone": ""}, ("email", "REQUIRED")),
            ({"phone": "13800138000", "password": "13800138000"}, ("password", "PASSWORD_COMMON")),
        ],
    )
    def test_wrong(self, house: House, entered: dict[str, str], violation: tuple[str, str]) -> None:
        """Each wrong entry is named; a number is no password for itself."""
        assert [violation] == refused(begin, house, **entered).violations

    def test_a_known_number_gets_the_same_answer(self, house: House) -> None:
        """Nothing tells that somebody has it; their password stays."""
        phone = number()
        signed_up(house, phone)
        assert begin(house, phone, password=OTHER).signup_id
        unknown, known = refused(log_in, house, number(), OTHER), refused(log_in, house, phone, OTHER)
        assert (unknown.code, unknown.reason, unknown.message) == (known.code, known.reason, known.message)


class TestReset:
    def test_the_link_comes_by_sms(self, house: House) -> None:
        """It sets another password once; a message tells that it was changed."""
        phone = number()
        signed_up(house, phone)
        house.client().call("CreatePasswordReset", email=phone)
        while house.identity.loops[0]():
            pass
        token = house.told(f"+86{phone}", r"/reset#(\S+)")
        house.client().call("ResetPassword", token=token, password=OTHER)
        assert log_in(house, phone, OTHER).access_token
        assert house.told(f"+86{phone}", r"(您的密码刚刚被更改)")

    def test_unknown_numbers_get_the_same_answer(self, house: House) -> None:
        """And no SMS."""
        phone = number()
        house.client().call("CreatePasswordReset", email=phone)
        while house.identity.loops[0]():
            pass
        assert [] == house.subjects(f"+86{phone}")

    def test_neither_address_nor_number(self, house: House) -> None:
        """What is neither is named."""
        wrong = refused(house.client().call, "CreatePasswordReset", email="hello")
        assert [("email", "INVALID_CONTACT")] == wrong.violations


class TestInvitation:
    def invited(self, house: House, phone: str, **fields: Any) -> tuple[Admin, Any]:
        """An administrator, and somebody with a number only whom they invited."""
        admin = house.sign_up()
        user = admin.client().call("CreateUser", user={"name": "W", "phone": phone, "language": "zh", **fields})
        return admin, admin.client().call("InviteUser", id=user.id)

    def test_the_link_comes_by_sms(self, house: House) -> None:
        """Who has no e-mail address gets it on the phone, and logs in with the number."""
        phone = number()
        _, user = self.invited(house, phone)
        token = house.told(f"+86{phone}", r"/invitation#(\S+)")
        accepted = house.client().call("AcceptInvitation", token=token, password=PASSWORD)
        assert f"+86{phone}" == accepted.email
        assert user.id == log_in(house, phone).session.user_id

    def test_it_dies_with_the_number(self, house: House) -> None:
        """A link that went to another phone is of no use; only who administers users leads it elsewhere."""
        phone, other = number(), number()
        admin, user = self.invited(house, phone)
        token = house.told(f"+86{phone}", r"/invitation#(\S+)")
        lesser, _ = admin.member([("users", verb, "all") for verb in ("view", "edit")])
        wanted: dict[str, Any] = {
            "user": {"id": user.id, "etag": user.etag, "phone": other},
            "update_mask": {"paths": ["phone"]},
        }
        assert "ADMINISTER_DENIED" == refused(lesser.call, "UpdateUser", **wanted).reason
        admin.client().call("UpdateUser", **wanted)
        error = refused(house.client().call, "AcceptInvitation", token=token, password=PASSWORD)
        assert [("token", "INVITATION_ENDED")] == error.violations

    def test_it_costs(self, house: House) -> None:
        """So many a day to a number, whoever invites; an e-mail address is invited by mail."""
        phone = number()
        for _ in range(SMS_TO_NUMBER["invitation"]):
            self.invited(house, phone)
        assert "TOO_MANY_SMS" == refused(self.invited, house, phone).reason
        email = f"{uuid.uuid4().hex}@example.com"
        self.invited(house, phone, email=email)
        assert house.invitation(email)


class TestCost:
    @pytest.mark.parametrize("ask", [begin, ask_reset])
    def test_by_number_and_address(self, house: House, ask: Callable[..., Any]) -> None:
        """A stranger in one place uses up neither the sign-up nor the reset of a number's owner, known or not."""
        known = number()
        signed_up(house, known)
        with house.identity.database.work() as connection:
            connection.execute(sa.delete(throttles).where(throttles.c.key.like(f"sms-signup:+86{known}%")))
        for phone in (known, number()):
            stranger = place()
            for _ in range(SMS_FROM_ADDRESS):
                ask(house, phone, address=stranger)
            for _ in range(SMS_TO_NUMBER["reset"]):
                assert "TOO_MANY_SMS" == refused(ask, house, phone, address=stranger).reason
            ask(house, phone)

    @pytest.mark.parametrize(("ask", "purpose", "other"), [(begin, "signup", ask_reset), (ask_reset, "reset", begin)])
    def test_by_number(self, house: House, ask: Callable[..., Any], purpose: str, other: Callable[..., Any]) -> None:
        """So many a day to a number from wherever they are asked for, with a budget for each purpose."""
        phone = number()
        for _ in range(SMS_TO_NUMBER[purpose]):
            ask(house, phone)
        assert "TOO_MANY_SMS" == refused(ask, house, phone).reason
        other(house, phone)

    def test_the_owners_places_are_free_of_strangers(self, house: House) -> None:
        """Who logged in from there before gets a link however many strangers asked for one, and three of them a day."""
        phone, home = number(), place()
        signed_up(house, phone)
        log_in(house, phone, address=home)
        for _ in range(SMS_TO_NUMBER["reset"]):
            ask_reset(house, phone)
        assert "TOO_MANY_SMS" == refused(ask_reset, house, phone).reason
        for _ in range(SMS_FROM_ADDRESS):
            ask_reset(house, phone, address=home)
        assert "TOO_MANY_SMS" == refused(ask_reset, house, phone, address=home).reason

    def test_strangers_leave_one(self) -> None:
        """All that strangers can have sent to a number in a day is less than a number gets."""
        assert sum(SMS_TO_NUMBER.values()) < SMS_PER_NUMBER

    def test_by_address(self, house: House) -> None:
        """Twenty a day from one place, whatever the number."""
        address = f"test-{uuid.uuid4().hex}"
        for _ in range(20):
            begin(house, number(), address=address)
        assert "TOO_MANY_SMS" == refused(begin, house, number(), address=address).reason
        assert begin(house, "", email=f"a-{uuid.uuid4().hex}@example.com", address=address).signup_id

    def test_at_the_door(self, house: House) -> None:
        """Engagement sends a number so many within 24 hours and no more, whoever orders."""
        phone = f"+86{number()}"
        client = Client(house.engagement_port, service_token=SERVICE_TOKEN)
        states = [
            client.call(
                "SendMessage", to=phone, template="signup_code", values={"code": "1"}, request_id=uuid.uuid4().hex
            ).state
            for _ in range(SMS_PER_NUMBER + 1)
        ]
        client.close()
        assert ["failed"] == states[-1:]
        assert "failed" not in states[:-1]
        with house.engagement.worker_database.work() as connection:
            connection.execute(sa.delete(text_messages).where(text_messages.c.recipient == phone))


def test_without_sms(service_database: "Callable[[str], Database]", tmp_path: Any, mail_sink: "MailSink") -> None:
    """The form does not offer it, and who asks all the same is told what to do."""
    with house_of(service_database, tmp_path, mail_sink) as house:
        assert not house.client().call("GetSignupOptions").phone
        assert [("phone", "SMS_UNAVAILABLE")] == refused(begin, house, number()).violations
        reset = refused(house.client().call, "CreatePasswordReset", email=number())
        assert [("email", "SMS_UNAVAILABLE")] == reset.violations
