"""Settings of reporting."""

from dataclasses import dataclass

from chassis.config import ServiceConfig, parse_address, setting

Config = ServiceConfig


@dataclass(frozen=True, kw_only=True)
class RebuildConfig(ServiceConfig):
    """What `rebuild` needs: the owners of what facts tell of. Requests and events need none of them."""

    customers_address: str = setting("GUANXI_CUSTOMERS_ADDRESS", "host:port of customers", parse=parse_address)
    sales_address: str = setting("GUANXI_SALES_ADDRESS", "host:port of sales", parse=parse_address)

    def addresses(self) -> dict[str, str]:
        """Service → address."""
        return {"identity": self.identity_address, "customers": self.customers_address, "sales": self.sales_address}
