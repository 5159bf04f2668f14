"""Settings of identity."""

import base64
import binascii
from dataclasses import dataclass

from chassis.config import ServiceConfig, parse_address, setting


def parse_key(value: str) -> bytes:
    """32 bytes as base64."""
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("must be base64") from error
    if len(key) != 32:
        raise ValueError("must be 32 bytes")
    return key


@dataclass(frozen=True, kw_only=True)
class Config(ServiceConfig):
    """What identity needs beside what every service needs."""

    master_key: bytes = setting("GUANXI_MASTER_KEY", "base64 of 32 bytes; seals the signing keys", parse=parse_key)
    public_url: str = setting("GUANXI_PUBLIC_URL", "Address people open; links in mails begin with it")
    engagement_address: str = setting("GUANXI_ENGAGEMENT_ADDRESS", "host:port of engagement", parse=parse_address)
