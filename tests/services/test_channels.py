"""Channels and what goes out through them: whose password is kept, and that nobody's mail waits for another's."""

import base64
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.ids import uuid7
from chassis.reseal import Kept, reseal
from chassis.resources import Draft
from chassis.sealing import Seal, SealError
from engagement.channels.table import channels
from engagement.messages.lanes import MOST_REST, Lanes
from engagement.messages.reach import NotSentError, UnknownError
from engagement.messages.sender import Sender
from engagement.messages.smtp import MailServer, send, server_of
from engagement.messages.table import SYSTEM, messages
from engagement.messages.ways import Channels, MailWay
from guanxi.engagement.v1 import channels_pb2
from local.process import poll
from tests.services.harness import SERVICE_TOKEN, Client, Running, Tenant, refused
from tests.support.house import KEY, MAIL_FROM

if TYPE_CHECKING:
    from local.inbox import MailSink


SECRET = base64.b64decode(KEY)


def channel(port: int = 25, **more: Any) -> dict[str, Any]:
    """What a channel is made of."""
    return {"name": "Mail", "kind": "email", "sender": MAIL_FROM, "host": "127.0.0.1", "port": port, **more}


class TestPassword:
    @pytest.fixture
    def made(self, engagement: Running, company: Tenant) -> Any:
        """A channel with a password."""
        entered = channel(user_name="heron", password="first secret")
        return engagement.client(company).call("CreateChannel", channel=entered)

    def kept(self, engagement: Running, channel_id: str) -> bytes | None:
        """What the database holds."""
        with sa.create_engine(self.superuser(engagement)).connect() as connection:
            return connection.execute(
                sa.select(channels.c.sealed_password).where(channels.c.id == uuid.UUID(channel_id))
            ).scalar_one()

    def superuser(self, engagement: Running) -> str:
        """Past row-level security."""
        url = sa.make_url(engagement.service.config.database_url)
        return url.set(username="postgres").render_as_string(hide_password=False)

    def opened(self, engagement: Running, company: Tenant, channel_id: str) -> str:
        """The password, as the sender opens it."""
        sealed = self.kept(engagement, channel_id)
        assert sealed is not None
        return Seal(SECRET).open(sealed, "channels", company.id, channel_id).decode()

    def update(self, engagement: Running, company: Tenant, made: Any, **changes: Any) -> Any:
        """A change of the channel."""
        record = {"id": made.id, "etag": made.etag, **changes}
        mask = {"paths": list(changes)}
        return engagement.client(company).call("UpdateChannel", channel=record, update_mask=mask)

    def test_never_returned(self, engagement: Running, company: Tenant, made: Any) -> None:
        """The password is kept sealed and is in no answer."""
        assert "first secret" == self.opened(engagement, company, made.id)
        assert b"first secret" not in (self.kept(engagement, made.id) or b"")
        assert "" == made.password == engagement.client(company).call("GetChannel", id=made.id).password

    def test_another_master_key(self, engagement: Running, company: Tenant, made: Any) -> None:
        """Sealed anew, it opens with the new key and not with the old one; a second run finds nothing to do."""
        owner = sa.make_url(self.superuser(engagement)).set(username="engagement_owner")
        url, new = owner.render_as_string(hide_password=False), Seal(bytes(32), SECRET)
        kept = Kept(channels.c.sealed_password, ("org_id", "id"))
        renewed, lost = reseal(url, new, kept)
        assert renewed >= 1
        assert (0, lost) == reseal(url, new, kept)
        sealed = self.kept(engagement, made.id)
        assert sealed is not None
        assert b"first secret" == Seal(bytes(32)).open(sealed, "channels", company.id, made.id)
        with pytest.raises(SealError):
            Seal(SECRET).open(sealed, "channels", company.id, made.id)
        reseal(url, Seal(SECRET, bytes(32)), kept)  # as the other tests have it

    def test_replaced(self, engagement: Running, company: Tenant, made: Any) -> None:
        """A new password alone is a change; leaving it out keeps the old one."""
        renamed = self.update(engagement, company, made, name="Other")
        assert "first secret" == self.opened(engagement, company, made.id)
        changed = self.update(engagement, company, renamed, password="second secret")
        assert int(renamed.etag) + 1 == int(changed.etag)
        assert "second secret" == self.opened(engagement, company, made.id)

    def test_column_of_its_own(self, engagement: Running, company: Tenant, made: Any) -> None:
        """A method that fills a column which holds no field has its effect: one more version, with its event."""
        records = engagement.service.records["channels"]

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            draft = Draft.of(before)
            draft.values["sealed_password"] = b"other"
            return records.write(transaction, [draft])[0]

        call = engagement.service.control_plane.system_call(company.id)
        changed: Any = records.change(call, channels_pb2.UpdateChannelRequest(), made.id, effect)
        assert int(made.etag) + 1 == int(changed.etag)
        assert b"other" == self.kept(engagement, made.id)

    @pytest.mark.parametrize("change", [{"host": "thief.example"}, {"port": 2525}, {"security": "tls"}])
    def test_not_to_another_server(
        self, engagement: Running, company: Tenant, made: Any, change: dict[str, Any]
    ) -> None:
        """Whoever points a channel to another server must know its password: it is not sent there for them."""
        error = refused(self.update, engagement, company, made, **change)
        assert [("password", "REQUIRED")] == error.violations
        self.update(engagement, company, made, **change, password="known")
        assert "known" == self.opened(engagement, company, made.id)

    def test_forgotten(self, engagement: Running, company: Tenant, made: Any) -> None:
        """Without a user name there is no password."""
        self.update(engagement, company, made, user_name="")
        assert self.kept(engagement, made.id) is None


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A TCP server that does `serve` with every connection; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            kept.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in kept:
            connection.close()


