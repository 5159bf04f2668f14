"""Secrets kept in the database: AES-256-GCM under the master key, each bound to the row that holds it."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class SealError(Exception):
    """What is kept does not open: another master key, another row, or changed bytes."""


class Seal:
    """Seals secrets. A row is named by all that finds it, such as its table, organization and id.

    Whoever may write to the database cannot move a sealed secret to a row of their own and have it opened there.
    """

    def __init__(self, master_key: bytes) -> None:
        self._cipher = AESGCM(master_key)

    def close(self, secret: bytes, *row: object) -> bytes:
        """The sealed form: a nonce, then the ciphertext with its tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, _name(row))

    def open(self, sealed: bytes, *row: object) -> bytes:
        """The secret. Raises SealError."""
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        # What was sealed before rows were named in full is bound to the last part, the id, alone.
        for name in (_name(row), _name(row[-1:])):
            try:
                return self._cipher.decrypt(nonce, content, name)
            except (InvalidTag, ValueError):
                continue
        raise SealError


def _name(row: tuple[object, ...]) -> bytes:
    return "\0".join(map(str, row)).encode()
