"""Settings of engagement."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from chassis.config import ServiceConfig, parse_keys, setting
from engagement.messages.sms import provider_of


def parse_smtp(value: str) -> str:
    """smtp://host:port, smtps://user:password@host:port, or smtp+starttls://…"""
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname:
        raise ValueError("must be smtp://host:port, smtps://… or smtp+starttls://…")
    return value


def parse_sms(value: str) -> str:
    """The JSON of an `SmsProvider`."""
    provider_of(value)
    return value


@dataclass(frozen=True, kw_only=True)
class Config(ServiceConfig):
    """What engagement needs beside what every service needs."""

    smtp_url: str = setting("GUANXI_SMTP_URL", "Mail server of the system itself, smtp://host:port", parse=parse_smtp)
    mail_from: str = setting("GUANXI_MAIL_FROM", "Sender of the system's own mails")
    public_url: str = setting("GUANXI_PUBLIC_URL", "Address people open; links in mails begin with it")
    master_keys: tuple[bytes, ...] = setting(
        "GUANXI_MASTER_KEY",
        "base64 of 32 bytes, or several with commas: the first seals, all open; channels' passwords and secrets",
        parse=parse_keys,
    )
    sms: str = setting(
        "GUANXI_SMS",
        "SMS provider of the system itself, JSON with url, method, headers, body, secret, …; none unless set",
        default="",
        parse=parse_sms,
    )
    sms_per_day: int = setting(
        "GUANXI_SMS_PER_DAY", "SMS within 24 hours, all organizations together", default=1000, parse=int
    )
    private_channels: bool = setting(
        "GUANXI_PRIVATE_CHANNELS",
        "`allow` lets organizations name mail servers and SMS providers at private addresses",
        default=False,
        parse=lambda value: value == "allow",
    )
