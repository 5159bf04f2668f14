"""Settings of the service desk."""

from dataclasses import dataclass

from chassis.config import ServiceConfig, parse_address, setting


@dataclass(frozen=True, kw_only=True)
class Config(ServiceConfig):
    """What the service desk needs beside what every service needs."""

    customers_address: str = setting("GUANXI_CUSTOMERS_ADDRESS", "host:port of customers", parse=parse_address)
