"""The audit log: what is asked of it, what is taken out of it, how long it is kept, and that nobody writes it anew."""

import csv
import io
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.database.schema import outbox, timers
from chassis.files import FileStore
from chassis.timers import fire_due
from guanxi.customers.v1 import accounts_pb2
from guanxi.events.v1 import events_pb2
from guanxi.exports.v1 import exports_pb2
from guanxi.identity.v1 import teams_pb2
from identity.audit.consumer import record
from identity.audit.keeping import DAILY, FOLDER
from identity.audit.table import audit_cuts, audit_entries, audit_heads
from identity.audit.verify import Verdict, verify
from tests.services.harness import Client, Refused, runner_of
from tests.support.house import Admin

if TYPE_CHECKING:
    from tests.support.postgres import Database

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
READER = ("audit", "view", "all")


class Log:
    """An organization's log, written as events arrive."""

    def __init__(self, admin: Admin) -> None:
        self.house, self.admin = admin.house, admin
        self.org_id = uuid.UUID(admin.org_id)
        self.call = system_call(self.org_id)

    def add(
        self,
        resource: str = "identity.Team",
        verb: str = "updated",
        *,
        at: datetime = NOW,
        actor: str = "",
        address: str = "203.0.113.5",
        after: Any = None,
        fields: tuple[str, ...] = ("name",),
        record_id: str = "",
    ) -> None:
        """One event of one record."""
        event = events_pb2.Event(id=str(uuid.uuid4()), org_id=str(self.org_id), resource=resource, verb=verb)
        event.time.FromDatetime(at)
        event.actor.user_id, event.actor.kind, event.actor.address = actor, "user", address
        change = event.changes.add(id=record_id or str(uuid.uuid4()), version=1, changed_fields=fields)
        if after is not None:
            change.after.Pack(after, type_url_prefix="guanxi/")
        with self.house.identity.worker_database.write(self.call) as transaction:
            record(transaction, event)

    def teams(self, count: int, at: datetime = NOW) -> None:
        """So many entries."""
        for number in range(count):
            self.add(after=teams_pb2.Team(name=f"Team {number}"), at=at)

    def daily(self) -> None:
        """What the worker does once a day, until nothing is left for today."""
        worker = self.house.identity.worker_database
        for _ in range(5):
            with worker.write(self.call) as transaction:
                mine = (timers.c.org_id == self.org_id, timers.c.kind == DAILY)
                transaction.execute(sa.update(timers).where(*mine).values(due_time=sa.func.now()))
            while fire_due(worker, {DAILY: self.house.identity.timers[DAILY]}):
                pass

    def verdict(self, database: "Callable[[str], Database]") -> Verdict:
        """What `audit-verify` says."""
        [found] = verify(database("identity").owner_url, self.org_id, files=self.house.identity.files)
        return found

    def rows(self, table: sa.Table) -> list[Any]:
        """All rows of the organization."""
        found: list[Any] = self.house.identity.database.read(self.call, sa.select(table))
        return found

    def tamper(self, database: "Callable[[str], Database]", *statements: str) -> None:
        """As the owner of the tables may."""
        engine = sa.create_engine(database("identity").owner_url)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(f"{statement} AND org_id = '{self.org_id}'")
        engine.dispose()


@pytest.fixture
def log(admin: Admin) -> Log:
    """The log of a new organization."""
    return Log(admin)


def numbers(client: Client, **wanted: Any) -> list[int]:
    """Numbers of the entries that a list answers."""
    return [entry.number for entry in client.call("ListAuditEntries", **wanted).audit_entries]