def silent(connection: socket.socket) -> None:
    """Says nothing, ever."""
    try:
        while connection.recv(1024):
            pass
    except OSError:
        pass


def dribbling(connection: socket.socket) -> None:
    """Sends a byte now and then, and never a whole line."""
    try:
        while True:
            connection.sendall(b"2")
            time.sleep(0.05)
    except OSError:
        pass


def taking_and_silent(connection: socket.socket) -> None:
    """Takes a message to its last byte, and does not say that it did."""
    connection.sendall(b"220 here\r\n")
    buffer = b""
    try:
        while data := connection.recv(4096):
            buffer += data
            if b"\r\n.\r\n" in buffer:
                continue
            while b"\r\n" in buffer:
                line, _, buffer = buffer.partition(b"\r\n")
                connection.sendall(b"354 go\r\n" if line.lower() == b"data" else b"250 well\r\n")
                if line.lower() == b"data":
                    buffer = b""
                    break
    except OSError:
        pass


def order(engagement: Running, to: str, organization: str = "") -> str:
    """Have a message sent; its id."""
    client = Client(engagement.port, service_token=SERVICE_TOKEN)
    values = {"name": "Ada", "organization": "Heron", "link": "http://localhost", "code": "123456"}
    made = client.call(
        "SendMessage",
        to=to,
        template="invitation",
        language="en",
        values=values,
        organization_id=organization,
        request_id=uuid.uuid4().hex,
    )
    client.close()
    return str(made.id)


def address() -> str:
    """A new one."""
    return f"m-{uuid.uuid4().hex}@example.com"


def at_work(sender: Callable[[], bool], until: Callable[[], bool], seconds: float = 20) -> bool:
    """Send until the condition holds."""

    def step() -> bool:
        sender()
        return until()

    return poll(step, seconds, every=0.01)


class TestFairness:
    def test_stalled_server(self, engagement: Running, mail_sink: "MailSink") -> None:
        """A hundred messages to a mail server that never answers hold up nobody else's, nor the system's own."""
        slow, quick = engagement.tenants.make(), engagement.tenants.make()
        sender = engagement.service.loops[0]
        with listening(silent) as port:
            engagement.client(slow).call("CreateChannel", channel=channel(port))
            engagement.client(quick).call("CreateChannel", channel=channel(mail_sink.port))
            for _ in range(100):
                order(engagement, address(), str(slow.id))
            for organization in (str(quick.id), ""):
                for _ in range(30):
                    order(engagement, last := address(), organization)

            def waiting() -> int:
                others = messages.c.org_id.is_distinct_from(slow.id)
                with engagement.service.worker_database.work() as connection:
                    return int(connection.scalar(
                        sa.select(sa.func.count()).where(others, messages.c.state != "sent")
                    ) or 0)  # fmt: skip

            assert at_work(sender, lambda: not waiting(), 15)
            assert mail_sink.inbox.mails(last)
            with engagement.service.worker_database.work() as connection:
                begun = connection.scalar(
                    sa.select(sa.func.count()).where(messages.c.org_id == slow.id, messages.c.attempts > 0)
                )
        assert begun is not None
        assert 1 <= begun <= 4
        with engagement.service.worker_database.work() as connection:
            connection.execute(sa.delete(messages).where(messages.c.org_id == slow.id))

    def test_turns(self, engagement: Running, mail_sink: "MailSink") -> None:
        """Who has two messages does not wait for the end of somebody's thousand."""
        sent: list[str] = []
        sender = self.sender(engagement, mail_sink, lambda _, mail: sent.append(str(mail["To"])), threads=1)
        many, few = uuid7(), uuid7()
        for organization, count in ((many, 30), (few, 2)):
            for _ in range(count):
                order(engagement, f"x-{uuid.uuid4().hex}@{organization}.example", str(organization))
        assert at_work(sender.send_due, lambda: len(sent) == 32)
        mine = [place for place, to in enumerate(sent) if str(few) in to]
        assert max(mine) < 5

    def test_killed(self, engagement: Running, mail_sink: "MailSink") -> None:
        """What a sender had in hand when it died is sent when its lease has ended, under the same Message-ID."""
        to, seen = address(), []
        message_id = order(engagement, to)
        died = self.sender(engagement, mail_sink, lambda *_: None)
        assert died._claim() is not None  # and nothing more: the process is gone
        sender = self.sender(engagement, mail_sink, lambda _, mail: seen.append(mail["Message-ID"]))
        assert not sender.send_due()
        with engagement.service.worker_database.work() as connection:
            connection.execute(sa.update(messages).values(due_time=sa.func.now()).where(messages.c.recipient == to))
        assert at_work(sender.send_due, lambda: len(seen) == 1)
        assert [f"<{message_id}@example.com>"] == seen

    def test_fault_of_ours(self, engagement: Running, mail_sink: "MailSink") -> None:
        """A message that makes the sender fail is put off with the fault's name, and the next one is sent."""

        def deliver(server: MailServer, mail: Any) -> None:
            raise RuntimeError

        to = address()
        order(engagement, to)
        sender = self.sender(engagement, mail_sink, deliver)

        def row() -> Any:
            with engagement.service.worker_database.work() as connection:
                return connection.execute(sa.select(messages).where(messages.c.recipient == to)).one()

        assert at_work(sender.send_due, lambda: row().error == "RuntimeError")
        assert "queued" == row().state
        with engagement.service.worker_database.work() as connection:
            connection.execute(sa.delete(messages).where(messages.c.recipient == to))

    def sender(self, engagement: Running, mail_sink: "MailSink", deliver: Any, threads: int = 4) -> Sender:
        """A sender beside the service's own."""
        system = server_of(mail_sink.url, MAIL_FROM)
        database = engagement.service.worker_database
        own = Channels(database, Seal(SECRET), private=True)
        return Sender(database, MailWay(own, system, deliver), threads=threads)


