"""Channels: the standard methods; a password goes in and never comes out."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from chassis.sealing import Seal
from engagement.channels.table import channels
from guanxi.engagement.v1 import channels_pb2

_WHERE_IT_GOES = ("host", "port", "security")


class ChannelHooks(Hooks):
    """Rules of channels."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            kept = draft.values.setdefault("sealed_password", None)
            password = draft.inputs.get("password")
            if password:
                row = (channels.name, transaction.call.org_id, draft.id)
                draft.values["sealed_password"] = self._seal.close(password.encode(), *row)
            elif kept and not draft.values["user_name"]:
                draft.values["sealed_password"] = None
            elif kept and any(draft.changed(name) for name in _WHERE_IT_GOES):
                # Else whoever edits channels could have the password sent to a server of their own.
                raise InvalidArgumentError.of("password", "REQUIRED")


def channel_resource(seal: Seal) -> Resource:
    """The declaration."""
    return Resource(channels_pb2.Channel, channels, ChannelHooks(seal))
