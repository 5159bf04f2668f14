"""Settings of customers."""

from dataclasses import dataclass

from chassis.config import ServiceConfig, parse_address, setting


@dataclass(frozen=True, kw_only=True)
class Config(ServiceConfig):
    """What customers needs beside what every service needs."""

    sales_address: str = setting("GUANXI_SALES_ADDRESS", "host:port of sales", parse=parse_address)