class TestFilters:
    @pytest.fixture
    def client(self, log: Log) -> Client:
        """A reader of four entries."""
        self.account = str(uuid.uuid4())
        log.add("customers.Account", "created", at=NOW, actor=log.admin.user_id, record_id=self.account)
        log.add("customers.Account", "updated", at=NOW + timedelta(hours=1), record_id=self.account, address="10.0.0.9")
        log.add("identity.Team", "updated", at=NOW + timedelta(hours=2), actor=log.admin.user_id)
        log.add("identity.Session", "refused", at=NOW + timedelta(hours=3), actor=log.admin.user_id)
        return log.admin.client()

    def test_each(self, log: Log, client: Client) -> None:
        """Every filter narrows the list to what it names, and together they narrow it further."""
        later, last = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
        for wanted, found in (
            ({}, [4, 3, 2, 1]),
            ({"start_time": later}, [4, 3, 2]),
            ({"end_time": later}, [1]),
            ({"start_time": later, "end_time": last}, [3, 2]),
            ({"actor_id": log.admin.user_id}, [4, 3, 1]),
            ({"verb": "updated"}, [3, 2]),
            ({"module": "accounts"}, [2, 1]),
            ({"module": "sessions"}, [4]),
            ({"module": "nothing"}, []),
            ({"resource": "identity.Team"}, [3]),
            ({"resource": "customers.Account", "record_id": self.account}, [2, 1]),
            ({"address": "10.0.0.9"}, [2]),
            ({"verb": "updated", "module": "accounts"}, [2]),
        ):
            assert found == numbers(client, **wanted), wanted
        page = client.call("ListAuditEntries", verb="updated", page_size=1)
        assert [3] == [entry.number for entry in page.audit_entries]
        assert [2] == numbers(client, verb="updated", page_size=1, page_token=page.next_page_token)

    def test_names(self, log: Log, client: Client) -> None:
        """An entry names who acted and from where."""
        entry = client.call("ListAuditEntries", module="sessions").audit_entries[0]
        assert ("Ada", "203.0.113.5") == (entry.actor_name, entry.address)

    @pytest.mark.parametrize("name", ["actor_id", "record_id"])
    def test_wrong(self, client: Client, name: str) -> None:
        """What is no id is named."""
        with pytest.raises(Refused) as refused:
            numbers(client, **{name: "x"})
        assert [(name, "INVALID_ID")] == refused.value.violations


def test_values_are_rests(log: Log) -> None:
    """Money, days, decimals and custom values are written as everywhere else in the API."""
    account = accounts_pb2.Account(name="Heron")
    account.annual_revenue.currency_code, account.annual_revenue.units, account.annual_revenue.nanos = (
        "CNY",
        -12,
        -500_000_000,
    )
    account.custom["size"].texts.values.extend(["L", "XL"])
    account.custom["since"].date.year, account.custom["since"].date.month, account.custom["since"].date.day = (
        2016,
        10,
        2,
    )
    log.add("customers.Account", after=account, fields=("annual_revenue", "custom.size", "custom.since"))
    entry = log.admin.client().call("ListAuditEntries").audit_entries[0]
    money = {"currency_code": "CNY", "amount": "-12.50"}
    assert {"annual_revenue": money, "custom": {"size": ["L", "XL"], "since": "2016-10-02"}} == json.loads(entry.after)


class TestSearch:
    @pytest.fixture
    def log(self, log: Log) -> Log:
        """An account and a team, each with values of its own."""
        account = accounts_pb2.Account(name="苍鹭仪器", employees=77, phone="13800138000")
        account.custom["size"].text = "Giant"
        log.add("customers.Account", after=account, fields=("name", "employees", "phone", "custom.size"))
        log.add("identity.Team", after=teams_pb2.Team(name="North wing"))
        return log

    def test_finds(self, log: Log) -> None:
        """Words, Chinese characters, pinyin and numbers are found in values; what is not there is not."""
        client = log.admin.client()
        words = {"苍鹭": [1], "canglu": [1], "north": [2], "77": [1], "giant": [1], "wing north": [2], "south": []}
        assert words == {word: numbers(client, query=word) for word in words}

    def test_hidden(self, log: Log) -> None:
        """Nobody finds out by searching what they may not read."""
        rules = [("accounts", name, "hidden") for name in ("phone", "custom.size")]
        client, _ = log.admin.member([READER, ("accounts", "view", "all"), ("teams", "view", "all")], rules)
        words = {"苍鹭": [1], "13800138000": [], "giant": [], "苍鹭 giant": [], "north": [2]}
        assert words == {word: numbers(client, query=word) for word in words}
        client, _ = log.admin.member([READER, ("accounts", "view", "own")])
        assert {"苍鹭": [], "north": []} == {word: numbers(client, query=word) for word in ("苍鹭", "north")}


