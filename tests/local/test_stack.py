"""The local system as a person meets it: it starts, recovers, leaves nothing behind, and says what is wrong."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from local import ports, process
from local.settings import ROOT, Settings
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def durable(tmp_path_factory) -> Iterator[Stack]:
    """One system for the tests that end it, each of which leaves it to the next to start again."""
    made = Stack.start(tmp_path_factory.mktemp("durable"), fsync=True)
    yield made
    made.stop()


@pytest.fixture
def system(durable) -> Stack:
    """It, running."""
    if not durable.running:
        durable.start_again()
    return durable


def test_killed_processes_are_started_again(system):
    """Any process that dies is replaced by another that serves, and the console counts it."""
    for name in ("postgres", "nats", "console"):
        before = system.identity(name)
        system.kill(name)
        system.wait_ready(name)
        assert system.identity(name) != before
    assert "restarts" in httpx.get(f"{system.console_url}/processes").text.lower()


def test_killing_everything_leaves_a_system_that_starts(system):
    """After SIGKILL of every process at once the next start recovers, with the data."""
    url = system.database_url("customers", "superuser").replace("+psycopg2", "")
    with _recovered(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 1 AS one")
    connection.close()
    system.kill_everything()
    system.start_again()
    with _recovered(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT one FROM kept")
        assert cursor.fetchall() == [(1,)]
    connection.close()


def _recovered(url):
    """A connection; a server that listens may still be in recovery from the test before."""
    found = []

    def connected() -> bool:
        try:
            found.append(psycopg2.connect(url))
        except psycopg2.OperationalError:
            return False
        return True

    assert process.poll(connected, 60, every=0.2)
    return found[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_orphans(system, number):
    """However the supervisor ends, none of its processes outlives it."""
    identities = [system.identity(name) for name in system.processes()]
    system._supervisor.send_signal(number)
    system._supervisor.wait(60)
    assert process.wait_gone(identities, 30) == []


def test_a_stranger_is_never_killed(tmp_path):
    """`down` with a stale pid file does not touch the process that has that id now."""
    stranger = process.Identity.of(os.getpid())
    settings = Settings(state=tmp_path)
    settings.pid_file.write_text(f"{stranger.pid} {stranger.started - 1}")
    outcome = _local("down", tmp_path)
    assert (outcome.returncode, outcome.stdout) == (0, "It is not running.\n")


def test_a_taken_port_is_named_with_its_remedy(tmp_path):
    """When the port is taken, the message names it, its owner, and the setting to change."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        outcome = _local("up", tmp_path, GUANXI_PORT=str(port), GUANXI_CONSOLE_PORT=str(ports.pick(1)[0]))
    assert outcome.returncode == 1
    assert f"Port {port} is taken" in outcome.stderr
    assert "GUANXI_PORT=" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_wrong_setting_is_named(tmp_path):
    """Every setting that cannot be used is named at once."""
    outcome = _local("up", tmp_path, GUANXI_PORT="web", GUANXI_DEMO="maybe")
    assert "GUANXI_PORT=web is not a port; GUANXI_DEMO=maybe is neither on nor off" in outcome.stderr


def test_a_service_is_asked_from_outside(stack, tmp_path):
    """A command of a service runs with the settings it has here; without a running system, or for no service, it says so."""
    told = _local("service", stack.settings.state, "reporting", "dead-letters")
    assert (told.returncode, told.stdout) == (0, "0 left\n"), told.stderr
    assert "It is not running" in _local("service", tmp_path, "reporting", "dead-letters").stderr
    assert "There is no service report" in _local("service", stack.settings.state, "report", "dead-letters").stderr


def test_secrets_are_for_their_owner_only(stack):
    """Nothing in the state folder that holds a secret can be read by another user."""
    state = stack.settings.state
    for path in (state / "secrets.json", state / "nats" / "nats.conf", state / "logs", state / "mail"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_two_installations_have_different_secrets(tmp_path):
    """They are random, made when first asked for, and stay."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = (Settings(state=tmp_path / name).secrets for name in ("one", "other"))
    for ask in ("get", "key"):
        assert getattr(one, ask)(ask) != getattr(other, ask)(ask)
        assert getattr(one, ask)(ask) == getattr(Settings(state=tmp_path / "one").secrets, ask)(ask)


def test_the_console_answers_to_loopback_names_only(stack):
    """A page elsewhere cannot read the console through a name that resolves to this machine."""
    assert httpx.get(f"{stack.console_url}/mail").status_code == 200
    assert httpx.get(f"{stack.console_url}/mail", headers={"Host": "evil.example"}).status_code == 400


def _local(verb, state, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "local", verb, *arguments],
        cwd=ROOT,
        env={**os.environ, "GUANXI_STATE": str(state), "GUANXI_WEB": "off", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
