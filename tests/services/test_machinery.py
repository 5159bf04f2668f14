"""Timers, jobs, files and idempotency, on the database of customers."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.call import Call, system_call
from chassis.database.connection import Database, Transaction
from chassis.database.schema import external_ids, jobs, timers
from chassis.errors import DeadlineError
from chassis.files import PIECE_BYTES
from chassis.ids import uuid7
from chassis.jobs import Job, JobKind, JobLost, JobRunner
from chassis.timers import cancel, fire_due, schedule
from tests.services.harness import Client, Refused, Running, Tenant, runner_of
from tests.support.statements import recorded


class TestTimers:
    def test_fires_once(self, customers: Running, tenant: Tenant) -> None:
        """A timer that is due has its effect once, under its organization; one that is not due waits."""
        database, fired = customers.service.worker_database, []
        now, kind = datetime.now(UTC), f"test-{uuid.uuid4().hex}"
        with database.write(system_call(tenant.id)) as transaction:
            schedule(transaction, kind, "due", now - timedelta(seconds=1), {"n": 1})
            schedule(transaction, kind, "later", now + timedelta(hours=1))
            schedule(transaction, kind, "taken back", now - timedelta(seconds=1))
            cancel(transaction, kind, "taken back")

        def handler(transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
            scope = transaction.execute(sa.text("SELECT current_setting('guanxi.org_id')")).scalar_one()
            assert str(tenant.id) == scope
            fired.append((transaction.call.org_id, key, payload.get("n")))

        def run(moment: datetime) -> None:
            while fire_due(database, {kind: handler}, now=moment):
                pass

        run(now)
        run(now + timedelta(minutes=59))
        assert [(tenant.id, "due", 1)] == fired
        run(now + timedelta(hours=1))
        run(now + timedelta(days=30))
        assert [(tenant.id, "due", 1), (tenant.id, "later", None)] == fired

    def test_failure_comes_again(self, customers: Running, tenant: Tenant) -> None:
        """A timer whose handler fails leaves no effect, and comes again later."""
        database, kind = customers.service.worker_database, f"test-{uuid.uuid4().hex}"
        now = datetime.now(UTC)
        with database.write(system_call(tenant.id)) as transaction:
            schedule(transaction, kind, "k", now)

        def handler(transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
            schedule(transaction, kind, "effect", now)
            raise RuntimeError

        assert 1 == fire_due(database, {kind: handler}, now=now)
        with database.work() as connection:
            rows = connection.execute(sa.select(timers).where(timers.c.kind == kind)).all()
        assert [("k", 1)] == [(row.key, row.attempts) for row in rows]
        assert rows[0].due_time > now


class TestJobs:
    def enqueue(self, customers: Running, tenant: Tenant, kind: str, user_id: uuid.UUID | None = None) -> uuid.UUID:
        """A waiting job, of the administrator's unless told otherwise."""
        job_id = uuid7()
        user_id = user_id or tenant.admin
        row = {"org_id": tenant.id, "id": job_id, "kind": kind, "module": "accounts", "user_id": user_id}
        with customers.service.database.write(system_call(tenant.id)) as transaction:
            transaction.execute(sa.insert(jobs).values(**row, step="go", state="running"))
        return job_id

    def runner(self, customers: Running, kind: str, handler: Callable[[Job], None]) -> JobRunner:
        """A worker that knows one kind."""
        return runner_of(customers.service, {kind: JobKind(handler, "import")})

    def row(self, customers: Running, job_id: uuid.UUID) -> Any:
        """The job as it stands."""
        with customers.service.worker_database.work() as connection:
            return connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).one()

    def test_taken_up(self, customers: Running, tenant: Tenant) -> None:
        """A job whose worker died is taken up from its last checkpoint when its lease has run out."""
        kind = f"test-{uuid.uuid4().hex}"
        job_id = self.enqueue(customers, tenant, kind)

        def dies(job: Job) -> None:
            with job.write() as transaction:
                job.save(transaction, done=5)
            raise SystemExit  # as kill -9 would, it passes every handler of errors

        with pytest.raises(SystemExit):
            self.runner(customers, kind, dies).run_next()

        def goes_on(job: Job) -> None:
            with job.write() as transaction:
                job.save(transaction, state="done", step="", done=job.data["done"] + 5)

        runner = self.runner(customers, kind, goes_on)
        assert not runner.run_next()
        with customers.service.worker_database.work() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(lease_until=datetime.now(UTC)))
        assert runner.run_next()
        assert ("done", 10) == (self.row(customers, job_id).state, self.row(customers, job_id).data["done"])

    def test_time_of_a_chunk(self, customers: Running, tenant: Tenant) -> None:
        """Each transaction of a job has a minute, however long the job is."""
        kind, left = f"test-{uuid.uuid4().hex}", []
        self.enqueue(customers, tenant, kind)

        def looks(job: Job) -> None:
            with job.write() as transaction:
                left.append(transaction.call.remaining_ms())
                job.save(transaction, step="")

        self.runner(customers, kind, looks).run_next()
        assert 50_000 < left[0] <= 60_000

    def test_organizations_take_turns(self, customers: Running, tenant: Tenant) -> None:
        """A second organization's job is next though the first has older ones waiting, and one thread is left to it."""
        kind, other = f"test-{uuid.uuid4().hex}", customers.tenants.make()
        older = [self.enqueue(customers, tenant, kind) for _ in range(2)]
        newer = self.enqueue(customers, other, kind)
        ran: list[uuid.UUID] = []
        service = customers.service

        def nested(job: Job) -> None:
            ran.append(job.id)
            if len(ran) == 1:  # while the first runs, another thread looks for work
                assert runner.run_next()
                assert not runner.run_next()
            with job.write() as transaction:
                job.save(transaction, step="")

        kinds = {kind: JobKind(nested, "import")}
        runner = runner_of(service, kinds, at_once=2)
        assert runner.run_next()
        assert [older[0], newer] == ran
        assert runner.run_next()
        assert [older[0], newer, older[1]] == ran

    def test_right_of_a_kind(self, customers: Running, tenant: Tenant) -> None:
        """A job needs the right its kind names, whatever the kind is called."""
        kind = f"test-{uuid.uuid4().hex}"
        tenant.role("viewer", [("accounts", "view", "all")])
        job_id = self.enqueue(customers, tenant, kind, tenant.user("Viewer", "viewer"))
        self.runner(customers, kind, lambda job: pytest.fail("it ran")).run_next()
        row = self.row(customers, job_id)
        assert ("failed", "PERMISSION_DENIED") == (row.state, row.data["error"])

    def test_usurped(self, customers: Running, tenant: Tenant) -> None:
        """A worker that lost its lease writes nothing more."""
        kind = f"test-{uuid.uuid4().hex}"
        job_id = self.enqueue(customers, tenant, kind)

        def loses(job: Job) -> None:
            with customers.service.worker_database.work() as connection:
                connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(lease_holder=uuid7()))
            with pytest.raises(JobLost), job.write() as transaction:
                job.save(transaction, done=1)

        self.runner(customers, kind, loses).run_next()
        assert "done" not in self.row(customers, job_id).data


