"""Sealed secrets open where they were sealed, and nowhere else."""

import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.sealing import Seal, SealError

KEY = bytes(range(32))
ROW = ("channels", "organization-1", "id-1")


def test_opens() -> None:
    """What was sealed opens for its row; sealed twice it looks different."""
    seal = Seal(KEY)
    first, second = seal.close(b"secret", *ROW), seal.close(b"secret", *ROW)
    assert first != second
    assert b"secret" == seal.open(first, *ROW) == seal.open(second, *ROW)


@pytest.mark.parametrize(
    "row",
    [
        ("channels", "organization-1", "id-2"),
        ("channels", "organization-2", "id-1"),
        ("signing_keys", "organization-1", "id-1"),
        ("id-1",),
        ("channels", "organization-1", "id-1", ""),
    ],
)
def test_bound_to_its_row(row: tuple[str, ...]) -> None:
    """Copied to another row, table or organization it does not open."""
    seal = Seal(KEY)
    with pytest.raises(SealError):
        seal.open(seal.close(b"secret", *ROW), *row)


def test_other_key_or_bytes() -> None:
    """Another master key does not open it, nor does a changed, cut or empty text."""
    sealed = Seal(KEY).close(b"secret", *ROW)
    with pytest.raises(SealError):
        Seal(bytes(32)).open(sealed, *ROW)
    for wrong in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:12], b""):
        with pytest.raises(SealError):
            Seal(KEY).open(wrong, *ROW)


def test_sealed_before() -> None:
    """What earlier versions sealed, bound to the id alone, opens still."""
    nonce = secrets.token_bytes(12)
    sealed = nonce + AESGCM(KEY).encrypt(nonce, b"secret", b"id-1")
    assert b"secret" == Seal(KEY).open(sealed, *ROW)


def test_another_master_key() -> None:
    """A new key put first opens what the older one sealed, and seals it anew; the older one is then of no use."""
    sealed = Seal(KEY).close(b"secret", *ROW)
    both = Seal(bytes(32), KEY)
    assert b"secret" == both.open(sealed, *ROW)
    renewed = both.renewed(sealed, *ROW)
    assert renewed is not None
    assert b"secret" == Seal(bytes(32)).open(renewed, *ROW)
    assert both.renewed(renewed, *ROW) is None
    with pytest.raises(SealError):
        Seal(KEY).open(renewed, *ROW)
    with pytest.raises(SealError):
        both.renewed(sealed, "channels", "organization-1", "id-2")
