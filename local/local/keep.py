"""Runs one command for as long as another process lives: python -m local.keep PID STARTED FOLDER -- command …

Workers of a parallel test run share a database that any of them may have started. It belongs to the
whole run, so it is the run's main process that is watched. Afterwards FOLDER is removed.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from local import process
from local.postgres import ENVIRONMENT


def main(arguments: list[str]) -> int:
    """Watch, then stop the command with SIGINT, SIGKILL after 10 s."""
    pid, started, folder, _, *command = arguments
    watched = process.Identity(int(pid), int(started))
    child = process.start(command, log=Path(folder) / "kept.log", environment=ENVIRONMENT, cwd=Path("/"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        try:
            handle = os.pidfd_open(watched.pid)
        except ProcessLookupError:
            return 0
        while watched.alive() and child.poll() is None:
            select.select([handle], [], [], 5)
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
