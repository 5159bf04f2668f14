"""Settings of identity."""

from dataclasses import dataclass

from chassis.config import ServiceConfig, parse_address, parse_keys, setting


@dataclass(frozen=True, kw_only=True)
class Config(ServiceConfig):
    """What identity needs beside what every service needs."""

    master_keys: tuple[bytes, ...] = setting(
        "GUANXI_MASTER_KEY",
        "base64 of 32 bytes, or several with commas: the first seals, all open; signing keys, second factors and mail that waits",
        parse=parse_keys,
    )
    public_url: str = setting("GUANXI_PUBLIC_URL", "Address people open; links in mails begin with it")
    customers_address: str = setting("GUANXI_CUSTOMERS_ADDRESS", "host:port of customers", parse=parse_address)
    sales_address: str = setting("GUANXI_SALES_ADDRESS", "host:port of sales", parse=parse_address)
    service_desk_address: str = setting("GUANXI_SERVICE_DESK_ADDRESS", "host:port of service-desk", parse=parse_address)
    engagement_address: str = setting("GUANXI_ENGAGEMENT_ADDRESS", "host:port of engagement", parse=parse_address)