class TestExport:
    def export(self, log: Log, client: Client, **wanted: Any) -> list[dict[str, str]]:
        """The file's rows."""
        identity = log.house.identity
        runner = runner_of(identity)
        job = client.call("ExportAuditEntries", **wanted)
        while runner.run_next():
            pass
        job = client.call("GetExport", id=job.id)
        assert "done" == job.state, job
        data = client.call("ReadFile", id=job.file_id).data.decode()
        return list(csv.DictReader(io.StringIO(data)))

    def test_file(self, log: Log) -> None:
        """The file holds what the list shows, no cell is a formula, and taking it is an entry itself."""
        log.add(after=teams_pb2.Team(name="=cmd|calc"), verb="=1+1")
        log.add(after=teams_pb2.Team(name="North"))
        log.add("customers.Account", after=accounts_pb2.Account(name="Heron"))
        rows = self.export(log, log.admin.client(), filter={"module": "teams"})
        assert ["2", "1"] == [row["number"] for row in rows]
        assert {"name": "=cmd|calc"} == json.loads(rows[1]["after"])
        assert "'=1+1" == rows[1]["verb"]
        assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
        payloads = log.rows(outbox)
        [event] = [
            events_pb2.Event.FromString(row.payload) for row in payloads if row.subject.endswith("export.exported")
        ]
        with log.house.identity.worker_database.write(log.call) as transaction:
            record(transaction, event)
        entry = log.admin.client().call("ListAuditEntries", module="exports").audit_entries[0]
        assert (log.admin.user_id, "exported") == (entry.actor_id, entry.verb)
        after = json.loads(entry.after)
        assert ("audit", "2") == (after["module"], after["rows"])
        assert {"module": "teams"} == json.loads(after["filter"])

    def test_rights(self, log: Log) -> None:
        """It is a right of its own, shows no more than the list, and belongs to who asked for it."""
        log.add(
            "customers.Account", after=accounts_pb2.Account(name="Heron", phone="13800138000"), fields=("name", "phone")
        )
        reader, _ = log.admin.member([READER])
        with pytest.raises(Refused) as refused:
            reader.call("ExportAuditEntries")
        assert "PERMISSION_DENIED" == refused.value.code
        rules = [("accounts", "phone", "hidden")]
        taker, _ = log.admin.member([READER, ("audit", "export", "all"), ("accounts", "view", "all")], rules)
        [row] = self.export(log, taker, filter={"module": "accounts"})
        assert ({"name": "Heron"}, "name") == (json.loads(row["after"]), row["changed_fields"])

    @pytest.mark.parametrize(
        ("grants", "rules", "seen"),
        [
            ([("accounts", "view", "all")], [], True),
            ([("accounts", "view", "all")], [("accounts", "phone", "hidden")], False),
            ([("accounts", "view", "own")], [], False),
            ([], [], False),
        ],
    )
    def test_filter_of_an_export(
        self, log: Log, grants: list[tuple[str, str, str]], rules: list[tuple[str, str, str]], seen: bool
    ) -> None:
        """What somebody else took is told to every reader, and by which values to who sees all of the module."""
        told = exports_pb2.Export(module="accounts", filter='phone = "13800138000"', rows=3)
        log.add("customers.Export", "exported", after=told, fields=("module", "filter", "rows", "*"))
        reader, _ = log.admin.member([READER, *grants], rules)
        [entry] = reader.call("ListAuditEntries", module="exports").audit_entries
        kept = {"module": "accounts", "rows": "3"} | ({"filter": told.filter} if seen else {})
        assert kept == json.loads(entry.after)
        assert {"13800138000": [1] if seen else [], "accounts": [1]} == {
            word: numbers(reader, query=word, module="exports") for word in ("13800138000", "accounts")
        }


