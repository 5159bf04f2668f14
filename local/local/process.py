"""Child processes that never outlive whoever started them, and are never mistaken for a stranger.

A process is known by its id and its start time: ids are reused, the pair is not.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SETPRIV = shutil.which("setpriv")


def poll(condition: Callable[[], object], seconds: float, *, every: float = 0.02) -> bool:
    """Ask until `condition` holds; False when it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


@dataclass(frozen=True)
class Identity:
    """One process, for as long as the machine is up: `started` is in clock ticks since boot."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The process now running under this id; None when there is none, or only its zombie."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]))

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def send(self, number: int) -> None:
        """Send a signal, unless the process is gone or its id belongs to another by now."""
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def __str__(self) -> str:
        return f"{self.pid} {self.started}"

    @classmethod
    def parse(cls, text: str) -> "Identity | None":
        """The inverse of `str`; None for anything else."""
        match text.split():
            case [pid, started] if pid.isdigit() and started.isdigit():
                return cls(int(pid), int(started))
        return None


def mortal(command: Sequence[str | Path], death_signal: int, options: Sequence[str] = ()) -> list[str]:
    """`command`, which the kernel sends `death_signal` when whoever started it ends, however it ends.

    util-linux's setpriv asks for that and then becomes the command, so the process id is the command's
    own; it can change the user first (`options`). Where there is no setpriv, nothing is asked for.
    """
    plain = [str(part) for part in command]
    if _SETPRIV is None:
        return plain
    name = signal.Signals(death_signal).name.removeprefix("SIG")
    return [_SETPRIV, f"--pdeathsig={name}", *options, "--", *plain]


def start(
    command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str], cwd: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start `command` in its own session, with its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
        )


def wait_gone(identities: Sequence[Identity], seconds: float) -> list[Identity]:
    """Wait until every process has ended, at most `seconds`; those still running are returned."""
    poll(lambda: not any(identity.alive() for identity in identities), seconds)
    return [identity for identity in identities if identity.alive()]


def stop(identities: Sequence[Identity], seconds: float, number: int = signal.SIGTERM) -> None:
    """Ask every process to end, and after `seconds` kill what has not, with its whole process group."""
    for identity in identities:
        identity.send(number)
    for identity in wait_gone(identities, seconds):
        try:
            os.killpg(identity.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            identity.send(signal.SIGKILL)
    wait_gone(identities, 5)
