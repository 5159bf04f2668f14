"""What people meet while a part of the system is away, and that nothing of what they were told is lost."""

import resource
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.process import poll
from tests.e2e.api import Api, Refusal
from tests.support.stack import Stack

# A short outage in `make test`, a long one in `make faults`.
OUTAGES = [pytest.param(3, id="short"), pytest.param(60, id="long", marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
SECONDS = 90
PIECE_BYTES = 2 * 2**20


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One for all outages here; each leaves it whole."""
    made = Stack.start(tmp_path_factory.mktemp("outages"), fsync=True)
    yield made
    made.stop()


@pytest.fixture
def api(system: Stack) -> Api:
    """The administrator of a new organization; a connection that died in the outage before costs a request."""
    made: list[Api] = []
    assert poll(lambda: served(lambda: made.append(Api.sign_up(system))), SECONDS, every=0.5)
    return made[0]


def rows_file(folder: Path, count: int) -> Path:
    """Accounts to import."""
    file = folder / "accounts.csv"
    file.write_text("name,location\n" + "".join(f"Heron {n},Kenya\n" for n in range(count)), encoding="utf-8")
    return file


def importing(api: Api, folder: Path, count: int) -> dict[str, Any]:
    """An import that has just begun to run."""
    job = api.upload("accounts", rows_file(folder, count))
    api.step(job, "validate")
    api.post(f"imports/{job['id']}:run")
    return job


def answered(ask: Callable[[], Any]) -> int:
    """The status of an answer; 200 for a good one."""
    try:
        ask()
    except Refusal as refusal:
        return refusal.status if refusal.problem["detail"] else 0
    return 200


def counted(api: Api) -> int:
    """How many accounts the report counts."""
    return sum(int(row["values"][1]) for row in api.report("accounts-by-industry")["rows"])


def served(ask: Callable[[], Any]) -> bool:
    """Whether somebody is there to answer by now."""
    return answered(ask) != 503


def identities(system: Stack, *but: str) -> dict[str, str]:
    """Which process runs under each name."""
    return {name: str(system.identity(name)) for name in system.processes() if name not in but}


@pytest.mark.parametrize("seconds", OUTAGES)
def test_database_away(system: Stack, api: Api, tmp_path: Path, seconds: int) -> None:
    """Without PostgreSQL everyone is told to try again and no process dies; afterwards the import ends by itself."""
    job = importing(api, tmp_path, 3000)
    before = identities(system, "postgres")
    with system.held("postgres"):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert answered(lambda: api.get("accounts")) == 503
            assert answered(lambda: api.post("accounts", name="Lost")) == 503
            time.sleep(0.5)
        assert httpx.get(f"{system.url}/healthz").status_code == 200
    assert poll(lambda: served(lambda: api.get("accounts")), SECONDS, every=0.2)
    assert poll(lambda: api.get(f"imports/{job['id']}")["state"] == "done", SECONDS, every=0.5)
    assert api.total("accounts") == 3000
    assert poll(lambda: counted(api) == 3000, SECONDS, every=0.5)
    assert before == identities(system, "postgres")


@pytest.mark.parametrize("seconds", OUTAGES)
def test_broker_away(system: Stack, api: Api, tmp_path: Path, seconds: int) -> None:
    """Without NATS people work on, imports too, and the figures say so; reports catch up when it is back."""
    before = identities(system, "nats")
    with system.held("nats"):
        job = importing(api, tmp_path, 1000)
        assert api.wait(job)["state"] == "done"
        until = time.monotonic() + seconds
        made = 0
        while time.monotonic() < until:
            api.post("accounts", name=f"Meanwhile {made}")
            made += 1
            time.sleep(0.2)
        assert poll(lambda: figure(system, "customers", "guanxi_outbox_pending") > 0, 30, every=0.5)
        assert figure(system, "gateway", "guanxi_live_degraded") == 1
    assert poll(lambda: counted(api) == 1000 + made, SECONDS, every=0.5), (counted(api), 1000 + made)
    assert poll(lambda: figure(system, "customers", "guanxi_outbox_pending") == 0, 30, every=0.5)
    assert poll(lambda: figure(system, "gateway", "guanxi_live_degraded") == 0, 30, every=0.5)
    assert before == identities(system, "nats")


def figure(system: Stack, name: str, metric: str) -> float:
    """A gauge of a process."""
    for line in httpx.get(system.metrics_url(name)).text.splitlines():
        if line.startswith(f"{metric} "):
            return float(line.split()[1])
    raise AssertionError(f"{name} has no {metric}")


@pytest.mark.parametrize("seconds", OUTAGES)
def test_identity_away(system: Stack, api: Api, seconds: int) -> None:
    """Without identity nobody new comes in, but who is in reads, writes and reports with what is known of them."""
    api.post("accounts", name="Before")
    assert poll(lambda: counted(api) == 1, SECONDS, every=0.2)
    with system.held("identity"):
        until = time.monotonic() + seconds
        made = 1
        while time.monotonic() < until:
            assert api.post("accounts", name=f"Meanwhile {made}")["id"]
            made += 1
            assert api.total("accounts") == made
            time.sleep(0.5)
        assert poll(lambda: counted(api) == made, SECONDS, every=0.2)
        assert answered(lambda: Api(system).post("sessions", email="a@example.com", password="x" * 12)) == 503
    assert poll(lambda: served(lambda: Api(system).post("sessions", email="a@example.com", password="x" * 12)), 30)


def test_ended_in_order_loses_no_request(system: Stack, api: Api) -> None:
    """A service that is told to end finishes what it has; whoever asks meanwhile is told to come again."""
    outcomes: Counter[str] = Counter()
    names: list[str] = []
    stopping = threading.Event()

    def create() -> None:
        client = Api(system, api.token)
        while not stopping.is_set():
            name = f"Under load {uuid.uuid4().hex}"
            status = answered(lambda name=name: client.post("accounts", name=name))  # type: ignore[misc]
            outcomes[str(status)] += 1
            if status == 200:
                names.append(name)
            time.sleep(0.05)  # below the rate that one session may ask at

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            time.sleep(1)
            system.restart("customers")
            assert poll(lambda: served(lambda: api.get("accounts")), 60, every=0.1)
        time.sleep(1)
    finally:
        stopping.set()
        for thread in threads:
            thread.join(60)
    assert set(outcomes) <= {"200", "503"}, outcomes
    assert outcomes["200"] > 50
    # Each that was confirmed is there; one that was refused is not.
    assert api.total("accounts") == len(names) == len(set(names))


@contextmanager
def no_room(system: Stack, name: str, most: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes, as on a full disk."""
    pid = system.identity(name).pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_full_store(system: Stack, api: Api, tmp_path: Path) -> None:
    """Where files find no room an upload is refused, an export waits, the rest goes on; with room both succeed."""
    api.wait(importing(api, tmp_path, 500))
    file = rows_file(tmp_path, 2000)
    before = identities(system)
    with no_room(system, "customers", 1000):
        assert answered(lambda: api.upload("accounts", file)) == 503
        export = api.post("exports", module="accounts")
        time.sleep(2)
        assert api.get(f"exports/{export['id']}")["state"] == "running"
        assert api.post("accounts", name="Meanwhile")["id"]
    assert poll(lambda: api.get(f"exports/{export['id']}")["state"] == "done", SECONDS, every=0.5)
    assert int(api.get(f"exports/{export['id']}")["rows"]) == 501
    assert api.upload("accounts", file)["id"]
    assert before == identities(system)
