"""The chain: every entry's hash covers the entry and the hash before it, so that no entry can be changed, taken out,
put in or moved without every later hash being wrong.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

FIRST = bytes(32)
_COVERED = (
    "number", "event_id", "time", "actor_id", "actor_kind", "address", "resource", "record_id", "verb", "version",
    "changed_fields", "before", "after",
)  # fmt: skip


def entry_hash(previous: bytes, entry: Mapping[str, Any]) -> bytes:
    """SHA-256 over the hash before and the entry's fields as canonical JSON."""
    covered = {name: entry[name] for name in _COVERED}
    covered["time"] = covered["time"].timestamp()
    text = json.dumps(covered, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(previous + text.encode()).digest()


def first_broken(
    entries: Iterable[Mapping[str, Any]], *, head: bytes | None = None, after: tuple[int, bytes] = (0, FIRST)
) -> int | None:
    """Number of the first entry that does not follow from the one before; None when all do and `head` is the last.

    `after`: number and hash of the last entry before them.
    """
    number, previous = after
    for entry in entries:
        number += 1
        if entry["number"] != number or bytes(entry["hash"]) != entry_hash(previous, entry):
            return number
        previous = bytes(entry["hash"])
    return number + 1 if head is not None and head != previous else None
