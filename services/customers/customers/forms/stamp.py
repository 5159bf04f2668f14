"""Stamps: when a form was shown, signed, so that who sends it at once, or a day later, is told from people."""

import hashlib
import hmac
import secrets
import time
import uuid

from chassis.errors import InvalidArgumentError

LEAST_SECONDS = 3.0
MOST_SECONDS = 24 * 3600.0


class Stamps:
    """Made and read by every replica alike; `secret` is theirs."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"form-stamp" + secret.encode()).digest()

    def new(self, form_id: uuid.UUID) -> str:
        """A stamp of this moment."""
        body = f"{int(time.time() * 1000)}.{secrets.token_urlsafe(12)}"
        return f"{body}.{self._mac(form_id, body)}"

    def nonce(self, form_id: uuid.UUID, stamp: str) -> str:
        """What a stamp is known by. Raises InvalidArgumentError for another form's, and one that is too new or too old."""
        body, _, mac = stamp[:200].rpartition(".")
        moment, _, nonce = body.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(form_id, body).encode()) or not moment.isdigit():
            raise InvalidArgumentError.of("stamp", "FORM_STALE")
        age = time.time() - int(moment) / 1000
        if age < LEAST_SECONDS:
            raise InvalidArgumentError.of("stamp", "FORM_TOO_FAST")
        if age > MOST_SECONDS:
            raise InvalidArgumentError.of("stamp", "FORM_STALE")
        return nonce

    def _mac(self, form_id: uuid.UUID, body: str) -> str:
        return hmac.new(self._key, f"{form_id}.{body}".encode(), "sha256").hexdigest()[:32]
