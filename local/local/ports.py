"""Free TCP ports on loopback, below the range the kernel hands to outgoing connections.

A port taken from that range (`bind` to 0) can be occupied by somebody's outgoing connection while
its owner restarts; these cannot.
"""

import random
import socket

FIRST, LAST = 20_000, 32_000


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def pick(count: int) -> list[int]:
    """That many different ports, free at this moment; raises RuntimeError when the machine has none left."""
    chosen: list[int] = []
    for candidate in random.SystemRandom().sample(range(FIRST, LAST), LAST - FIRST):
        if len(chosen) == count:
            break
        if is_free(candidate):
            chosen.append(candidate)
    if len(chosen) < count:
        raise RuntimeError(f"no {count} free ports between {FIRST} and {LAST}")
    return chosen
