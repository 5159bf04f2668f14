"""A real nats-server for tests: one for each worker of the run, so that parallel tests never share a stream.

`broker` is that one; a test that kills or empties its server takes a fresh one from `new_broker`.
"""

import itertools
from pathlib import Path

from local import ports
from local.broker import Broker

_numbers = itertools.count(1)


def start_broker(parent: Path, *, fsync: bool = False) -> Broker:
    """A server of its own in a new folder below `parent`, answering; stop it with `.stop()` or `.kill()`."""
    folder = parent / f"nats-{next(_numbers)}"
    folder.mkdir(parents=True)
    port, monitor_port = ports.pick(2)
    broker = Broker(folder, port=port, monitor_port=monitor_port, log=folder / "nats.log", password="test", fsync=fsync)
    broker.start()
    broker.wait_ready()
    return broker
