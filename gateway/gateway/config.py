"""The gateway's settings."""

import ipaddress
from dataclasses import dataclass, make_dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chassis.config import TelemetryConfig, parse_address, parse_positive, setting
from chassis.contract import service_names

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def public_url(value: str) -> str:
    """An origin: https, or http on this machine, since browsers keep secure cookies from other http addresses."""
    parts = urlsplit(value)
    if parts.path not in ("", "/") or parts.query or not parts.hostname:
        raise ValueError("must be an address without a path, such as https://crm.example.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("must begin with https:// (http:// only for localhost and 127.0.0.1)")
    return f"{parts.scheme}://{parts.netloc}"


def networks(value: str) -> tuple[Network, ...]:
    """Comma-separated networks, such as `10.0.0.0/8,fd00::/8`."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise ValueError("must be networks such as 10.0.0.0/8, separated by commas") from None


def rate(value: str) -> float:
    """Requests a second; 0 switches the limit off."""
    number = float(value)
    if not 0 <= number < 1e9:
        raise ValueError("must be a number of requests a second; 0 means no limit")
    return number


def _addresses() -> type:
    """Settings with one address for each service that the contracts name: `GUANXI_SALES_ADDRESS` → `sales_address`."""
    described = [
        (service, setting(f"GUANXI_{service.upper()}_ADDRESS", f"host:port of {service}", parse=parse_address))
        for service in service_names()
    ]
    fields = [(f"{service}_address", str, one) for service, one in described]
    return make_dataclass("Addresses", fields, bases=(TelemetryConfig,), frozen=True, kw_only=True)


if TYPE_CHECKING:
    _Addresses = TelemetryConfig
else:
    _Addresses = _addresses()


@dataclass(frozen=True, kw_only=True)
class GatewayConfig(_Addresses):
    """Read with `GatewayConfig.from_environment()`, which reports every problem at once."""

    listen: str = setting("GUANXI_LISTEN", "host:port of HTTP", parse=parse_address)
    public_url: str = setting(
        "GUANXI_PUBLIC_URL", "Where browsers find Guanxi, https://crm.example.com", parse=public_url
    )
    service_token: str = setting("GUANXI_SERVICE_TOKEN", "Secret that services know each other by")
    nats_url: str = setting("GUANXI_NATS_URL", "NATS, nats://host:port")
    web_root: str = setting("GUANXI_WEB_ROOT", "Folder of the built web client; none is served when empty", default="")
    trusted_proxies: tuple[Network, ...] = setting(
        "GUANXI_TRUSTED_PROXIES", "Networks whose X-Forwarded-For is believed", default=(), parse=networks
    )
    max_body: int = setting("GUANXI_MAX_BODY", "Bytes of a JSON body", default=4 * 2**20, parse=parse_positive)
    max_file: int = setting("GUANXI_MAX_FILE", "Bytes of an uploaded file", default=512 * 2**20, parse=parse_positive)
    concurrency: int = setting("GUANXI_CONCURRENCY", "Requests handled at once", default=512, parse=parse_positive)
    user_rate: float = setting("GUANXI_USER_RATE", "Requests a second of one session", default=200.0, parse=rate)
    address_rate: float = setting(
        "GUANXI_ADDRESS_RATE", "Requests a second of one network address", default=1000.0, parse=rate
    )
    login_rate: float = setting(
        "GUANXI_LOGIN_RATE", "Log-ins and sign-ups a second of one network address", default=2.0, parse=rate
    )

    @property
    def addresses(self) -> dict[str, str]:
        """Address by service."""
        return {service: str(getattr(self, f"{service}_address")) for service in service_names()}

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS."""
        return self.public_url.startswith("https:")
