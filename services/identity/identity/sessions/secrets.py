"""Secrets: opaque tokens `<organization>.<secret>`, of which only a hash is kept, and passwords under argon2id."""

import hashlib
import secrets
import threading
import uuid

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis import ids

# OWASP: at least 19 MiB, 2 passes, 1 lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Hashing is made to be slow: more at once than cores only makes all of them wait.
_AT_ONCE = threading.BoundedSemaphore(2)
# What an unknown address is verified against, so that it takes as long as a known one.
_NOBODY = _HASHER.hash(secrets.token_hex(16))
SHORTEST, LONGEST = 8, 256

# The most used passwords of published leaks that are long enough to pass the length rule.
_COMMON = frozenset(
    [
        "12345678",
        "123456789",
        "1234567890",
        "password",
        "password1",
        "password123",
        "qwertyuiop",
        "qwerty123",
        "1q2w3e4r",
        "1qaz2wsx",
        "iloveyou",
        "11111111",
        "00000000",
        "88888888",
        "66666666",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "michelle",
        "trustno1",
        "jennifer",
        "abcd1234",
        "abc12345",
        "a1234567",
        "a12345678",
        "a123456789",
        "woaini1314",
        "5201314520",
        "147258369",
        "987654321",
        "qazwsxedc",
        "asdfghjkl",
        "zxcvbnm1",
        "admin123",
        "administrator",
        "letmein1",
        "welcome1",
        "welcome123",
        "passw0rd",
        "p@ssw0rd",
        "p@ssword",
        "changeme",
        "computer",
        "internet",
        "starwars",
        "whatever",
        "12341234",
        "11223344",
        "123123123",
        "123454321",
        "12345679",
        "87654321",
        "1qazxsw2",
        "q1w2e3r4",
        "q1w2e3r4t5",
        "qwer1234",
        "asdf1234",
        "zaq12wsx",
        "dragon123",
        "monkey123",
        "master123",
        "shadow123",
        "michael1",
        "charlie1",
    ]
)


def secret() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


def opaque(org_id: uuid.UUID, prefix: str = "") -> tuple[str, bytes]:
    """A new token and the hash to keep."""
    made = secret()
    return f"{prefix}{org_id}.{made}", digest(made)


def parts(token: str, prefix: str = "") -> tuple[uuid.UUID, bytes] | None:
    """Organization and hash of a presented token; None when it is not one."""
    if not token.startswith(prefix) or len(token) > 200:
        return None
    organization, _, presented = token.removeprefix(prefix).partition(".")
    org_id = ids.parse(organization)
    return (org_id, digest(presented)) if org_id and presented else None


def digest(text: str) -> bytes:
    """SHA-256; enough for secrets that are random."""
    return hashlib.sha256(text.encode()).digest()


def hash_password(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes as long when there is no hash."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def commonly_used(password: str, *mine: str) -> bool:
    """Whether it is on the list, one character over and over, or one of `mine`, such as the address."""
    folded = password.casefold()
    return folded in _COMMON or len(set(folded)) == 1 or folded in {text.casefold() for text in mine}
