"""The folder that one test run shares: among all its parallel workers, gone when the run is over."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.process import Identity

_FOLDER, _OWNER = "GUANXI_TEST_RUN", "GUANXI_TEST_RUN_OWNER"


def begin() -> Path:
    """Make the run's folder, in the main process, before workers start: they inherit its name."""
    folder = Path(tempfile.mkdtemp(prefix="guanxi-test-"))
    os.environ[_FOLDER] = str(folder)
    os.environ[_OWNER] = str(Identity.of(os.getpid()))
    return folder


def folder() -> Path:
    """The run's folder."""
    return Path(os.environ[_FOLDER])


def owner() -> Identity:
    """The run's main process, which shared servers outlive by a moment only."""
    identity = Identity.parse(os.environ[_OWNER])
    assert identity is not None
    return identity


@contextmanager
def once(name: str) -> Iterator[Path]:
    """A critical section across workers; yields a file that its first visitor writes and the others read."""
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder() / f"{name}.json"
