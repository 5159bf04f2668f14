"""Codes of apps (TOTP, RFC 6238: six digits, 30 seconds, SHA-1, as every app has it) and recovery codes."""

import hmac
import secrets
import uuid

import pyotp

from identity.sessions.secrets import digest

STEP_SECONDS = 30
# Clocks of phones are slow or fast: the code before and the one after are as good.
_WINDOW = (-1, 0, 1)
RECOVERY_CODES = 10
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_GROUPS, _GROUP = 4, 6  # 120 random bits: from 112 on, ASVS 6.5.2 lets a plain hash be kept


def new_secret() -> str:
    """160 random bits, in Base32."""
    return pyotp.random_base32()


def uri(secret: str, email: str, organization_name: str) -> str:
    """What a QR code tells an app."""
    issuer = f"Guanxi ({organization_name.replace(':', ' ')})"
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def plain(code: str) -> str:
    """A code as it is compared: people type blanks, hyphens and capitals."""
    return "".join(code.split()).replace("-", "").lower()[:64]


def step_of(secret: str, code: str, now: float) -> int | None:
    """The newest 30 seconds around `now` (seconds since 1970) whose code this is; None when it is wrong."""
    generator, found = pyotp.TOTP(secret), None
    for offset in _WINDOW:
        step = int(now) // STEP_SECONDS + offset
        if hmac.compare_digest(generator.generate_otp(step).encode(), plain(code).encode()):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Ten, in groups that can be read aloud."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_hash(login_id: uuid.UUID, code: str) -> bytes:
    """What is kept of a recovery code."""
    return digest(f"{login_id} {plain(code)}")
