"""Once a day for each organization: the chain's head goes to the object store, and what is older than the organization
keeps goes away.

An anchor lies where the database's owner does not write, and is never overwritten: a chain that was written anew, from
wherever, does not agree with it. What is cut off leaves an anchor of its own, from which the rest is verified.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.files import FileStore
from chassis.timers import schedule
from identity.audit.table import audit_cuts, audit_heads

DAILY = "audit-daily"
FOLDER = "audit-anchors"
EVERY = timedelta(days=1)
# More is cut at once, in transactions of some ten thousand entries.
_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True)
class Anchor:
    """That the entry of this number had this hash."""

    name: str
    number: int
    hash: bytes

    def write(self, org_id: uuid.UUID) -> bytes:
        """As a file."""
        told = {"organization": str(org_id), "number": self.number, "hash": self.hash.hex()}
        return json.dumps(told).encode()


class Keeper:
    """The daily timer."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def daily(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Timer handler. Raises UnavailableError while the object store is away: it is tried again."""
        org_id, now = transaction.call.org_id, datetime.now(UTC)
        head = transaction.execute(sa.select(audit_heads).where(audit_heads.c.org_id == org_id)).first()
        number = head.number if head else 0
        if head is not None and number and payload.get("number") != number:
            self._keep(org_id, Anchor(f"{now:%Y-%m-%d}-{number}", number, bytes(head.hash)))
        cut = self._cut(transaction)
        schedule(transaction, DAILY, key, now + (_AGAIN if cut else EVERY), {"number": number})

    def _cut(self, transaction: Transaction) -> bool:
        """Delete what is too old; the anchor is kept before the deletion is final."""
        number = transaction.execute(sa.select(sa.func.audit_cut())).scalar()
        if not number:
            return False
        org_id = transaction.call.org_id
        row = transaction.execute(
            sa.select(audit_cuts).where(audit_cuts.c.org_id == org_id, audit_cuts.c.number == number)
        ).one()
        self._keep(org_id, Anchor(f"cut-{number}", number, bytes(row.hash)))
        return True

    def _keep(self, org_id: uuid.UUID, anchor: Anchor) -> None:
        self._files.keep(org_id, f"{FOLDER}/{anchor.name}.json", anchor.write(org_id))


def anchors(files: FileStore, org_id: uuid.UUID) -> Iterator[Anchor]:
    """Every anchor of an organization's chain. Raises UnavailableError, and ValueError for a file that is none."""
    for name, data in files.kept(org_id, FOLDER).items():
        told = json.loads(data)
        if told["organization"] != str(org_id):
            raise ValueError(f"{name} is of another organization")
        yield Anchor(name.removesuffix(".json"), int(told["number"]), bytes.fromhex(told["hash"]))
