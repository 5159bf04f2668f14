"""`ChannelService` beside the standard methods: does a channel work?"""

from collections.abc import Mapping
from typing import Any

from chassis.call import Call
from chassis.errors import ExhaustedError, InvalidArgumentError
from chassis.ids import uuid7
from chassis.rates import Windows
from chassis.resources.records import record_id
from chassis.sealing import SealError
from chassis.service import Service
from chassis.text import normalize_email, normalize_phone
from chassis.texts import text
from engagement.messages import smtp
from engagement.messages.reach import LogInRefusedError, NotSentError, PrivateAddressError, UnknownError
from engagement.messages.sms import send_sms
from engagement.messages.templates import render, render_sms
from engagement.messages.ways import Channels, compose
from guanxi.engagement.v1 import channels_pb2

# Somebody waits for the answer.
_DEADLINE = 20.0
# Test messages of one organization in a minute: they go to anybody, and an SMS costs money.
_MOST_TESTS = 10


class ChannelServicer:
    """Handlers of `ChannelService` beside the standard ones."""

    def __init__(self, service: Service, own: Channels) -> None:
        self._records = service.records["channels"]
        self._own = own
        self._windows = Windows()

    def test_channel(self, call: Call, request: channels_pb2.TestChannelRequest) -> channels_pb2.TestChannelResponse:
        """Send a test message now, and tell what the server said to it."""
        allowed = self._records.query.get(call, record_id(request.id), operation="edit")
        channel = self._own.one(call.org_id, allowed["id"])
        sms = channel["kind"] == "sms"
        to = normalize_phone(request.to) if sms else normalize_email(request.to)
        if to is None:
            reason = ("INVALID_PHONE" if sms else "INVALID_EMAIL") if request.to else "REQUIRED"
            raise InvalidArgumentError.of("to", reason)
        if wait := self._windows.take(str(call.org_id), _MOST_TESTS):
            raise ExhaustedError("RATE_LIMITED", seconds=wait)
        reason, detail = _outcome(self._own, channel, to, call)
        told = text(reason, call.language, to=to, reason=detail)
        return channels_pb2.TestChannelResponse(accepted=reason == "CHANNEL_ACCEPTED", told=told)


def _outcome(own: Channels, channel: Mapping[str, Any], to: str, call: Call) -> tuple[str, str]:
    try:
        _send(own, channel, to, call)
    except PrivateAddressError:
        return "CHANNEL_PRIVATE", ""
    except LogInRefusedError as error:
        return "CHANNEL_LOGIN_REFUSED", str(error)
    except NotSentError as error:
        return "CHANNEL_UNREACHABLE" if error.down else "CHANNEL_REFUSED", str(error)
    except UnknownError as error:
        return "CHANNEL_UNKNOWN", str(error)
    except SealError:
        return "CHANNEL_SECRET_LOST", ""
    return "CHANNEL_ACCEPTED", ""


def _send(own: Channels, channel: Mapping[str, Any], to: str, call: Call) -> None:
    values = {"channel": channel["name"]}
    if channel["kind"] == "sms":
        provider = own.sms_provider(channel)
        send_sms(provider, to, render_sms("channel_test", call.language, values), "000000", deadline=_DEADLINE)
        return
    server = own.mail_server(channel)
    mail = compose(server, uuid7(), to, *render("channel_test", call.language, values))
    smtp.send(server, mail, deadline=_DEADLINE)