class TestFiles:
    def test_pieces(self, client: Client) -> None:
        """A file sent in pieces, one of them twice, is read back whole; another person does not find it."""
        data = bytes(range(256)) * (PIECE_BYTES // 256) + b"tail"
        file = client.call("CreateFile", name="../a\u202eb.csv")
        assert "/" not in file.name
        client.call("AppendFile", id=file.id, offset=0, data=data[:PIECE_BYTES])
        client.call("AppendFile", id=file.id, offset=0, data=data[:PIECE_BYTES])
        client.call("AppendFile", id=file.id, offset=PIECE_BYTES, data=data[PIECE_BYTES:])
        done = client.call("CompleteFile", id=file.id)
        assert (len(data), True) == (done.size, done.complete)
        parts = [client.call("ReadFile", id=file.id, offset=offset).data for offset in (0, PIECE_BYTES)]
        assert data == b"".join(parts)

    def test_not_mine(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """A file is its maker's: a colleague with every right is told that it is not there."""
        file = client.call("CreateFile", name="a.csv")
        colleague = customers.client(tenant, tenant.user("Other", "administrator"))
        with pytest.raises(Refused, match="NOT_FOUND"):
            colleague.call("GetFile", id=file.id)


class TestIdempotency:
    def test_at_once(self, customers: Running, tenant: Tenant) -> None:
        """Twenty requests at once with one key have one effect and one answer."""
        answers: list[Any] = []

        def create() -> None:
            client = customers.client(tenant)
            answers.append(client.call("CreateAccount", account={"name": "A"}, request_id="same", timeout=60))
            client.close()

        threads = [threading.Thread(target=create) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 == len({answer.SerializeToString(deterministic=True) for answer in answers})
        assert 1 == customers.client(tenant).call("ListAccounts").total_size


class TestReads:
    @pytest.mark.parametrize("count", [1, 50, 200])
    def test_one_round_trip(self, customers: Running, client: Client, count: int) -> None:
        """Get, List and BatchGet are one statement, Search one for each module, over however many records."""
        rows = [{"name": f"Heron {number}", "external_ids": {"erp": str(number)}} for number in range(count)]
        made = [item.id for item in client.call("BatchUpsertAccounts", accounts=rows).accounts]
        calls: list[tuple[str, dict[str, Any], Callable[[Any], int]]] = [
            ("GetAccount", {"id": made[-1]}, lambda answer: int(answer.id == made[-1])),
            ("ListAccounts", {"page_size": 200}, lambda answer: len(answer.accounts)),
            ("BatchGetAccounts", {"ids": made}, lambda answer: len(answer.accounts)),
            ("Search", {"query": "heron", "limit": 20}, lambda answer: len(answer.hits)),
        ]
        searched = sum(bool(records.resource.searched) for records in customers.service.records.values())
        for name, fields, _ in calls:
            client.call(name, **fields)  # what is compiled once
        for (name, fields, found), expected in zip(calls, (1, count, count, min(count, 20)), strict=True):
            with recorded(customers.service.database, "rpc") as statements:
                assert expected == found(client.call(name, **fields)), name
            assert (searched if name == "Search" else 1) == len(statements), name

    def test_connection_is_not_poisoned(self, customers: Running) -> None:
        """Two organizations on one connection see their own rows only, whatever became of the statement between."""
        config = customers.service.config
        database = Database(config.database_url, 1)
        calls = [system_call(customers.tenants.make().id) for _ in range(2)]
        for call, name in zip(calls, ("A", "B"), strict=True):
            rows = [{"org_id": call.org_id, "module": "m", "system": "s", "external_id": name, "record_id": uuid7()}]
            with database.write(call) as transaction:
                transaction.execute(sa.insert(external_ids), rows)

        def fail(call: Call) -> None:
            with pytest.raises(Exception, match="division"), database.write(call) as transaction:
                transaction.execute(sa.text("SELECT 1/0"))

        def fail_reading(call: Call) -> None:
            with pytest.raises(Exception, match="division"):
                database.read(call, sa.select(sa.literal(1) / sa.literal_column("0")))

        def leave(call: Call) -> None:
            gone = system_call(call.org_id)
            threading.Timer(0.2, gone.cancellation.caller_has_gone).start()
            with pytest.raises(DeadlineError):
                database.read(gone, sa.select(sa.func.pg_sleep(30)))

        def leave_writing(call: Call) -> None:
            gone = system_call(call.org_id)
            threading.Timer(0.2, gone.cancellation.caller_has_gone).start()
            with pytest.raises(DeadlineError), database.write(gone) as transaction:
                transaction.execute(sa.select(sa.func.pg_sleep(30)))

        wanted = sa.select(external_ids.c.external_id, sa.func.pg_backend_pid().label("pid"))
        connections = set()
        for before in (fail, fail_reading, leave, leave_writing):
            for first, other, name in ((calls[0], calls[1], "B"), (calls[1], calls[0], "A")):
                before(first)
                rows_seen = database.read(other, wanted)
                with database.write(other) as transaction:
                    again = transaction.execute(wanted).all()
                assert [name] == [row.external_id for row in rows_seen] == [row.external_id for row in again], before
                connections |= {row.pid for row in [*rows_seen, *again]}
        database.dispose()
        assert 1 == len(connections)


class TestCancellation:
    def test_sql_ends(self, customers: Running, tenant: Tenant) -> None:
        """When the caller has gone the statement under way is ended, and the connection serves the next call."""
        database = customers.service.database
        call = system_call(tenant.id)
        threading.Timer(0.3, call.cancellation.caller_has_gone).start()
        began = time.monotonic()
        with pytest.raises(DeadlineError):
            database.read(call, sa.select(sa.func.pg_sleep(30)))
        assert time.monotonic() - began < 10
        assert 1 == database.read(system_call(tenant.id), sa.select(sa.literal(1).label("one")))[0].one
