"""Where the local system keeps its things, what it is told by the environment, and its secrets.

GUANXI_PORT           the address for browsers, 8080
GUANXI_CONSOLE_PORT   the console's, one more than GUANXI_PORT
GUANXI_STATE          the folder of all state, .guanxi in the checkout
GUANXI_DEMO           off: make no demo organization
GUANXI_WEB            off: do not build the web client (it is served when it was built before)
GUANXI_FSYNC          off: faster, and lost in a power cut; for tests
GUANXI_SPLIT          on: serve and work in processes of their own, as in a cluster
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from local import ports
from local.errors import PreflightError
from local.process import poll

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """One local system; two with different state folders and ports do not meet."""

    state: Path
    port: int = 8080
    console_port: int = 8081
    demo: bool = True
    web: bool = True
    fsync: bool = True
    split: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """From the environment; raises PreflightError that names every setting it cannot use."""
        problems: list[str] = []

        def number(name: str, default: int) -> int:
            text = environment.get(name) or str(default)
            if text.isdigit() and 0 < int(text) < 65536:
                return int(text)
            problems.append(f"{name}={text} is not a port")
            return default

        def switch(name: str, default: bool) -> bool:
            text = environment.get(name, "").lower() or ("on" if default else "off")
            if text not in {"on", "off"}:
                problems.append(f"{name}={text} is neither on nor off")
            return text == "on"

        port = number("GUANXI_PORT", cls.port)
        settings = cls(
            state=Path(environment.get("GUANXI_STATE") or ROOT / ".guanxi").resolve(),
            port=port,
            console_port=number("GUANXI_CONSOLE_PORT", min(port + 1, 65535)),
            demo=switch("GUANXI_DEMO", True),
            web=switch("GUANXI_WEB", True),
            fsync=switch("GUANXI_FSYNC", True),
            split=switch("GUANXI_SPLIT", False),
        )
        if problems:
            raise PreflightError("; ".join(problems))
        return settings

    @property
    def url(self) -> str:
        """Where a browser finds the system."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def console_url(self) -> str:
        """Where a developer finds mails, traces, metrics and processes."""
        return f"http://127.0.0.1:{self.console_port}"

    def folder(self, name: str) -> Path:
        """A folder below the state folder, made when it is not there, for nobody else to read."""
        path = self.state / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.folder("logs") / f"{name}.log"

    @property
    def run_file(self) -> Path:
        """What is running now, as JSON: written by the supervisor, read by the console, `status` and tests."""
        return self.state / "run.json"

    @property
    def pid_file(self) -> Path:
        """The supervisor's identity."""
        return self.state / "supervisor.pid"

    @cached_property
    def secrets(self) -> "Secrets":
        """Random, made once, kept in the state folder."""
        return Secrets(self.state / "secrets.json")

    @cached_property
    def ports(self) -> "Ports":
        """The inner ports, the same at every start as long as nobody else took them."""
        return Ports(self.state / "ports.json")


@dataclass
class Secrets:
    """Named random values; each is made when it is first asked for."""

    path: Path
    _values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path.exists():
            self._values = json.loads(self.path.read_text())

    def get(self, name: str) -> str:
        """A secret fit for an address or a header: 32 random bytes, URL-safe."""
        return self._get(name, lambda: secrets.token_urlsafe(32))

    def key(self, name: str) -> str:
        """A 32-byte key, base64."""
        return self._get(name, lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def _get(self, name: str, make: Callable[[], str]) -> str:
        if name not in self._values:
            self._values[name] = make()
            write_private(self.path, json.dumps(self._values, indent=1))
        return self._values[name]


class Ports:
    """Named inner ports."""

    def __init__(self, path: Path) -> None:
        """`path` remembers them."""
        self._path = path
        self._known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, name: str) -> int:
        """The port of this name."""
        if name not in self._known:
            taken = set(self._known.values())
            self._known[name] = next(port for port in ports.pick(len(taken) + 1) if port not in taken)
            write_private(self._path, json.dumps(self._known, indent=1))
        return self._known[name]

    def forget_taken(self) -> None:
        """Before a start: give up the ports that others listen on now.

        The last processes of a system that was killed may hold theirs for a moment longer.
        """
        poll(lambda: all(map(ports.is_free, self._known.values())), seconds=3, every=0.1)
        self._known = {name: port for name, port in self._known.items() if ports.is_free(port)}


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)
