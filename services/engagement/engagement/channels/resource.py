"""Channels: the standard methods; a password goes in and never comes out."""

import secrets
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.resources import Draft, Hooks, Resource
from engagement.channels.table import channels
from guanxi.engagement.v1 import channels_pb2


class Seal:
    """Seals passwords, each bound to its channel."""

    def __init__(self, master_key: bytes) -> None:
        self._cipher = AESGCM(master_key)

    def close(self, channel_id: object, password: str) -> bytes:
        """The sealed form."""
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher.encrypt(nonce, password.encode(), str(channel_id).encode())

    def open(self, channel_id: object, sealed: bytes) -> str:
        """The password."""
        return self._cipher.decrypt(sealed[:12], sealed[12:], str(channel_id).encode()).decode()


class ChannelHooks(Hooks):
    """Rules of channels."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.values.setdefault("sealed_password", None)
            password = draft.inputs.get("password")
            if password is not None:
                draft.values["sealed_password"] = self._seal.close(draft.id, password)


def channel_resource(seal: Seal) -> Resource:
    """The declaration."""
    return Resource(channels_pb2.Channel, channels, ChannelHooks(seal))
