"""Settings of engagement."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from chassis.config import ServiceConfig, parse_key, setting


def parse_smtp(value: str) -> str:
    """smtp://host:port, smtps://user:password@host:port, or smtp+starttls://…"""
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname:
        raise ValueError("must be smtp://host:port, smtps://… or smtp+starttls://…")
    return value


@dataclass(frozen=True, kw_only=True)
class Config(ServiceConfig):
    """What engagement needs beside what every service needs."""

    smtp_url: str = setting("GUANXI_SMTP_URL", "Mail server of the system itself, smtp://host:port", parse=parse_smtp)
    mail_from: str = setting("GUANXI_MAIL_FROM", "Sender of the system's own mails")
    master_key: bytes = setting("GUANXI_MASTER_KEY", "base64 of 32 bytes; seals channels' passwords", parse=parse_key)
    private_channels: bool = setting(
        "GUANXI_PRIVATE_CHANNELS",
        "`allow` lets organizations name mail servers at private addresses",
        default=False,
        parse=lambda value: value == "allow",
    )
