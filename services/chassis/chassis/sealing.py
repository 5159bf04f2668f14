"""Secrets kept in the database: AES-256-GCM under the master key, each bound to the row that holds it.

A master key is changed by putting a new one before it, and sealing anew what is kept; see `chassis.reseal`.
"""

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

    def __init__(self, *master_keys: bytes) -> None:
        """The first key seals; what an older one sealed opens still, until it is sealed anew."""
        self._ciphers = [AESGCM(key) for key in master_keys]

    def close(self, secret: bytes, *row: object) -> bytes:
        """The sealed form: a nonce, then the ciphertext with its tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, secret, _name(row))

    def open(self, sealed: bytes, *row: object) -> bytes:
        """The secret. Raises SealError."""
        for cipher in self._ciphers:
            if (secret := _opened(cipher, sealed, row)) is not None:
                return secret
        raise SealError

    def renewed(self, sealed: bytes, *row: object) -> bytes | None:
        """The same secret under the first key; None where it is that already. Raises SealError."""
        if _opened(self._ciphers[0], sealed, row) is not None:
            return None
        return self.close(self.open(sealed, *row), *row)


def _opened(cipher: AESGCM, sealed: bytes, row: tuple[object, ...]) -> bytes | None:
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    # What was sealed before rows were named in full is bound to the last part, the id, alone.
    for name in (_name(row), _name(row[-1:])):
        try:
            return cipher.decrypt(nonce, content, name)
        except (InvalidTag, ValueError):
            continue
    return None


def _name(row: tuple[object, ...]) -> bytes:
    return "\0".join(map(str, row)).encode()
