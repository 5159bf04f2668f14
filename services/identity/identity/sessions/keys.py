"""Signing keys: Ed25519, sealed in the database, a new one each month, old ones published until their tokens ended."""

import secrets
import threading
import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chassis.authz.tokens import LIFETIME
from chassis.database.connection import Database
from chassis.sealing import Seal
from identity.sessions.table import signing_keys

PERIOD = timedelta(days=30)
_LOCK = 0x67780010
_KEEP_SECONDS = 60.0


class SigningKeys:
    """The keys of this installation; every replica reads the same."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal
        self._lock = threading.Lock()
        self._current: tuple[float, str, Ed25519PrivateKey] | None = None

    def current(self) -> tuple[str, Ed25519PrivateKey]:
        """Id and key to sign with."""
        with self._lock:
            if self._current is None or time.monotonic() - self._current[0] > _KEEP_SECONDS:
                self._current = (time.monotonic(), *self._load())
            return self._current[1], self._current[2]

    def published(self) -> dict[str, bytes]:
        """Id → public key of every key whose tokens may still be in use."""
        self.current()
        with self._database.work() as connection:
            rows = connection.execute(
                sa.select(signing_keys).where(
                    signing_keys.c.expire_time > datetime.now(UTC) - timedelta(seconds=2 * LIFETIME)
                )
            )
            return {row.id: bytes(row.public_key) for row in rows}

    def _load(self) -> tuple[str, Ed25519PrivateKey]:
        now = datetime.now(UTC)
        with self._database.work() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            row = connection.execute(
                sa.select(signing_keys)
                .where(signing_keys.c.expire_time > now + timedelta(seconds=LIFETIME))
                .order_by(signing_keys.c.create_time.desc())
                .limit(1)
            ).first()
            if row is not None:
                raw = self._seal.open(bytes(row.sealed_key), signing_keys.name, row.id)
                return row.id, Ed25519PrivateKey.from_private_bytes(raw)
            return self._make(connection, now)

    def _make(self, connection: sa.Connection, now: datetime) -> tuple[str, Ed25519PrivateKey]:
        key, key_id = Ed25519PrivateKey.generate(), secrets.token_hex(8)
        raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        connection.execute(
            sa.insert(signing_keys).values(
                id=key_id,
                public_key=key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
                sealed_key=self._seal.close(raw, signing_keys.name, key_id),
                create_time=now,
                expire_time=now + PERIOD,
            )
        )
        return key_id, key
