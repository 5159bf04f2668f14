"""Ids: UUIDv7 (RFC 9562), which sort by the time they were made and may be made by clients."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new id: 48 bits of milliseconds, the rest random."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return uuid.UUID(int=value | 0x7000 << 64 | 0x8000 << 48)


def parse(value: str) -> uuid.UUID | None:
    """The id that a canonical text names; None when it is none."""
    if len(value) != 36:
        return None
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
