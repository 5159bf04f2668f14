"""SMS: a provider as a template describes it, what may be asked of it, what it answers, and tests of channels."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from engagement.messages.reach import LogInRefusedError, NotSentError, PrivateAddressError, UnknownError
from engagement.messages.sms import SmsProvider, provider_of, send_sms
from engagement.messages.table import text_messages
from local.process import poll
from tests.services.harness import SERVICE_TOKEN, Client, Running, Tenant, refused

if TYPE_CHECKING:
    from local.inbox import MailSink

NUMBER = "+8613800138000"
JSON = "Content-Type: application/json"


@dataclass
class Provider:
    """An HTTP server that takes SMS as it is told to."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    # What it answers next, then again: status and body; None is silence.
    answer: tuple[int, str] | None = (200, '{"code": 0}')

    def numbers(self) -> list[str]:
        """To whom it was asked to send."""
        return [json.loads(body)["to"] for _, _, _, body in self.asked]


@pytest.fixture
def provider() -> Iterator[Provider]:
    """One on this machine."""
    made, over = Provider(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            made.asked.append((self.command, self.path, dict(self.headers.items()), body))
            if made.answer is None:
                over.wait(30)
                return
            status, text = made.answer
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", made.url)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = take  # noqa: N815 - the names are http.server's

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/send"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    over.set()
    server.shutdown()
    server.server_close()


class TestTemplate:
    def test_each_place_is_written_for_where_it_stands(self, provider: Provider) -> None:
        """Quotes end no string of JSON, ampersands begin no parameter, line breaks begin no header."""
        text = 'a "b" & c\r\nX-Evil: 1 {secret}'
        send_sms(
            SmsProvider(
                f"{provider.url}?to={{to}}&t={{text}}",
                headers=f"{JSON}\nX-Key: {{secret}}\nX-Text: {{text}}",
                body='{"to": "{to}", "text": "{text}", "code": "{code}"}',
                secret="s3cret",
            ),
            NUMBER,
            text,
            "123456",
        )
        [(method, path, headers, body)] = provider.asked
        assert "POST" == method
        assert {"to": [NUMBER], "t": [text]} == parse_qs(urlsplit(path).query)
        assert {"to": NUMBER, "text": text, "code": "123456"} == json.loads(body)
        assert "s3cret" == headers["X-Key"]
        assert "X-Evil" not in headers

    def test_forms_and_addresses(self, provider: Provider) -> None:
        """A form's body is a form; GET has none."""
        form = "Content-Type: application/x-www-form-urlencoded"
        send_sms(SmsProvider(provider.url, headers=form, body="to={to}&text={text}"), NUMBER, "一 & 二")
        send_sms(SmsProvider(f"{provider.url}?t={{text}}", "GET"), NUMBER, "一")
        assert {"to": [NUMBER], "text": ["一 & 二"]} == parse_qs(provider.asked[0][3])
        assert ("GET", "") == (provider.asked[1][0], provider.asked[1][3])

    @pytest.mark.parametrize(
        ("entered", "wrong"),
        [
            ({"url": "ftp://a.example/{text}"}, "url"),
            ({"url": "http://{to}.example/{text}"}, "url"),
            ({"url": "http://u:p@a.example/{text}"}, "url"),
            ({"url": "http://a.example:99999/{text}"}, "url"),
            ({"url": "http://a.example/ HTTP/1.1\r\nX: {text}"}, "url"),
            ({"url": "http://a.example/", "body": "{to}"}, "body"),
            ({"url": "http://a.example/{text}", "headers": "no colon"}, "headers"),
            ({"url": "http://a.example/{text}", "headers": "A b: c"}, "headers"),
            ({"url": "http://a.example/{text}", "success_pattern": "("}, "success_pattern"),
            ({"url": "http://a.example/{text}", "success_pattern": r"(a)\1"}, "success_pattern"),
            ({"url": "http://a.example/{text}", "method": "DELETE"}, "method"),
        ],
    )
    def test_what_is_wrong_is_named(self, entered: dict[str, Any], wrong: str) -> None:
        """Field by field, and a setting that says such a thing stops the start."""
        assert [wrong] == [problem.field for problem in SmsProvider(**entered).problems()]
        with pytest.raises(ValueError, match=wrong):
            provider_of(json.dumps(entered))

    @pytest.mark.parametrize("text", ["{", "[]", '{"adress": "x"}'])
    def test_a_setting_that_is_none(self, text: str) -> None:
        """What is no object of these fields is no setting."""
        with pytest.raises(ValueError, match="JSON"):
            provider_of(text)


class TestAnswer:
    def ask(self, provider: Provider, **more: Any) -> None:
        """One message."""
        send_sms(SmsProvider(provider.url, body="{text}", **more), NUMBER, "t", deadline=1)

    @pytest.mark.parametrize(
        ("answer", "more"),
        [
            ((204, ""), {}),
            ((200, '{"code": 0}'), {"success_pattern": r'"code":\s*0\b'}),
            ((302, ""), {"success_status": 302}),
        ],
    )
    def test_success(self, provider: Provider, answer: tuple[int, str], more: dict[str, Any]) -> None:
        """By status and, where it is asked for, by what the answer says."""
        provider.answer = answer
        self.ask(provider, **more)
        assert 1 == len(provider.asked)

    @pytest.mark.parametrize(
        ("answer", "more", "final", "down"),
        [
            ((200, '{"code": 17}'), {"success_pattern": r'"code":\s*0\b'}, True, False),
            ((200, ""), {"success_status": 201}, True, False),
            ((400, ""), {}, True, False),
            ((302, ""), {}, True, False),
            ((429, ""), {}, False, True),
            ((503, ""), {}, False, True),
        ],
    )
    def test_refusal(
        self, provider: Provider, answer: tuple[int, str], more: dict[str, Any], final: bool, down: bool
    ) -> None:
        """What another try may help is tried again; redirects are not followed."""
        provider.answer = answer
        with pytest.raises(NotSentError) as error:
            self.ask(provider, **more)
        assert (final, down) == (error.value.final, error.value.down)
        assert 1 == len(provider.asked)

    def test_secret_refused(self, provider: Provider) -> None:
        """401 and 403 are about the secret."""
        provider.answer = (401, "")
        with pytest.raises(LogInRefusedError):
            self.ask(provider)

    def test_silence(self, provider: Provider) -> None:
        """Who took the message and said nothing may have sent it."""
        provider.answer = None
        with pytest.raises(UnknownError):
            self.ask(provider)

    def test_nobody_there(self) -> None:
        """A closed port and an unknown name are a provider that is down."""
        for url in ("http://127.0.0.1:1/", "http://nobody.invalid/"):
            with pytest.raises(NotSentError) as error:
                send_sms(SmsProvider(url, body="{text}"), NUMBER, "t")
            assert error.value.down

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"])
    def test_inside(self, provider: Provider, host: str) -> None:
        """However an inner address is written, what organizations name does not lead there."""
        port = urlsplit(provider.url).port
        with pytest.raises(PrivateAddressError):
            send_sms(SmsProvider(f"http://{host}:{port}/", body="{text}", public_only=True), NUMBER, "t")
        assert [] == provider.asked


def entered(url: str, **more: Any) -> dict[str, Any]:
    """What an SMS channel is made of."""
    body = '{"to": "{to}", "text": "{text}", "code": "{code}"}'
    return {"name": "SMS", "kind": "sms", "url": url, "headers": JSON, "body": body, **more}


def order(engagement: Running, to: str, organization: str = "", template: str = "password_changed") -> str:
    """Have a message sent; its id."""
    client = Client(engagement.port, service_token=SERVICE_TOKEN)
    made = client.call(
        "SendMessage",
        to=to,
        template=template,
        language="zh",
        values={"name": "Ada", "link": "http://localhost/forgot", "code": "123456"},
        organization_id=organization,
        request_id=uuid.uuid4().hex,
    )
    client.close()
    return str(made.id)


def state(engagement: Running, message_id: str) -> Any:
    """What became of a message."""
    client = Client(engagement.port, service_token=SERVICE_TOKEN)
    found = client.call("GetMessage", id=message_id)
    client.close()
    return found


def sent_until(engagement: Running, until: Callable[[], bool], seconds: float = 20) -> bool:
    """Both senders at work until the condition holds."""

    def step() -> bool:
        for send in engagement.service.loops:
            send()
        return until()

    return poll(step, seconds, every=0.01)


class TestChannel:
    def test_through_the_organizations_own(self, engagement: Running, company: Tenant, provider: Provider) -> None:
        """A message to a number goes by SMS, in E.164, with the text of its template."""
        engagement.client(company).call("CreateChannel", channel=entered(provider.url))
        message = order(engagement, "+86 138 0013 8000", str(company.id))
        assert sent_until(engagement, lambda: state(engagement, message).state == "sent")
        told = json.loads(provider.asked[0][3])
        assert (NUMBER, "123456") == (told["to"], told["code"])
        assert "您的密码刚刚被更改" in told["text"]

    def test_tried_again(self, engagement: Running, company: Tenant, provider: Provider) -> None:
        """A provider in trouble is asked again; one that refuses is not."""
        engagement.client(company).call("CreateChannel", channel=entered(provider.url))
        provider.answer = (503, "")
        message = order(engagement, NUMBER, str(company.id))
        assert sent_until(engagement, lambda: state(engagement, message).error == "HTTP 503")
        assert "queued" == state(engagement, message).state
        provider.answer = (200, "")
        assert sent_until(engagement, lambda: state(engagement, message).state == "sent")
        provider.answer = (400, "")
        message = order(engagement, NUMBER, str(company.id))
        assert sent_until(engagement, lambda: state(engagement, message).state == "failed")

    def test_a_silent_one_costs_two_at_most(self, engagement: Running, company: Tenant, provider: Provider) -> None:
        """Who may have sent it is asked once more."""
        engagement.client(company).call("CreateChannel", channel=entered(provider.url, timeout=1))
        provider.answer = None
        message = order(engagement, NUMBER, str(company.id))
        assert sent_until(engagement, lambda: state(engagement, message).state == "failed", 40)
        assert 2 == len(provider.asked)

    def test_without_a_provider(self, engagement: Running, company: Tenant) -> None:
        """It fails at once, and the system says that it has none."""
        message = order(engagement, NUMBER, str(company.id))
        assert sent_until(engagement, lambda: state(engagement, message).state == "failed")
        client = Client(engagement.port, service_token=SERVICE_TOKEN)
        assert not client.call("GetTransports").sms

    def test_mail_does_not_wait_for_sms(self, engagement: Running, company: Tenant, mail_sink: "MailSink") -> None:
        """Each has its own lanes: a provider that is away holds up no mail of the same organization."""
        engagement.client(company).call("CreateChannel", channel=entered("http://127.0.0.1:1/"))
        for _ in range(20):
            order(engagement, NUMBER, str(company.id))
        to = f"m-{uuid.uuid4().hex}@example.com"
        order(engagement, to, str(company.id))
        assert sent_until(engagement, lambda: bool(mail_sink.inbox.mails(to)))
        with engagement.service.worker_database.work() as connection:
            connection.execute(sa.delete(text_messages).where(text_messages.c.org_id == company.id))

    def test_what_a_channel_needs(self, engagement: Running, company: Tenant) -> None:
        """Each kind has its own fields."""
        create = engagement.client(company).call
        mail = refused(create, "CreateChannel", channel={"name": "M", "kind": "email"})
        assert [("sender", "REQUIRED"), ("host", "REQUIRED"), ("port", "REQUIRED")] == mail.violations
        sms = refused(create, "CreateChannel", channel={"name": "S", "kind": "sms"})
        assert [("url", "REQUIRED")] == sms.violations
        wrong = refused(create, "CreateChannel", channel=entered("http://a.example", success_pattern="("))
        assert [("success_pattern", "SMS_PATTERN")] == wrong.violations

    @pytest.mark.parametrize(
        "change", [{"url": "http://thief.example/"}, {"headers": "X: {secret}"}, {"body": "{text}{secret}"}]
    )
    def test_not_to_another_place(
        self, engagement: Running, company: Tenant, provider: Provider, change: dict[str, Any]
    ) -> None:
        """Who does not know the secret has it sent to no other server, and to no phone."""
        client = engagement.client(company)
        made = client.call("CreateChannel", channel=entered(provider.url, password="s3cret"))
        assert "" == made.password
        record = {"id": made.id, "etag": made.etag, **change}
        update = {"channel": record, "update_mask": {"paths": list(change)}}
        assert [("password", "REQUIRED")] == refused(client.call, "UpdateChannel", **update).violations


class TestTest:
    def test_taken(self, engagement: Running, company: Tenant, provider: Provider) -> None:
        """An SMS goes out at once, and the answer says so."""
        client = engagement.client(company)
        made = client.call("CreateChannel", channel=entered(provider.url, password="s3cret"))
        answer = client.call("TestChannel", id=made.id, to="138 0013 8000")
        assert answer.accepted
        assert NUMBER in answer.told
        assert [NUMBER] == provider.numbers()

    def test_mail(self, engagement: Running, company: Tenant, mail_sink: "MailSink") -> None:
        """So does a mail."""
        client = engagement.client(company)
        to = f"m-{uuid.uuid4().hex}@example.com"
        made = client.call(
            "CreateChannel",
            channel={
                "name": "Mail",
                "kind": "email",
                "sender": "guanxi@example.com",
                "host": "127.0.0.1",
                "port": mail_sink.port,
            },
        )
        assert client.call("TestChannel", id=made.id, to=to).accepted
        assert "Mail" in mail_sink.inbox.wait_for(to).subject

    @pytest.mark.parametrize(
        ("answer", "words"),
        [((401, "no"), "refused the log-in (HTTP 401)"), ((400, "no"), "refused the message"), ((503, ""), "reached")],
    )
    def test_refused(
        self, engagement: Running, company: Tenant, provider: Provider, answer: tuple[int, str], words: str
    ) -> None:
        """What the server did is told in words, without what it wrote."""
        provider.answer = answer
        client = engagement.client(company)
        made = client.call("CreateChannel", channel=entered(provider.url))
        told = client.call("TestChannel", id=made.id, to=NUMBER)
        assert not told.accepted
        assert words in told.told

    def test_not_without_end(self, engagement: Running, company: Tenant, provider: Provider) -> None:
        """An organization sends ten a minute, through whichever channel; others are not held up by it."""
        client, other = engagement.client(company), engagement.client(engagement.tenants.make())
        first, second, others = (
            caller.call("CreateChannel", channel=entered(provider.url, name=name)).id
            for caller, name in ((client, "A"), (client, "B"), (other, "C"))
        )
        for number in range(10):
            assert client.call("TestChannel", id=(first, second)[number % 2], to=NUMBER).accepted
        error = refused(client.call, "TestChannel", id=first, to=NUMBER)
        assert ("RESOURCE_EXHAUSTED", "RATE_LIMITED") == (error.code, error.reason)
        assert other.call("TestChannel", id=others, to=NUMBER).accepted
        assert 11 == len(provider.numbers())

    def test_wrong_recipient(self, engagement: Running, company: Tenant, provider: Provider) -> None:
        """A number for SMS, an address for mail; and nobody else's channel."""
        client = engagement.client(company)
        made = client.call("CreateChannel", channel=entered(provider.url))
        wrong = refused(client.call, "TestChannel", id=made.id, to="a@example.com")
        assert [("to", "INVALID_PHONE")] == wrong.violations
        other = engagement.client(engagement.tenants.make())
        assert "NOT_FOUND" == refused(other.call, "TestChannel", id=made.id, to=NUMBER).code
