"""Channels: the standard methods; a password goes in and never comes out."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources import Draft, Hooks, Resource
from chassis.sealing import Seal
from engagement.channels.table import channels
from engagement.messages.sms import SmsProvider
from guanxi.engagement.v1 import channels_pb2

_REQUIRED = {"email": ("sender", "host", "port"), "sms": ("url",)}
# What decides where a password goes, or who reads it.
_WHERE_IT_GOES = {
    "email": ("kind", "host", "port", "security"),
    "sms": ("kind", "url", "method", "headers", "body"),
}


class ChannelHooks(Hooks):
    """Rules of channels."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if problems := _problems(draft):
                raise InvalidArgumentError(violations=problems)
            self._keep_password(transaction, draft)

    def _keep_password(self, transaction: Transaction, draft: Draft) -> None:
        kept = draft.values.setdefault("sealed_password", None)
        password = draft.inputs.get("password")
        kind = draft.values["kind"]
        if password:
            row = (channels.name, transaction.call.org_id, draft.id)
            draft.values["sealed_password"] = self._seal.close(password.encode(), *row)
        elif kept and kind == "email" and not draft.values["user_name"]:
            draft.values["sealed_password"] = None
        elif kept and any(draft.changed(name) for name in _WHERE_IT_GOES[kind]):
            # Else whoever edits channels could have the password sent to a server, or a phone, of their own.
            raise InvalidArgumentError.of("password", "REQUIRED")


def _problems(draft: Draft) -> list[Violation]:
    values = draft.values
    missing = [Violation(name, "REQUIRED") for name in _REQUIRED[values["kind"]] if not values.get(name)]
    if missing or values["kind"] != "sms":
        return missing
    provider = SmsProvider(
        values["url"],
        values.get("method") or "POST",
        values.get("headers") or "",
        values.get("body") or "",
        success_pattern=values.get("success_pattern") or "",
    )
    return provider.problems()


def channel_resource(seal: Seal) -> Resource:
    """The declaration."""
    return Resource(channels_pb2.Channel, channels, ChannelHooks(seal))