class TestLanes:
    def test_rest(self) -> None:
        """A lane in trouble rests longer each time, then tries with one message, and is as before after a success."""
        now = 0.0
        lanes = Lanes(16, clock=lambda: now)
        lane, rests = uuid7(), []
        for _ in range(8):
            assert [] == lanes.closed()
            lanes.enter(lane)
            lanes.leave(lane, well=False)
            begun = now
            while lane in lanes.closed():
                now += 1.0
            rests.append(now - begun)
        assert [2.0, 4.0, 8.0, 16.0, 32.0, MOST_REST, MOST_REST, MOST_REST] == rests
        lanes.enter(lane)
        assert [lane] == lanes.closed()
        lanes.leave(lane, well=True)
        lanes.enter(lane)
        assert [] == lanes.closed()

    def test_half_stays_free(self) -> None:
        """However many lanes are in trouble, half of the threads are for the others."""
        now = 0.0
        lanes = Lanes(16, clock=lambda: now)
        troubled = [uuid7() for _ in range(20)]
        for lane in troubled:
            lanes.enter(lane)
            lanes.leave(lane, well=False)
        now = 100.0
        for lane in troubled[:8]:
            assert lane not in lanes.closed()
            lanes.enter(lane)
        assert set(troubled) <= set(lanes.closed())
        assert SYSTEM not in lanes.closed()


class TestConversation:
    def mail(self, to: str = "b@example.com") -> Any:
        """A short one."""
        from email.message import EmailMessage

        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = MAIL_FROM, to, "s"
        message.set_content("t")
        return message

    def server(self, port: int) -> MailServer:
        """On this machine."""
        return MailServer("127.0.0.1", port, "none", "", "", MAIL_FROM)

    @pytest.mark.parametrize("serve", [silent, dribbling])
    def test_deadline(self, serve: Callable[[socket.socket], None]) -> None:
        """However a server keeps us waiting, a conversation ends at its deadline, and the server counts as down."""
        began = time.monotonic()
        with listening(serve) as port, pytest.raises(NotSentError) as error:
            send(self.server(port), self.mail(), deadline=0.5)
        assert error.value.down
        assert time.monotonic() - began < 5

    def test_silence_after_the_data(self) -> None:
        """A server that took the message and did not say so leaves its fate unknown."""
        with listening(taking_and_silent) as port, pytest.raises(UnknownError):
            send(self.server(port), self.mail(), deadline=0.5)

    def test_addresses(self, mail_sink: "MailSink") -> None:
        """A Chinese domain is written as DNS has it; a Chinese name before the @ goes only to servers that take it."""
        domain, name = f"m{uuid.uuid4().hex[:8]}-例子.com", f"张{uuid.uuid4().hex[:8]}@example.com"
        send(self.server(mail_sink.port), self.mail(f"a@{domain}"))
        assert mail_sink.inbox.mails(f"a@{domain.encode('idna').decode()}")
        with listening(taking_and_silent) as port, pytest.raises(NotSentError) as error:
            send(self.server(port), self.mail(name), deadline=2)
        assert error.value.final