class TestKeeping:
    def anchors(self, log: Log) -> dict[str, bytes]:
        """What lies in the object store."""
        return self.files(log).kept(log.org_id, FOLDER)

    def files(self, log: Log) -> FileStore:
        """The object store."""
        made: FileStore = log.house.identity.files
        return made

    def keep(self, log: Log, years: int | None) -> None:
        """Let the organization choose."""
        client = log.admin.client()
        etag = client.call("GetOrganization", id=str(log.org_id)).etag
        change = {"id": str(log.org_id), "etag": etag, "audit_years": years}
        client.call("UpdateOrganization", organization=change, update_mask={"paths": ["audit_years"]})

    def test_anchored(self, log: Log, service_database: "Callable[[str], Database]") -> None:
        """The first entry sets the timer; each day the head goes to the object store, unless nothing has happened."""
        log.teams(3)
        assert 1 == len([row for row in log.rows(timers) if row.kind == DAILY])
        log.daily()
        log.daily()
        assert 1 == len(self.anchors(log))
        log.teams(2)
        log.daily()
        assert 2 == len(self.anchors(log))
        verdict = log.verdict(service_database)
        assert (True, 5, 2) == (verdict.whole, verdict.entries, verdict.anchors)
        assert "2 anchors agree" in str(verdict)

    @pytest.mark.parametrize("what", ["anew", "end", "all"])
    def test_written_anew(self, log: Log, service_database: "Callable[[str], Database]", what: str) -> None:
        """A chain that its owner wrote anew, shortened or emptied is whole in itself, and its anchor says otherwise."""
        log.teams(4)
        log.daily()
        last = 3 if what == "end" else 0
        log.tamper(service_database, f"DELETE FROM audit_entries WHERE number > {last}")
        before = [row for row in log.rows(audit_entries) if row.number == last]
        head = bytes(before[0].hash).hex() if before else "00" * 32
        log.tamper(service_database, f"UPDATE audit_heads SET number = {last}, hash = '\\x{head}' WHERE true")
        if what == "anew":
            log.teams(4, NOW + timedelta(days=1))
        verdict = log.verdict(service_database)
        assert (None, False) == (verdict.broken, verdict.whole)
        assert "says otherwise" in str(verdict)

    def test_wholly_gone(self, log: Log, service_database: "Callable[[str], Database]") -> None:
        """An organization of which nothing but an anchor is left is found by it; files alone are no chain."""
        log.teams(2)
        log.daily()
        files, other = self.files(log), uuid.uuid4()
        files.keep(other, "logos/a.png", b"x")
        log.tamper(service_database, *(f"DELETE FROM {name} WHERE true" for name in ("audit_entries", "audit_heads")))
        found = {each.org_id: each for each in verify(service_database("identity").owner_url, files=files)}
        assert other not in found
        assert not found[log.org_id].whole
        assert "BROKEN" in str(found[log.org_id])

    def test_retention(self, log: Log, service_database: "Callable[[str], Database]") -> None:
        """What is older than the organization keeps is deleted; the rest is verified from the hash that was left."""
        log.teams(3, NOW - timedelta(days=900))
        log.teams(1, NOW)
        log.teams(1, NOW - timedelta(days=800))  # told late: it stands after a newer one and stays
        log.daily()
        assert 5 == len(log.rows(audit_entries))
        self.keep(log, 2)
        log.daily()
        assert [4, 5] == sorted(row.number for row in log.rows(audit_entries))
        assert [3] == [row.number for row in log.rows(audit_cuts)]
        assert any(name.startswith("cut-3") for name in self.anchors(log))
        verdict = log.verdict(service_database)
        assert (True, 3, 5) == (verdict.whole, verdict.cut, verdict.entries)
        assert "entries 4 to 5" in str(verdict)
        log.teams(1)
        assert log.verdict(service_database).whole

    def test_cut_by_hand(self, log: Log, service_database: "Callable[[str], Database]") -> None:
        """A beginning that somebody cut off themselves has no anchor, and is found."""
        log.teams(4)
        hash_of = {row.number: bytes(row.hash).hex() for row in log.rows(audit_entries)}
        engine = sa.create_engine(service_database("identity").owner_url)
        with engine.begin() as connection:
            connection.execute(
                sa.insert(audit_cuts).values(org_id=log.org_id, number=2, hash=bytes.fromhex(hash_of[2]))
            )
            connection.execute(
                sa.delete(audit_entries).where(audit_entries.c.org_id == log.org_id, audit_entries.c.number <= 2)
            )
        engine.dispose()
        verdict = log.verdict(service_database)
        assert ("cut-2", False) == (verdict.disagreeing, verdict.whole)

    def test_only_the_old(self, log: Log) -> None:
        """The service's own roles delete by that function alone: nothing without a choice, and nothing that is younger."""
        log.teams(2, NOW - timedelta(days=900))
        log.teams(1, NOW)
        for database in (log.house.identity.database, log.house.identity.worker_database):
            with database.write(log.call) as transaction:
                assert 0 == transaction.execute(sa.select(sa.func.audit_cut())).scalar()
            for statement in (
                "DELETE FROM audit_entries", "UPDATE audit_entries SET verb = ''", "TRUNCATE audit_entries",
                "DELETE FROM audit_cuts", "INSERT INTO audit_cuts SELECT org_id, 9, hash FROM audit_heads",
            ):  # fmt: skip
                with pytest.raises(Exception, match="permission denied"), database.write(log.call) as transaction:
                    transaction.connection.exec_driver_sql(statement)
        assert 3 == len(log.rows(audit_entries))
        assert 3 == log.rows(audit_heads)[0].number

    def test_store_away(self, log: Log) -> None:
        """Nothing is deleted while its anchor cannot be kept."""
        log.teams(2, NOW - timedelta(days=900))
        self.keep(log, 1)
        target = Path(log.house.identity.config.object_store.removeprefix("file://")) / str(log.org_id)
        target.touch()  # a file where the organization's folder belongs
        log.daily()
        assert 2 == len(log.rows(audit_entries))
        target.unlink()
        log.daily()
        assert 0 == len(log.rows(audit_entries))
