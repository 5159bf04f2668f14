"""The whole local system as real processes, in a folder and on ports of its own, for tests from outside.

stack = Stack.start(tmp_path)            # or the fixture `stack`, one for each worker of the run
httpx.get(f"{stack.url}/api/v1/…")
stack.kill("sales")                      # SIGKILL; the supervisor starts it again
stack.wait_ready("sales")
with stack.held("nats"): …               # down for as long as the block runs
stack.kill_everything(); stack.start_again()
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from local import ports, process
from local.errors import StartError
from local.inbox import Inbox, Mail
from local.settings import ROOT, Settings

START_SECONDS = 150.0


class Stack:
    """A running local system; `stop` it, or end the test process: either ends all of it."""

    def __init__(self, state: Path, *, fsync: bool, split: bool, web: bool) -> None:
        """Nothing is started; `Stack.start` is the way in."""
        port, console_port = ports.pick(2)
        self.settings = Settings(
            state=state.resolve(), port=port, console_port=console_port, demo=False, web=web, fsync=fsync, split=split
        )
        self._supervisor: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, state: Path, *, fsync: bool = False, split: bool = False, web: bool = False) -> "Stack":
        """Start and wait until everything is ready.

        With `fsync` a crash loses nothing; with `split`, serve and work are processes of their own
        (`sales-serve`, `sales-work`); with `web`, the client is built first unless it is up to date.
        Raises StartError with the supervisor's own words.
        """
        stack = cls(state, fsync=fsync, split=split, web=web)
        stack.start_again()
        return stack

    def start_again(self) -> None:
        """Start what was stopped or killed, on the same state and ports."""
        settings = self.settings
        settings.state.mkdir(parents=True, exist_ok=True)
        switches = {"DEMO": settings.demo, "WEB": settings.web, "FSYNC": settings.fsync, "SPLIT": settings.split}
        environment = {
            **os.environ,
            **{f"GUANXI_{name}": "on" if value else "off" for name, value in switches.items()},
            "GUANXI_STATE": str(settings.state),
            "GUANXI_PORT": str(settings.port),
            "GUANXI_CONSOLE_PORT": str(settings.console_port),
        }
        log = settings.state / "supervisor.log"
        command = process.mortal([sys.executable, "-m", "local", "up"], signal.SIGTERM)
        supervisor = self._supervisor = process.start(command, log=log, environment=environment, cwd=ROOT)
        process.poll(lambda: self._ready() or supervisor.poll() is not None, START_SECONDS, every=0.1)
        if supervisor.poll() is not None or not self._ready():
            self.stop()
            raise StartError("the local system", "did not start", log, lines=60)

    @property
    def running(self) -> bool:
        """Whether the supervisor runs."""
        return self._supervisor is not None and self._supervisor.poll() is None

    @property
    def url(self) -> str:
        """The gateway's address."""
        return self.settings.url

    @property
    def console_url(self) -> str:
        """The console's address."""
        return self.settings.console_url

    @property
    def inbox(self) -> Inbox:
        """Every mail the system sent; `stack.inbox.wait_for(address).code`."""
        return Inbox(self.settings.folder("mail"))

    def mails(self, recipient: str | None = None) -> list[Mail]:
        """The mails so far, oldest first."""
        return self.inbox.mails(recipient)

    def processes(self) -> list[str]:
        """The names of everything that runs: postgres, nats, console, the services, gateway."""
        return [entry["name"] for entry in self._running()["processes"]]

    def identity(self, name: str) -> process.Identity:
        """The process now running under a name."""
        identity = process.Identity.parse(self._entry(name)["identity"])
        assert identity is not None
        return identity

    def grpc_address(self, service: str) -> str:
        """Where a service (`service-desk`) takes gRPC calls."""
        return f"127.0.0.1:{self._port(service)}"

    def metrics_url(self, name: str) -> str:
        """Where a process shows its Prometheus metrics."""
        return f"http://127.0.0.1:{self._entry(name)['metrics']}/metrics"

    def database_url(self, service: str, role: str = "app") -> str:
        """A service's database (`service_desk`) as one of its roles: app, worker, owner, or superuser."""
        user = "postgres" if role == "superuser" else f"{service}_{role}"
        password = self._secret("postgres" if role == "superuser" else user)
        return f"postgresql+psycopg2://{user}:{password}@127.0.0.1:{self._port('postgres')}/{service}"

    def forget_attempts(self) -> None:
        """Sign-ups and log-ins counted so far are counted no more."""
        url = self.database_url("identity", "superuser").replace("+psycopg2", "")
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM throttles")
        connection.close()

    @property
    def nats_url(self) -> str:
        """The broker, with its password."""
        return f"nats://guanxi:{self._secret('nats')}@127.0.0.1:{self._port('nats')}"

    @property
    def service_token(self) -> str:
        """What services know each other by."""
        return self._secret("service-token")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a process a signal; the supervisor starts it again."""
        identity = self.identity(name)
        identity.send(number)
        process.wait_gone([identity], 30)

    def restart(self, name: str) -> None:
        """End a process in order, and wait until its successor serves."""
        self.kill(name, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        self.wait_ready(name)

    def wait_ready(self, name: str, seconds: float = 60) -> None:
        """Wait until a process runs and answers; raises StartError when it does not."""
        if not process.poll(lambda: self._answers(name), seconds, every=0.1):
            raise StartError(name, f"was not ready within {seconds:g} seconds", self.settings.log(name))

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Keep a process down inside the block; afterwards it is started and awaited."""
        hold = self.settings.folder("hold") / name
        hold.touch()
        try:
            self.kill(name)
            yield
        finally:
            hold.unlink()
            self.wait_ready(name)

    def kill_everything(self) -> None:
        """SIGKILL to the supervisor and every process at once, like a power cut without the disk."""
        identities = [self.identity(name) for name in self.processes()]
        assert self._supervisor is not None
        self._supervisor.kill()
        for identity in identities:
            identity.send(signal.SIGKILL)
        self._supervisor.wait()
        process.wait_gone(identities, 30)

    def stop(self) -> None:
        """Stop everything in order."""
        if self._supervisor is None:
            return
        self._supervisor.terminate()
        try:
            self._supervisor.wait(60)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            self._supervisor.wait()
        self._supervisor = None

    def _ready(self) -> bool:
        """Whether the supervisor we started, and not a killed one before it, says so."""
        running = self._running()
        identity = process.Identity.parse(running.get("supervisor", ""))
        ours = self._supervisor is not None and identity is not None and identity.pid == self._supervisor.pid
        return ours and running["ready"] is True

    def _answers(self, name: str) -> bool:
        """Whether the process runs and its port is open; a service must say that it serves, PostgreSQL take connections."""
        entry = self._entry(name)
        identity = process.Identity.parse(entry["identity"])
        if identity is None or not identity.alive():
            return False
        if entry["health"]:
            from local.health import serving

            return serving(entry["health"])
        if name == "postgres":
            return self._takes_connections()
        own = {"gateway": self.settings.port, "console": self.settings.console_port}
        return not ports.is_free(own.get(name) or self._port(name))

    def _takes_connections(self) -> bool:
        """An open port is not enough: after a kill PostgreSQL refuses everybody until it has recovered."""
        try:
            url = self.database_url("postgres", "superuser").replace("+psycopg2", "")
            psycopg2.connect(url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _running(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.settings.run_file.read_text())
        except (OSError, ValueError):
            return {}
        return found

    def _entry(self, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = next(entry for entry in self._running()["processes"] if entry["name"] == name)
        return entry

    def _secret(self, name: str) -> str:
        return str(json.loads((self.settings.state / "secrets.json").read_text())[name])

    def _port(self, name: str) -> int:
        return int(json.loads((self.settings.state / "ports.json").read_text())[name])
