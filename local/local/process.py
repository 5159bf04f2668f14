"""Child processes that never outlive whoever started them, and are never mistaken for a stranger.

A process is known by its id and its start time: ids are reused, the pair is not.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: int) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends `number` to the child when the thread that started it ends, however it ends."""

    def request() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)

    return request


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


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    death_signal: int | None = signal.SIGKILL,
    own_death_signal: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start `command` in its own session, with its output appended to `log`.

    With `own_death_signal` the command itself arranges to die with us (setpriv does, after it has
    changed the user, which clears what we would set); with `death_signal` None it survives us.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=None if own_death_signal or death_signal is None else die_with_parent(death_signal),
        )


def wait_gone(identities: Sequence[Identity], seconds: float) -> list[Identity]:
    """Wait until every process has ended, at most `seconds`; those still running are returned."""
    deadline = time.monotonic() + seconds
    left = [identity for identity in identities if identity.alive()]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [identity for identity in left if identity.alive()]
    return left


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
